//! The models that divide a word into tokens.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::{Model, Result, Token};

use super::bpe;
use super::unigram::Unigram;
use super::wordpiece::BoundedWordPiece;
use crate::spec::quote::quoted;

/// A model that divides a word into tokens.
pub enum Subwords {
    WordPiece(Box<BoundedWordPiece>),
    Unigram(Unigram),
    Bpe(Box<BPE>),
}

/// A model, its largest id, and the id of its token for unknown letters, if it has one.
pub struct Parsed {
    pub subwords: Subwords,
    pub largest: u32,
    pub unknown: Option<u32>,
}

/// The fields from which the type is inferred, because old files do not name it.
#[derive(Deserialize)]
struct Kind {
    r#type: Option<String>,
    merges: Option<IgnoredAny>,
    unk_id: Option<IgnoredAny>,
}

/// Reads the `model` of a `tokenizer.json`.
///
/// # Errors
/// The `model` of the file is wrong or unknown; the message says how.
pub fn parse(json: &str) -> std::result::Result<Parsed, String> {
    let kind: Kind = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let inferred = match (&kind.merges, &kind.unk_id) {
        (Some(_), _) => "BPE",
        (None, Some(_)) => "Unigram",
        (None, None) => "WordPiece",
    };
    match kind.r#type.as_deref().unwrap_or(inferred) {
        "WordPiece" => {
            let model: WordPiece = serde_json::from_str(json).map_err(|error| error.to_string())?;
            let (model, largest, unknown) = BoundedWordPiece::new(model)?;
            Ok(Parsed { subwords: Subwords::WordPiece(Box::new(model)), largest, unknown: Some(unknown) })
        }
        "Unigram" => {
            let model = Unigram::from_json(json)?;
            let (largest, unknown) = (model.size() as u32 - 1, Some(model.unknown()));
            Ok(Parsed { subwords: Subwords::Unigram(model), largest, unknown })
        }
        "BPE" => {
            let (model, largest) = bpe::from_json(json)?;
            let unknown = model.unk_token.as_ref().and_then(|unknown| model.token_to_id(unknown));
            Ok(Parsed { subwords: Subwords::Bpe(Box::new(model)), largest, unknown })
        }
        other => Err(format!("the model is {}, not WordPiece, BPE or Unigram", quoted(other))),
    }
}

impl Model for Subwords {
    type Trainer = WordPieceTrainer;

    fn tokenize(&self, word: &str) -> Result<Vec<Token>> {
        match self {
            Subwords::WordPiece(model) => model.tokenize(word),
            Subwords::Unigram(model) => Ok(model.tokenize(word)),
            Subwords::Bpe(model) => model.tokenize(word),
        }
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        match self {
            Subwords::WordPiece(model) => model.token_to_id(token),
            Subwords::Unigram(model) => model.token_to_id(token),
            Subwords::Bpe(model) => model.token_to_id(token),
        }
    }

    fn id_to_token(&self, id: u32) -> Option<String> {
        match self {
            Subwords::WordPiece(model) => model.id_to_token(id),
            Subwords::Unigram(model) => model.id_to_token(id),
            Subwords::Bpe(model) => model.id_to_token(id),
        }
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        let named = |id| Some((self.id_to_token(id)?, id));
        match self {
            Subwords::WordPiece(model) => model.get_vocab(),
            Subwords::Unigram(model) => (0..model.size() as u32).filter_map(named).collect(),
            Subwords::Bpe(model) => model.get_vocab(),
        }
    }

    fn get_vocab_size(&self) -> usize {
        match self {
            Subwords::WordPiece(model) => model.get_vocab_size(),
            Subwords::Unigram(model) => model.size(),
            Subwords::Bpe(model) => model.get_vocab_size(),
        }
    }

    fn save(&self, _: &Path, _: Option<&str>) -> Result<Vec<PathBuf>> {
        Err("a tokenizer is saved as the file that it was read from".into())
    }

    fn get_trainer(&self) -> WordPieceTrainer {
        WordPieceTrainer::default()
    }
}
