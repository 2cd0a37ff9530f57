//! Unigram (SentencePiece), with the same tokens as in the tokenizers crate. The crate keeps the vocabulary in a tree of hash
//! maps, which takes hundreds of megabytes for a vocabulary of many languages. This code keeps one sorted list.

use std::ops::Range;

use serde::Deserialize;
use tokenizers::Token;

use super::file::MAX_TOKEN_BYTES;

/// The score of a character without a token is this much below that of the worst token.
const UNKNOWN_PENALTY: f64 = 10.0;

#[derive(Deserialize)]
struct File {
    vocab: Vec<(Box<str>, f64)>,
    unk_id: Option<u32>,
    #[serde(default)]
    byte_fallback: bool,
}

pub struct Unigram {
    /// Sorted by their bytes.
    entries: Vec<Entry>,
    /// The index in `entries` of each token id. A token that the file lists twice has its last id.
    places: Vec<u32>,
    unknown: u32,
    unknown_score: f64,
    byte_fallback: bool,
}

struct Entry {
    text: Box<str>,
    id: u32,
    score: f64,
}

/// The best division of a word up to some place: its last token, and the start of that token.
#[derive(Clone, Copy)]
struct Best {
    start: usize,
    id: u32,
    score: f64,
}

impl Unigram {
    /// Reads the model.
    ///
    /// # Errors
    /// The `model` of the file is wrong; the message says how.
    pub fn from_json(json: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let size = file.vocab.len();
        let unknown = file.unk_id.filter(|id| (*id as usize) < size);
        let unknown = unknown.ok_or_else(|| format!("unk_id is not one of the {size} tokens"))?;
        let worst = file.vocab.iter().map(|(_, score)| *score).fold(f64::INFINITY, f64::min);
        if file.vocab.iter().any(|(text, _)| text.len() > MAX_TOKEN_BYTES) {
            return Err(format!("a token has more than {MAX_TOKEN_BYTES} bytes"));
        }
        let entry = |(id, (text, score))| Entry { text, id: id as u32, score };
        let mut entries: Vec<Entry> = file.vocab.into_iter().enumerate().map(entry).collect();
        entries.sort_unstable_by(|a, b| (&a.text, b.id).cmp(&(&b.text, a.id)));
        entries.dedup_by(|later, first| later.text == first.text);
        entries.shrink_to_fit();
        let mut places = vec![u32::MAX; size];
        for (place, entry) in entries.iter().enumerate() {
            places[entry.id as usize] = place as u32;
        }
        let unknown_score = worst - UNKNOWN_PENALTY;
        Ok(Unigram { entries, places, unknown, unknown_score, byte_fallback: file.byte_fallback })
    }

    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    pub fn size(&self) -> usize {
        self.places.len()
    }

    pub fn token_to_id(&self, token: &str) -> Option<u32> {
        let place = self.entries.binary_search_by(|entry| entry.text.as_ref().cmp(token)).ok()?;
        Some(self.entries[place].id)
    }

    pub fn id_to_token(&self, id: u32) -> Option<String> {
        let entry = self.entries.get(*self.places.get(id as usize)? as usize)?;
        Some(entry.text.to_string())
    }

    /// Calls `found` with the tokens that `word` begins with, the shortest first.
    fn prefixes(&self, word: &[u8], mut found: impl FnMut(&Entry)) {
        // the entries that begin with the bytes of the word so far
        let mut range = 0..self.entries.len();
        for (depth, byte) in word.iter().enumerate() {
            range = self.narrowed(range, depth, *byte);
            let Some(first) = self.entries[range.clone()].first() else { return };
            if first.text.len() == depth + 1 {
                found(first);
            }
        }
    }

    /// Narrows a range of entries, which share their first `depth` bytes, to those with `byte` next.
    fn narrowed(&self, range: Range<usize>, depth: usize, byte: u8) -> Range<usize> {
        let entries = &self.entries[range.clone()];
        let at = |entry: &Entry| entry.text.as_bytes().get(depth).copied();
        let is_shared = |entry: Option<&Entry>| entry.is_some_and(|entry| at(entry) == Some(byte));
        if is_shared(entries.first()) && is_shared(entries.last()) {
            return range;
        }
        let start = entries.partition_point(|entry| at(entry) < Some(byte));
        let end = start + entries[start..].partition_point(|entry| at(entry) == Some(byte));
        range.start + start..range.start + end
    }

