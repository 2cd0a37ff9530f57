//! The `post_processor` of a `tokenizer.json`: the special tokens around a text, and around a text and its pair.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::spec::quote::quoted;

/// The largest number of special tokens: it leaves a text at least three of the eight tokens that every model reads.
const MAX_SPECIALS: usize = 5;
const MAX_TYPE: u32 = 63;

pub struct Template {
    single: Vec<Slot>,
    pair: Vec<Slot>,
}

/// An element of the model's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Slot {
    Special { id: u32, type_id: u32 },
    First { type_id: u32 },
    Second { type_id: u32 },
}

#[derive(Deserialize)]
struct File {
    single: Vec<Part>,
    pair: Vec<Part>,
    #[serde(default)]
    special_tokens: HashMap<String, Special>,
}

#[derive(Deserialize)]
struct Special {
    ids: Vec<u32>,
}

#[derive(Deserialize)]
enum Part {
    SpecialToken { id: String, type_id: u32 },
    Sequence { id: String, type_id: u32 },
}

/// The settings of BertProcessing and RobertaProcessing.
#[derive(Deserialize)]
struct Ends {
    cls: (String, u32),
    sep: (String, u32),
}

impl Template {
    /// Reads the template. `id_of` finds a token of the vocabulary.
    ///
    /// # Errors
    /// The `post_processor` of the file is wrong or unknown; the message says how.
    pub fn new(json: &Value, id_of: &dyn Fn(&str) -> Option<u32>) -> Result<Self, String> {
        let kind = json.get("type").and_then(Value::as_str).unwrap_or_default();
        let wrong = |error: serde_json::Error| format!("the post_processor: {error}");
        let special = |name: &str, id: Option<u32>| match (id_of(name), id) {
            (Some(found), None) => Ok(found),
            (Some(found), Some(id)) if found == id => Ok(found),
            (_, None) => Err(format!("the vocabulary lacks {}", quoted(name))),
            (_, Some(id)) => Err(format!(
                "the post_processor gives {} the id {id}, which is not that of the vocabulary",
                quoted(name)
            )),
        };
        let template = match kind {
            "BertProcessing" | "RobertaProcessing" => {
                let Ends { cls, sep } = Deserialize::deserialize(json).map_err(wrong)?;
                let (cls, sep) = (special(&cls.0, Some(cls.1))?, special(&sep.0, Some(sep.1))?);
                let (cls, end) =
                    (Slot::Special { id: cls, type_id: 0 }, Slot::Special { id: sep, type_id: 0 });
                let single = vec![cls, Slot::First { type_id: 0 }, end];
                let pair = match kind {
                    "BertProcessing" => {
                        vec![Slot::Second { type_id: 1 }, Slot::Special { id: sep, type_id: 1 }]
                    }
                    _ => vec![end, Slot::Second { type_id: 0 }, end],
                };
                Template { pair: [single.as_slice(), &pair].concat(), single }
            }
            "TemplateProcessing" => {
                let File { single, pair, special_tokens } = Deserialize::deserialize(json).map_err(wrong)?;
                let slot = |part: Part| match part {
                    Part::SpecialToken { id, type_id } => {
                        let named = special_tokens.get(&id).map(|special| special.ids.as_slice());
                        let id = match named {
                            Some([one]) => special(&id, Some(*one))?,
                            None => special(&id, None)?,
                            Some(_) => {
                                return Err(format!("the special token {} is not one token", quoted(&id)));
                            }
                        };
                        Ok(Slot::Special { id, type_id })
                    }
                    Part::Sequence { id, type_id } if id == "A" => Ok(Slot::First { type_id }),
                    Part::Sequence { type_id, .. } => Ok(Slot::Second { type_id }),
                };
                let slots =
                    |parts: Vec<Part>| parts.into_iter().map(slot).collect::<Result<Vec<_>, String>>();
                Template { single: slots(single)?, pair: slots(pair)? }
            }
            "Sequence" => {
                let parts = json.get("processors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                // ByteLevel changes only the offsets of tokens, which are not used
                let mut parts = parts.iter().filter(|part| part.get("type") != Some(&"ByteLevel".into()));
                return match (parts.next(), parts.next()) {
                    (Some(one), None) if one.get("type") != Some(&"Sequence".into()) => Self::new(one, id_of),
                    _ => Err("the post_processor Sequence is not of one template".into()),
                };
            }
            "" => return Err("there is no post_processor, so no special tokens".into()),
            other => return Err(format!("the post_processor is {}, unknown here", quoted(other))),
        };
        match template.is_usable() {
            true => Ok(template),
            false => Err(format!(
                "the post_processor does not put a special token first, then each text once, with at most {MAX_SPECIALS} \
                 special tokens"
            )),
        }
    }

    fn is_usable(&self) -> bool {
        [(&self.single, false), (&self.pair, true)].into_iter().all(|(slots, is_pair)| {
            let count = |is: fn(&Slot) -> bool| slots.iter().filter(|slot| is(slot)).count();
            let firsts = count(|slot| matches!(slot, Slot::First { .. }));
            let seconds = count(|slot| matches!(slot, Slot::Second { .. }));
            firsts == 1
                && seconds == usize::from(is_pair)
                && matches!(slots.first(), Some(Slot::Special { .. }))
                && slots.len() - firsts - seconds <= MAX_SPECIALS
                && slots.iter().all(|slot| slot.type_id() <= MAX_TYPE)
        })
    }

    /// The elements for a text, or for a text and its pair.
    pub fn slots(&self, is_pair: bool) -> &[Slot] {
        if is_pair { &self.pair } else { &self.single }
    }

    /// The number of token types that the model must have.
    pub fn type_count(&self) -> usize {
        let types = self.single.iter().chain(&self.pair).map(|slot| slot.type_id());
        types.max().unwrap_or(0) as usize + 1
    }
}

impl Slot {
    fn type_id(self) -> u32 {
        match self {
            Slot::Special { type_id, .. } | Slot::First { type_id } | Slot::Second { type_id } => type_id,
        }
    }
}
