//! WordPiece of the tokenizers crate, but in time that grows with the length of a word and not with its cube: no piece
//! is looked up that is longer than every token there is. The tokens are the same.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::{Model, Result, Token};

pub struct BoundedWordPiece {
    model: WordPiece,
    /// Bytes of the longest token.
    longest: usize,
}

impl BoundedWordPiece {
    pub fn new(model: WordPiece) -> Self {
        let longest = model.get_vocab().keys().map(String::len).max().unwrap_or(0);
        BoundedWordPiece { model, longest }
    }

    /// The longest token that the word has from `start` on; nothing where it has none.
    fn piece(&self, word: &str, start: usize) -> Option<Token> {
        let prefix = if start > 0 { self.model.continuing_subword_prefix.as_str() } else { "" };
        let most = (start + self.longest.saturating_sub(prefix.len())).min(word.len());
        let mut piece = format!("{prefix}{}", &word[start..word.floor_char_boundary(most)]);
        while piece.len() > prefix.len() {
            if let Some(id) = self.model.token_to_id(&piece) {
                let end = start + piece.len() - prefix.len();
                return Some(Token { id, value: piece, offsets: (start, end) });
            }
            piece.pop();
        }
        None
    }

    fn pieces(&self, word: &str) -> Option<Vec<Token>> {
        let mut pieces: Vec<Token> = Vec::new();
        let mut start = 0;
        while start < word.len() {
            let piece = self.piece(word, start)?;
            start = piece.offsets.1;
            pieces.push(piece);
        }
        Some(pieces)
    }
}

impl Model for BoundedWordPiece {
    type Trainer = WordPieceTrainer;

    fn tokenize(&self, word: &str) -> Result<Vec<Token>> {
        let short = word.chars().nth(self.model.max_input_chars_per_word).is_none();
        match short.then(|| self.pieces(word)).flatten() {
            Some(pieces) => Ok(pieces),
            None => {
                let value = self.model.unk_token.clone();
                let id = self.token_to_id(&value).ok_or("the vocabulary lacks the unknown token")?;
                Ok(vec![Token { id, value, offsets: (0, word.len()) }])
            }
        }
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.model.token_to_id(token)
    }

    fn id_to_token(&self, id: u32) -> Option<String> {
        self.model.id_to_token(id)
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        self.model.get_vocab()
    }

    fn get_vocab_size(&self) -> usize {
        self.model.get_vocab_size()
    }

    fn save(&self, folder: &Path, prefix: Option<&str>) -> Result<Vec<PathBuf>> {
        self.model.save(folder, prefix)
    }

    fn get_trainer(&self) -> WordPieceTrainer {
        self.model.get_trainer()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_tokens_are_those_of_the_crate(
            tokens in prop::collection::vec("(##|#)?[abé日]{0,4}", 0..30), words in prop::collection::vec("[abcé日]{0,14}", 1..20), most in 1usize..14,
        ) {
            let vocabulary: Vec<String> = ["[UNK]".to_owned()].into_iter().chain(tokens).collect();
            let mut model: serde_json::Value = serde_json::json!({
                "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": most, "vocab": {},
            });
            for token in vocabulary {
                let id = model["vocab"].as_object().unwrap().len();
                model["vocab"].as_object_mut().unwrap().entry(token).or_insert(id.into());
            }
            let reference: WordPiece = serde_json::from_str(&model.to_string()).unwrap();
            let bounded = BoundedWordPiece::new(reference.clone());
            for word in words {
                prop_assert_eq!(bounded.tokenize(&word).unwrap(), reference.tokenize(&word).unwrap());
            }
        }
    }
}
