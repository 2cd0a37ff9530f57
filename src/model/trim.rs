//! Removes the tokens that some texts do not use from a model.

use std::collections::{BTreeMap, BTreeSet};

use safetensors::tensor::{SafeTensors, TensorView};
use serde_json::{Map, Value};

use super::folder::{ModelFolder, VOCABULARY};
use crate::error::{Error, Result};
use crate::text::{Encoding, Example, Tokenizer, Trimmed, trimmed};

/// The end of the names of word embeddings, in every family.
const EMBEDDINGS: [&str; 2] = ["word_embeddings.weight", "tok_embeddings.weight"];

/// The number of tokens before and after trimming.
pub struct Counts {
    pub before: usize,
    pub after: usize,
}

impl ModelFolder {
    /// Keeps the tokens that `examples` use, the special tokens, and the letters of both. The predictions for these texts
    /// stay the same. Other texts may be cut into smaller tokens or contain unknown ones.
    ///
    /// # Errors
    /// The tokenizer is of a kind whose tokens depend on each other, the files do not fit together, or a text would get
    /// other tokens.
    pub fn with_tokens_of(mut self, examples: &[Example]) -> Result<(Self, Counts)> {
        let config = self.config()?;
        let length = config.max_tokens();
        let tokenizer = self.tokenizer(&config, length)?;
        let encode = |tokenizer: &Tokenizer, example: &Example| {
            tokenizer.encode(&example.text, example.pair.as_deref())
        };
        let mut used = BTreeSet::new();
        for example in examples {
            used.extend(encode(&tokenizer, example)?.input_ids);
        }
        let file = self.place("tokenizer.json");
        let wrong = |found: String| Error::model(&file, format!("no tokens can be left out: {found}"));
        let Trimmed { bytes, kept } = trimmed(self.bytes("tokenizer.json"), &used).map_err(wrong)?;
        let less = Tokenizer::from_bytes(&file, &bytes, length)?.with_prompt(&self.prompt(&config)?);
        let restored = |mut encoding: Encoding| {
            encoding.input_ids.iter_mut().for_each(|id| *id = kept[*id as usize]);
            encoding
        };
        for example in examples {
            if restored(encode(&less, example)?) != encode(&tokenizer, example)? {
                let message = format!("the text of line {} would get other tokens", example.line);
                return Err(wrong(message));
            }
        }
        if kept.get(config.pad_token_id as usize) != Some(&config.pad_token_id) {
            // some encoders count positions from its id
            return Err(wrong("the padding token would get another id".into()));
        }
        let new_ids: BTreeMap<u64, usize> =
            (0..).zip(&kept).map(|(new, old)| (u64::from(*old), new)).collect();
        let weights = self.place("model.safetensors");
        let weights = trimmed_weights(&weights, self.bytes("model.safetensors"), config.vocab_size, &kept)?;
        let change = |folder: &Self, name: &str, change: &dyn Fn(&mut Map<String, Value>)| {
            let mut fields: Map<String, Value> = serde_json::from_slice(folder.bytes(name)).ok()?;
            change(&mut fields);
            serde_json::to_vec_pretty(&fields).ok()
        };
        let settings = change(&self, "config.json", &|fields| {
            fields.insert("vocab_size".into(), kept.len().into());
            renumber_names(fields, &new_ids);
        });
        let tokenizer_settings = change(&self, "tokenizer_config.json", &|fields| {
            if let Some(Value::Object(added)) = fields.get_mut("added_tokens_decoder") {
                let new = |id: &str| Some(new_ids.get(&id.parse().ok()?)?.to_string());
                *added = std::mem::take(added)
                    .into_iter()
                    .filter_map(|(id, token)| Some((new(&id)?, token)))
                    .collect();
            }
        });
        // tokenizer.json holds all that they say
        self.remove(VOCABULARY);
        let new = [
            ("config.json", settings),
            ("tokenizer_config.json", tokenizer_settings),
            ("tokenizer.json", Some(bytes)),
            ("model.safetensors", Some(weights)),
        ];
        let counts = Counts { before: config.vocab_size, after: kept.len() };
        let files = new.into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
        Ok((files.fold(self, |folder, (name, bytes)| folder.with_file(name, bytes)), counts))
    }
}

/// Renumbers `bos_token_id`, `pad_token_id` and so on, and removes those of tokens that are gone.
fn renumber_names(fields: &mut Map<String, Value>, new_ids: &BTreeMap<u64, usize>) {
    let names: Vec<String> = fields.keys().filter(|name| name.ends_with("_token_id")).cloned().collect();
    for name in names {
        match fields[&name].as_u64().map(|old| new_ids.get(&old)) {
            Some(Some(new)) => drop(fields.insert(name, (*new).into())),
            Some(None) => drop(fields.shift_remove(&name)),
            None => {}
        }
    }
}

/// Restricts the weights to the embeddings of the `kept` tokens, in their order, and drops the heads of language models.
fn trimmed_weights(file: &str, bytes: &[u8], vocab_size: usize, kept: &[u32]) -> Result<Vec<u8>> {
    let wrong = |message: String| Error::model(file, message);
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| wrong(format!("is not a complete safetensors file ({error}); export it again")))?;
    let is_embeddings = |name: &str, view: &TensorView| {
        EMBEDDINGS.iter().any(|end| name.ends_with(end)) && view.shape().first() == Some(&vocab_size)
    };
    let mut embeddings: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, view) in tensors.iter().filter(|(name, view)| is_embeddings(name, view)) {
        let row = view.data().len() / vocab_size;
        let rows = kept.iter().flat_map(|id| &view.data()[*id as usize * row..][..row]);
        embeddings.push((name.to_owned(), rows.copied().collect()));
    }
    if embeddings.is_empty() {
        return Err(wrong(format!("has no word embeddings of {vocab_size} tokens, as config.json says")));
    }
    let view = |(name, bytes)| -> Result<(&str, TensorView)> {
        let (name, bytes): (&String, &Vec<u8>) = (name, bytes);
        let whole = tensors.tensor(name).map_err(|error| wrong(error.to_string()))?;
        let shape = [&[kept.len()], &whole.shape()[1..]].concat();
        let view = TensorView::new(whole.dtype(), shape, bytes).map_err(|error| wrong(error.to_string()))?;
        Ok((name.as_str(), view))
    };
    let mut views = embeddings.iter().map(|(name, bytes)| view((name, bytes))).collect::<Result<Vec<_>>>()?;
    views.extend(tensors.iter().filter(|(_, view)| view.shape().first() != Some(&vocab_size)));
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into_iter().collect());
    safetensors::tensor::serialize(views, metadata).map_err(|error| wrong(error.to_string()))
}
