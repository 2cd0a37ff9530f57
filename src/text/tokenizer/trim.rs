//! Removes tokens from a `tokenizer.json` without changing the tokens of some texts.
//!
//! This is possible for WordPiece and Unigram: both choose the best division of a word, and removing other tokens leaves
//! that division in place.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

/// The trimmed file.
pub struct Trimmed {
    pub bytes: Vec<u8>,
    /// The old id of each kept token, in the order of the new ids.
    pub kept: Vec<u32>,
}

/// The tokens of a vocabulary that must stay.
struct Keep<'a> {
    used: &'a BTreeSet<u32>,
    /// Special and other added tokens.
    names: HashSet<String>,
    /// The letters of the used tokens.
    letters: HashSet<char>,
    prefix: String,
    bytes: bool,
}

impl Keep<'_> {
    fn keeps(&self, token: &str, id: u32) -> bool {
        let bare = token.strip_prefix(self.prefix.as_str()).unwrap_or(token);
        let mut characters = bare.chars();
        let is_letter = match (characters.next(), characters.next()) {
            (Some(one), None) => self.letters.contains(&one),
            _ => false,
        };
        let is_byte = self.bytes && token.starts_with("<0x");
        self.used.contains(&id) || self.names.contains(token) || is_letter || is_byte
    }

    fn with_letters<'t>(mut self, tokens: impl Iterator<Item = (&'t str, u32)>) -> Self {
        let used = tokens.filter(|(_, id)| self.used.contains(id));
        self.letters = used.flat_map(|(token, _)| token.chars()).collect();
        self
    }
}

/// Keeps the `used` tokens, all added ones (special or not), and the letters of the used ones, so that other texts in these
/// letters can still be read. The caller has read the file before, so it is valid.
///
/// # Errors
/// The reason why no tokens can be removed.
pub fn trimmed(bytes: &[u8], used: &BTreeSet<u32>) -> Result<Trimmed, String> {
    let mut file: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut added = file.get("added_tokens").and_then(Value::as_array).cloned().unwrap_or_default();
    let model = file.get_mut("model").and_then(Value::as_object_mut).ok_or("there is no model")?;
    if model.contains_key("merges") {
        return Err(
            "its tokenizer is BPE, which builds tokens from other tokens, so none can be left out".into()
        );
    }
    let setting = |name: &str| model.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut names: HashSet<String> = added.iter().filter_map(|token| text(token, "content")).collect();
    names.insert(setting("unk_token"));
    let keep = Keep {
        used,
        names,
        letters: HashSet::new(),
        prefix: setting("continuing_subword_prefix"),
        bytes: model.get("byte_fallback") == Some(&Value::Bool(true)),
    };
    let unknown = model.get("unk_id").and_then(Value::as_u64);
    let mut kept = match model.get_mut("vocab") {
        Some(Value::Object(vocab)) => trim_wordpiece(vocab, keep),
        Some(Value::Array(vocab)) => trim_unigram(vocab, keep, unknown.unwrap_or(0) as u32),
        _ => return Err("there is no vocabulary".into()),
    };
    let mut new_ids: BTreeMap<u32, u32> = (0..).zip(&kept).map(|(new, old)| (*old, new)).collect();
    if let Some(unknown) = unknown {
        model.insert("unk_id".into(), new_ids[&(unknown as u32)].into());
    }
    added.sort_by_key(|token| token["id"].as_u64());
    for token in &mut added {
        let old = token["id"].as_u64().unwrap_or(0) as u32;
        // an added token that the vocabulary lacks follows after it
        let new = *new_ids.entry(old).or_insert_with(|| {
            kept.push(old);
            kept.len() as u32 - 1
        });
        token["id"] = new.into();
    }
    file["added_tokens"] = added.into();
    let mut wrong = false;
    let mut renumber = |id: &mut Value| match id.as_u64().and_then(|old| new_ids.get(&(old as u32))) {
        Some(new) => *id = (*new).into(),
        None => wrong = true,
    };
    if let Some(processor) = file.get_mut("post_processor") {
        renumber_specials(processor, &mut renumber);
    }
    if let Some(pad) = file.get_mut("padding").and_then(|padding| padding.get_mut("pad_id")) {
        renumber(pad);
    }
    match wrong {
        true => Err("it has a special token that is not one of its added tokens".into()),
        false => Ok(Trimmed { bytes: file.to_string().into_bytes(), kept }),
    }
}

/// Removes tokens from a WordPiece vocabulary. Returns the old ids of the kept tokens, in the order of the new ones.
fn trim_wordpiece(vocab: &mut Map<String, Value>, keep: Keep) -> Vec<u32> {
    let mut tokens: Vec<(u32, String)> = std::mem::take(vocab)
        .into_iter()
        .map(|(token, id)| (id.as_u64().unwrap_or(0) as u32, token))
        .collect();
    tokens.sort_unstable();
    let keep = keep.with_letters(tokens.iter().map(|(id, token)| (token.as_str(), *id)));
    tokens.retain(|(id, token)| keep.keeps(token, *id));
    *vocab = tokens.iter().enumerate().map(|(new, (_, token))| (token.clone(), new.into())).collect();
    tokens.into_iter().map(|(old, _)| old).collect()
}

