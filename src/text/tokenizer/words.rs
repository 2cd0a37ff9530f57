//! How a word is divided into tokens.

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
use crate::spec::quote::shown;

pub enum Words {
    WordPiece(Box<BoundedWordPiece>),
    Unigram(Unigram),
    Bpe(Box<BPE>),
}

/// A model, its largest id, and what it makes of letters that it lacks, if anything.
pub struct Found {
    pub words: Words,
    pub largest: u32,
    pub unknown: Option<u32>,
}

/// Files of old do not name the type.
#[derive(Deserialize)]
struct Kind {
    r#type: Option<String>,
    merges: Option<IgnoredAny>,
    unk_id: Option<IgnoredAny>,
}

/// # Errors
/// What is wrong with the `model` of the file, or unknown here.
pub fn words(json: &str) -> std::result::Result<Found, String> {
    let kind: Kind = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let inferred = match (&kind.merges, &kind.unk_id) {
        (Some(_), _) => "BPE",
        (None, Some(_)) => "Unigram",
        (None, None) => "WordPiece",
    };
    match kind.r#type.as_deref().unwrap_or(inferred) {
        "WordPiece" => {
            let model: WordPiece = serde_json::from_str(json).map_err(|error| error.to_string())?;
            let (words, largest, unknown) = BoundedWordPiece::new(model)?;
            Ok(Found { words: Words::WordPiece(Box::new(words)), largest, unknown: Some(unknown) })
        }
        "Unigram" => {
            let words = Unigram::from_json(json)?;
            let (largest, unknown) = (words.size() as u32 - 1, Some(words.unknown()));
            Ok(Found { words: Words::Unigram(words), largest, unknown })
        }
        "BPE" => {
            let (words, largest) = bpe::from_json(json)?;
            let unknown = words.unk_token.as_ref().and_then(|unknown| words.token_to_id(unknown));
            Ok(Found { words: Words::Bpe(Box::new(words)), largest, unknown })
        }
        other => Err(format!("the model is {}, not WordPiece, BPE or Unigram", shown(other))),
    }
}

impl Model for Words {
    type Trainer = WordPieceTrainer;

    fn tokenize(&self, word: &str) -> Result<Vec<Token>> {
        match self {
            Words::WordPiece(model) => model.tokenize(word),
            Words::Unigram(model) => Ok(model.tokenize(word)),
            Words::Bpe(model) => model.tokenize(word),
        }
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        match self {
            Words::WordPiece(model) => model.token_to_id(token),
            Words::Unigram(model) => model.token_to_id(token),
            Words::Bpe(model) => model.token_to_id(token),
        }
    }

    fn id_to_token(&self, id: u32) -> Option<String> {
        match self {
            Words::WordPiece(model) => model.id_to_token(id),
            Words::Unigram(model) => model.id_to_token(id),
            Words::Bpe(model) => model.id_to_token(id),
        }
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        let named = |id| Some((self.id_to_token(id)?, id));
        match self {
            Words::WordPiece(model) => model.get_vocab(),
            Words::Unigram(model) => (0..model.size() as u32).filter_map(named).collect(),
            Words::Bpe(model) => model.get_vocab(),
        }
    }

    fn get_vocab_size(&self) -> usize {
        match self {
            Words::WordPiece(model) => model.get_vocab_size(),
            Words::Unigram(model) => model.size(),
            Words::Bpe(model) => model.get_vocab_size(),
        }
    }

    fn save(&self, _: &Path, _: Option<&str>) -> Result<Vec<PathBuf>> {
        Err("a tokenizer is kept as the file that it was read from".into())
    }

    fn get_trainer(&self) -> WordPieceTrainer {
        WordPieceTrainer::default()
    }
}
