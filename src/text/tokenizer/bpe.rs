//! BPE of the tokenizers crate, from a checked file. Unchecked, the crate panics at merges of tokens that do not exist, and
//! divides words at random if the file sets `dropout`.

use std::collections::HashMap;

use serde::Deserialize;
use tokenizers::models::bpe::{BPE, BpeBuilder, Vocab};

use super::file::MAX_TOKEN_BYTES;
use crate::spec::quote::quoted;

#[derive(Deserialize)]
struct File {
    vocab: HashMap<String, u32>,
    merges: Vec<Merge>,
    dropout: Option<f32>,
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    fuse_unk: Option<bool>,
    #[serde(default)]
    byte_fallback: Option<bool>,
    #[serde(default)]
    ignore_merges: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    /// The form of older files.
    Line(String),
}

impl Merge {
    fn pair(self) -> Option<(String, String)> {
        match self {
            Merge::Pair(left, right) => Some((left, right)),
            Merge::Line(line) => {
                let (left, right) = line.split_once(' ')?;
                (!right.contains(' ')).then(|| (left.to_owned(), right.to_owned()))
            }
        }
    }
}

/// Reads the model. Returns it with its largest id.
///
/// # Errors
/// The `model` of the file is wrong; the message says how.
pub fn from_json(json: &str) -> Result<(BPE, u32), String> {
    let file: File = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if file.dropout.is_some_and(|dropout| dropout != 0.0) {
        return Err("dropout would divide a text differently each time; set it to null".into());
    }
    let prefix = file.continuing_subword_prefix.filter(|prefix| !prefix.is_empty());
    let suffix = file.end_of_word_suffix.filter(|suffix| !suffix.is_empty());
    let affixes = [&prefix, &suffix, &file.unk_token];
    let texts = file.vocab.keys().chain(affixes.into_iter().flatten());
    if texts.into_iter().any(|text| text.len() > MAX_TOKEN_BYTES) {
        return Err(format!("a token has more than {MAX_TOKEN_BYTES} bytes"));
    }
    if let Some(unknown) = file.unk_token.as_ref().filter(|unknown| !file.vocab.contains_key(*unknown)) {
        return Err(format!("the vocabulary lacks {}", quoted(unknown)));
    }
    let mut merges = Vec::with_capacity(file.merges.len());
    for (number, merge) in file.merges.into_iter().enumerate() {
        let wrong = || format!("merge {} does not join two tokens to a third one", number + 1);
        let (left, right) = merge.pair().ok_or_else(wrong)?;
        let joined = right.strip_prefix(prefix.as_deref().unwrap_or("")).map(|rest| format!("{left}{rest}"));
        let parts = [Some(&left), Some(&right), joined.as_ref()];
        if !parts.iter().all(|part| part.is_some_and(|part| file.vocab.contains_key(part))) {
            return Err(wrong());
        }
        merges.push((left, right));
    }
    let largest = file.vocab.values().max().copied().ok_or("the vocabulary is empty")?;
    let mut builder = BpeBuilder::new()
        .vocab_and_merges(file.vocab.into_iter().collect::<Vocab>(), merges)
        // no cache: the crate never frees its entries
        .cache_capacity(0)
        .fuse_unk(file.fuse_unk.unwrap_or(false))
        .byte_fallback(file.byte_fallback.unwrap_or(false))
        .ignore_merges(file.ignore_merges.unwrap_or(false));
    if let Some(unknown) = file.unk_token {
        builder = builder.unk_token(unknown);
    }
    if let Some(prefix) = prefix {
        builder = builder.continuing_subword_prefix(prefix);
    }
    if let Some(suffix) = suffix {
        builder = builder.end_of_word_suffix(suffix);
    }
    Ok((builder.build().map_err(|error| error.to_string())?, largest))
}
