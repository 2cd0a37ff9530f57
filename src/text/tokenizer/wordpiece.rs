//! WordPiece, with the same tokens as in the tokenizers crate. Its time grows with the length of a word, not with the cube of
//! the length, because it never looks up a string that is longer than the longest token.

use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{Model, Result, Token};

use crate::spec::quote::quoted;

/// The largest `max_input_chars_per_word`, because dividing a long word takes long. BERT's files say 100.
const MAX_WORD_CHARACTERS: usize = 256;

pub struct BoundedWordPiece {
    model: WordPiece,
    /// The length of the longest token, in bytes.
    longest: usize,
}

impl BoundedWordPiece {
    /// Checks a model. Returns it with its largest id and the id of the unknown token.
    ///
    /// # Errors
    /// The model is wrong; the message says how.
    pub fn new(model: WordPiece) -> std::result::Result<(Self, u32, u32), String> {
        let vocabulary = model.get_vocab();
        let unknown = vocabulary.get(&model.unk_token).copied();
        let unknown = unknown.ok_or_else(|| format!("the vocabulary lacks {}", quoted(&model.unk_token)))?;
        let word = model.max_input_chars_per_word;
        if !(1..=MAX_WORD_CHARACTERS).contains(&word) {
            return Err(format!("max_input_chars_per_word is {word}, not 1 to {MAX_WORD_CHARACTERS}"));
        }
        // both are copied for each token of a word
        for (name, text) in
            [("unk_token", &model.unk_token), ("continuing_subword_prefix", &model.continuing_subword_prefix)]
        {
            if text.len() > MAX_WORD_CHARACTERS {
                return Err(format!("{name} has more than {MAX_WORD_CHARACTERS} bytes"));
            }
        }
        let longest = vocabulary.keys().map(String::len).max().unwrap_or(0);
        let largest = vocabulary.values().max().copied().unwrap_or(0);
        Ok((BoundedWordPiece { model, longest }, largest, unknown))
    }

    /// Finds the longest token of the word that begins at `start`.
    fn longest_token(&self, word: &str, start: usize) -> Option<Token> {
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

    fn split(&self, word: &str) -> Option<Vec<Token>> {
        let mut pieces: Vec<Token> = Vec::new();
        let mut start = 0;
        while start < word.len() {
            let piece = self.longest_token(word, start)?;
            start = piece.offsets.1;
            pieces.push(piece);
        }
        Some(pieces)
    }

    /// # Errors
    /// None, after the checks in [`new`](Self::new).
    pub fn tokenize(&self, word: &str) -> Result<Vec<Token>> {
        let short = word.chars().nth(self.model.max_input_chars_per_word).is_none();
        match short.then(|| self.split(word)).flatten() {
            Some(pieces) => Ok(pieces),
            None => {
                let value = self.model.unk_token.clone();
                let id = self.token_to_id(&value).ok_or("the vocabulary lacks the unknown token")?;
                Ok(vec![Token { id, value, offsets: (0, word.len()) }])
            }
        }
    }

    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        self.model.token_to_id(token)
    }

    pub fn id_to_token(&self, id: u32) -> Option<String> {
        self.model.id_to_token(id)
    }

    pub fn get_vocab(&self) -> std::collections::HashMap<String, u32> {
        self.model.get_vocab()
    }

    pub fn get_vocab_size(&self) -> usize {
        self.model.get_vocab_size()
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
            let (bounded, ..) = BoundedWordPiece::new(reference.clone()).unwrap();
            for word in words {
                prop_assert_eq!(bounded.tokenize(&word).unwrap(), reference.tokenize(&word).unwrap());
            }
        }
    }
}