/// Like [`trim_wordpiece`], for Unigram. The token with the lowest score stays, because it determines the score of unknown
/// letters.
fn trim_unigram(vocab: &mut Vec<Value>, keep: Keep, unknown: u32) -> Vec<u32> {
    let token = |entry: &Value| entry.get(0).and_then(Value::as_str).unwrap_or_default().to_owned();
    let score = |entry: &Value| entry.get(1).and_then(Value::as_f64).unwrap_or(0.0);
    let all: Vec<(u32, Value)> = (0..).zip(std::mem::take(vocab)).collect();
    let worst =
        all.iter().min_by(|(_, one), (_, other)| score(one).total_cmp(&score(other))).map(|(id, _)| *id);
    let tokens: Vec<(String, u32)> = all.iter().map(|(id, entry)| (token(entry), *id)).collect();
    let keep = keep.with_letters(tokens.iter().map(|(token, id)| (token.as_str(), *id)));
    let stays = |id: u32, token: &str| keep.keeps(token, id) || id == unknown || Some(id) == worst;
    let (kept, left): (Vec<u32>, Vec<Value>) = all
        .into_iter()
        .zip(&tokens)
        .filter(|((id, _), (token, _))| stays(*id, token))
        .map(|((id, entry), _)| (id, entry))
        .unzip();
    *vocab = left;
    kept
}

fn renumber_specials(processor: &mut Value, renumber: &mut impl FnMut(&mut Value)) {
    for part in processor.get_mut("processors").and_then(Value::as_array_mut).into_iter().flatten() {
        renumber_specials(part, renumber);
    }
    for end in ["cls", "sep"] {
        if let Some(id) = processor.get_mut(end).and_then(|end| end.get_mut(1)) {
            renumber(id);
        }
    }
    let specials = processor.get_mut("special_tokens").and_then(Value::as_object_mut);
    for special in specials.into_iter().flat_map(|specials| specials.values_mut()) {
        for id in special.get_mut("ids").and_then(Value::as_array_mut).into_iter().flatten() {
            renumber(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Tokenizer;

    fn file(name: &str) -> Vec<u8> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizers");
        std::fs::read(folder.join(format!("{name}.json"))).unwrap()
    }

    /// Words of many kinds, some with letters that the vocabulary lacks.
    fn texts() -> Vec<String> {
        let texts: Value = serde_json::from_slice(&file("texts")).unwrap();
        let alphabets = texts["alphabets"].as_array().unwrap();
        let words = alphabets.iter().flat_map(|letters| {
            let letters: Vec<char> = letters.as_str().unwrap().chars().collect();
            letters.chunks(3).map(|word| word.iter().collect::<String>()).collect::<Vec<_>>()
        });
        let odd = texts["odd"].as_array().unwrap().iter().map(|odd| format!("a {odd} ꙮ b"));
        words.chain(odd).collect()
    }

    #[test]
    fn the_texts_that_were_kept_are_read_as_before() {
        for kind in ["bert", "mpnet", "wordpiece", "e5", "xlmr"] {
            let whole = Tokenizer::from_bytes(kind, &file(kind), 64).unwrap();
            let texts = texts();
            let (few, others) = texts.split_at(texts.len() / 3);
            let encoded = |text: &String| whole.encode(text, Some("x")).unwrap();
            let used = few.iter().flat_map(|text| encoded(text).input_ids).collect();
            let Trimmed { bytes, kept } = trimmed(&file(kind), &used).unwrap();
            let less = Tokenizer::from_bytes(kind, &bytes, 64).unwrap();
            assert_eq!(less.vocab_size(), kept.len(), "{kind}");
            assert!(
                kept.len() < whole.vocab_size() * 9 / 10,
                "{kind}: {} of {}",
                kept.len(),
                whole.vocab_size()
            );
            for text in few {
                let mut found = less.encode(text, Some("x")).unwrap();
                found.input_ids.iter_mut().for_each(|id| *id = kept[*id as usize]);
                assert_eq!(found, encoded(text), "{kind} {text:?}");
            }
            assert_eq!(kept[less.pad_id() as usize], whole.pad_id());
            assert!(others.iter().all(|text| less.encode(text, None).is_ok()));
        }
    }

    #[test]
    fn bpe_is_refused() {
        for kind in ["roberta", "qwen", "fallback"] {
            let refused = trimmed(&file(kind), &BTreeSet::new()).err().unwrap();
            assert!(refused.starts_with("its tokenizer is BPE"), "{refused}");
        }
    }
}