    pub fn tokenize(&self, word: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut unknown: Option<Range<usize>> = None;
        for (id, range) in self.best(word) {
            // consecutive unknown characters become one token
            if id == self.unknown {
                let start = unknown.map_or(range.start, |unknown| unknown.start);
                unknown = Some(start..range.end);
                continue;
            }
            if let Some(range) = unknown.take() {
                self.push_unknown(word, range, &mut tokens);
            }
            tokens.push(Token::new(id, word[range.clone()].to_owned(), (range.start, range.end)));
        }
        if let Some(range) = unknown {
            self.push_unknown(word, range, &mut tokens);
        }
        tokens
    }

    /// Finds the division of a word with the highest sum of scores.
    fn best(&self, word: &str) -> Vec<(u32, Range<usize>)> {
        let mut best: Vec<Option<Best>> = vec![None; word.len() + 1];
        for (start, character) in word.char_indices() {
            let so_far = best[start].map_or(0.0, |best| best.score);
            let mut reach = |end: usize, id: u32, score: f64| {
                let score = score + so_far;
                if best[end].is_none_or(|best| score > best.score) {
                    best[end] = Some(Best { start, id, score });
                }
            };
            let single = start + character.len_utf8();
            let mut has_single = false;
            self.prefixes(&word.as_bytes()[start..], |entry| {
                let end = start + entry.text.len();
                reach(end, entry.id, entry.score);
                has_single |= end == single;
            });
            if !has_single {
                reach(single, self.unknown, self.unknown_score);
            }
        }
        let mut division = Vec::new();
        let mut end = word.len();
        while let Some(Best { start, id, .. }) = best[end] {
            division.push((id, start..end));
            end = start;
        }
        division.reverse();
        division
    }

    fn push_unknown(&self, word: &str, range: Range<usize>, tokens: &mut Vec<Token>) {
        let text = &word[range.clone()];
        let offsets = (range.start, range.end);
        let byte = |byte: u8| {
            let name = format!("<0x{byte:02X}>");
            Some(Token::new(self.token_to_id(&name)?, name, offsets))
        };
        match self.token_to_id(text) {
            Some(id) => tokens.push(Token::new(id, text.to_owned(), offsets)),
            None => match self.byte_fallback.then(|| text.bytes().map(byte).collect::<Option<Vec<_>>>()) {
                Some(Some(bytes)) => tokens.extend(bytes),
                _ => tokens.push(Token::new(self.unknown, text.to_owned(), offsets)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokenizers::Model;
    use tokenizers::models::unigram::Unigram as Reference;

    proptest! {
        #[test]
        fn the_tokens_are_those_of_the_crate(
            tokens in prop::collection::vec(("[abé日▁]{1,4}", -9i32..1), 1..40),
            words in prop::collection::vec("[abcé日▁]{0,14}|<unk>a", 1..20),
            bytes: bool, fallback: bool,
        ) {
            let mut vocab = vec![("<unk>".to_owned(), 0.0)];
            vocab.extend(tokens.into_iter().map(|(token, score)| (token, f64::from(score) / 3.0)));
            if bytes {
                vocab.extend((0..=255u8).map(|byte| (format!("<0x{byte:02X}>"), -20.0)));
            }
            let json = serde_json::json!({"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": fallback});
            let reference = Reference::from(vocab, Some(0), fallback).unwrap();
            let own = Unigram::from_json(&json.to_string()).unwrap();
            for word in words {
                let ids = |tokens: Vec<Token>| tokens.into_iter().map(|token| (token.id, token.value)).collect::<Vec<_>>();
                prop_assert_eq!(ids(own.tokenize(&word)), ids(reference.tokenize(&word).unwrap()), "{}", word);
            }
        }
    }
}
