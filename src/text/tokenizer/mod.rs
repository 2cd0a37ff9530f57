//! Turns texts into token ids, as an encoder's `tokenizer.json` says.

mod bpe;
mod charsmap;
mod file;
mod long;
mod normalizer;
mod pre_tokenizer;
mod subwords;
mod template;
#[cfg(not(target_arch = "wasm32"))]
mod trim;
mod unigram;
mod vocab_txt;
mod wordpiece;

use std::collections::HashSet;
use std::path::Path;

use crate::error::{Error, Result};
use crate::spec::Long;
use file::{Cuts, Parts};
pub use long::MOST_WINDOWS;
use long::{Read, reach, read};
use template::Slot;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use trim::{Trimmed, trimmed};
pub(crate) use vocab_txt::of_vocabulary;

pub(crate) const MAX_FILE_BYTES: u64 = 64 << 20;
const MIN_LENGTH: usize = 8;
/// The longest text that is tokenised. Tokenising takes time and memory in proportion to the text, so this bounds both. The
/// rest of a longer text could change the result only if the first MiB has fewer than `max_length` tokens, such as a word or
/// a run of spaces of a million characters. A field of a table is never longer.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// The same for other tokenizers than BERT's, because their normalizers can lengthen a text.
const MAX_OTHER_TEXT_BYTES: usize = 256 << 10;
/// A text up to this length is tokenised as a whole, so that its number of tokens is known. A longer one is tokenised only
/// as far as its tokens are used.
const COUNTED_BYTES: usize = 16 << 10;
/// A long text is tokenised in parts of this size.
const PART_BYTES: usize = 4 << 10;

/// The tokenizer of an encoder (WordPiece, BPE or Unigram). It cuts to `max_length` tokens and does not pad, whatever the
/// file says about that.
pub struct Tokenizer {
    parts: Parts,
    max_length: usize,
    /// The tokens that are read of a longer text.
    long: Long,
    /// The text that is put before every text.
    prompt: String,
    /// Whether all tokens get type 0, whatever the file says.
    has_one_type: bool,
}

/// The tokens of a text, or of a text and its pair, without padding.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    /// The token ids, with the special tokens.
    pub input_ids: Vec<u32>,
    /// The type of each token. For BERT: 1 from the first token of the pair on, else 0.
    pub token_type_ids: Vec<u32>,
    /// The number of tokens of the text and its pair, with the special tokens. For a text of more than 16 KiB, it is a lower
    /// bound.
    pub tokens: usize,
    /// The number of these tokens that are not read.
    pub truncated: usize,
    /// The windows after the first one, for a long text that is read in windows.
    pub further: Vec<Window>,
}

/// A window of a long text.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The token ids, with the special tokens.
    pub input_ids: Vec<u32>,
    /// The type of each token.
    pub token_type_ids: Vec<u32>,
}

impl Encoding {
    /// A text that is read whole, at once.
    pub fn whole(input_ids: Vec<u32>, token_type_ids: Vec<u32>) -> Self {
        Encoding { tokens: input_ids.len(), truncated: 0, further: Vec::new(), input_ids, token_type_ids }
    }

    /// The token ids and types of each window. The first one is the longest.
    pub fn windows(&self) -> impl Iterator<Item = (&[u32], &[u32])> {
        let further = self.further.iter().map(|window| (&window.input_ids[..], &window.token_type_ids[..]));
        [(&self.input_ids[..], &self.token_type_ids[..])].into_iter().chain(further)
    }

    /// The number of windows, at least one.
    pub fn window_count(&self) -> usize {
        1 + self.further.len()
    }

    /// The token ids of all windows, to change.
    pub fn ids_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        self.input_ids.iter_mut().chain(self.further.iter_mut().flat_map(|window| &mut window.input_ids))
    }
}

impl Tokenizer {
    /// Reads a file on disk; see [`Tokenizer::from_bytes`].
    ///
    /// # Errors
    /// Those of [`from_bytes`](Self::from_bytes), or the file cannot be read.
    pub fn read(path: &Path, max_length: usize) -> Result<Self> {
        let file = path.display().to_string();
        let failed = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => {
                Error::model(&file, "no such file; expected the model's tokenizer.json")
            }
            _ => Error::io(path, source),
        };
        check_size(&file, std::fs::metadata(path).map_err(failed)?.len())?;
        Self::from_bytes(&file, &std::fs::read(path).map_err(failed)?, max_length)
    }

    /// Reads a `tokenizer.json`. Errors call it `file`. `max_length` counts the special tokens too.
    ///
    /// # Errors
    /// [`Error::Usage`] for a `max_length` below 8. [`Error::Model`] for a file that is not a tokenizer.json, has an unknown
    /// part, or is larger than 64 MiB.
    pub fn from_bytes(file_name: &str, bytes: &[u8], max_length: usize) -> Result<Self> {
        if max_length < MIN_LENGTH {
            return Err(Error::Usage(format!(
                "max_length is {max_length}; expected at least {MIN_LENGTH} tokens"
            )));
        }
        check_size(file_name, bytes.len() as u64)?;
        let refuse = |found: String| Error::model(file_name, format!("{found}; {EXPECTED}"));
        Ok(Tokenizer {
            parts: file::read(bytes).map_err(refuse)?,
            max_length,
            long: Long::Head,
            prompt: String::new(),
            has_one_type: false,
        })
    }

    /// Puts `prompt` before every text, and before the second text of a pair.
    #[must_use]
    pub fn with_prompt(self, prompt: &str) -> Self {
        Tokenizer { prompt: prompt.to_owned(), ..self }
    }

    /// Reads these tokens of a text that is too long.
    #[must_use]
    pub fn with_long(self, long: Long) -> Self {
        Tokenizer { long, ..self }
    }

    /// Gives every token type 0, for a model with a single type. The separator then distinguishes the texts of a pair.
    #[must_use]
    pub fn with_one_type(self) -> Self {
        Tokenizer { has_one_type: true, ..self }
    }

    /// Tokenises a text, or a text and its pair, and adds the special tokens. If there are more than `max_length` tokens, each
    /// text has a share of them, like Hugging Face's `longest_first`, within which [`Long`] decides what is read. The windows
    /// of a pair move on together: the shorter text stays at its last window.
    ///
    /// # Errors
    /// [`Error::Model`] if the tokenizer fails on the text.
    pub fn encode(&self, text: &str, pair: Option<&str>) -> Result<Encoding> {
        let slots = self.parts.template.slots(pair.is_some());
        let specials = slots.iter().filter(|slot| matches!(slot, Slot::Special { .. })).count();
        let budget = self.max_length - specials;
        let both = |most: usize| -> Result<_> {
            Ok((self.pieces(text, most)?, pair.map(|pair| self.pieces(pair, most)).transpose()?))
        };
        // one token more than can be read, to know whether anything is left out
        let (mut first, mut second) = both(reach(self.long, budget) + 1)?;
        if second.as_ref().is_some_and(|second| first.len().min(second.len()) > budget) {
            // which text is the longer one decides which of them loses a token, so both need their full length
            (first, second) = both(usize::MAX)?;
        }
        let second = second.unwrap_or_default();
        let tokens = first.len() + second.len() + specials;
        let (first_room, second_room) = longest_first(first.len(), second.len(), budget);
        let [first, second] =
            [(first, first_room), (second, second_room)].map(|(ids, room)| read(ids, room, self.long));
        let truncated = first.left_out + second.left_out;
        let window = |number: usize| {
            let [first, second] =
                [&first, &second].map(|Read { windows, .. }| &windows[number.min(windows.len() - 1)][..]);
            self.window(slots, first, second)
        };
        let Window { input_ids, token_type_ids } = window(0);
        let further = (1..first.windows.len().max(second.windows.len())).map(window).collect();
        Ok(Encoding { input_ids, token_type_ids, tokens, truncated, further })
    }

    /// Puts the special tokens around the tokens of a text and its pair.
    fn window(&self, slots: &[Slot], first: &[u32], second: &[u32]) -> Window {
        let mut window = Window {
            input_ids: Vec::with_capacity(first.len() + second.len() + slots.len()),
            token_type_ids: Vec::new(),
        };
        for slot in slots {
            let (ids, type_id) = match slot {
                Slot::Special { id, type_id } => (std::slice::from_ref(id), type_id),
                Slot::First { type_id } => (first, type_id),
                Slot::Second { type_id } => (second, type_id),
            };
            window.input_ids.extend_from_slice(ids);
            let type_id = if self.has_one_type { 0 } else { *type_id };
            window.token_type_ids.resize(window.input_ids.len(), type_id);
        }
        window
    }

    /// The number of rows that an embedding needs: one more than the largest token id.
    pub fn vocab_size(&self) -> usize {
        self.parts.largest as usize + 1
    }

    /// The number of token types that a model needs.
    pub fn type_count(&self) -> usize {
        self.parts.template.type_count()
    }

    /// The id of the padding token, or 0.
    pub fn pad_id(&self) -> u32 {
        self.parts.pad
    }

    /// The id of the token for letters that the vocabulary lacks. `None` if it lacks none, such as a vocabulary of bytes.
    pub fn unknown_id(&self) -> Option<u32> {
        self.parts.unknown
    }

    /// The largest number of tokens of an encoding.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// Tokenises a text after its prompt. For a long text, it returns at least the first `most` tokens.
    fn pieces(&self, text: &str, most: usize) -> Result<Vec<u32>> {
        match self.prompt.as_str() {
            "" => self.pieces_by(text, most, COUNTED_BYTES, PART_BYTES),
            prompt => self.pieces_by(&format!("{prompt}{text}"), most, COUNTED_BYTES, PART_BYTES),
        }
    }

    fn pieces_by(&self, text: &str, most: usize, counted: usize, part: usize) -> Result<Vec<u32>> {
        match &self.parts.cuts {
            Cuts::Bert { added } => self.pieces_of_parts(text, most, (counted, part), added),
            Cuts::Words => self.pieces_of_beginning(text, most, counted),
            Cuts::None => self.pieces_of_beginning(text, most, usize::MAX),
        }
    }

    /// Tokenises a text part by part. The parts end after [characters that divide](divides), so the tokens of a part do not
    /// depend on later parts.
    fn pieces_of_parts(
        &self,
        text: &str,
        most: usize,
        (counted, part): (usize, usize),
        added: &HashSet<char>,
    ) -> Result<Vec<u32>> {
        let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
        let mut ids = Vec::new();
        let mut start = 0;
        while start < text.len() && (ids.len() < most || text.len() <= counted) {
            let from = text.floor_char_boundary(start + if text.len() <= counted { counted } else { part });
            let divider = text[from..].char_indices().find(|(_, character)| divides(*character, added));
            let end = divider.map_or(text.len(), |(at, character)| from + at + character.len_utf8());
            ids.append(&mut self.ids(&text[start..end])?);
            start = end;
        }
        Ok(ids)
    }

    /// Tokenises the beginning of a text, up to the end of a word, until there are enough tokens.
    fn pieces_of_beginning(&self, text: &str, most: usize, counted: usize) -> Result<Vec<u32>> {
        let text = &text[..text.floor_char_boundary(MAX_OTHER_TEXT_BYTES)];
        let mut least = counted;
        loop {
            let end = word_end(text, least);
            let ids = self.ids(&text[..end])?;
            if end == text.len() || ids.len() >= most {
                return Ok(ids);
            }
            // grow fast: the tokens have many bytes each, and each round starts from the beginning
            least = least.max(end).saturating_mul(4);
        }
    }

    fn ids(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.parts.pipeline.encode_fast(text, false);
        let encoding = encoding.map_err(|error| Error::model("tokenizer.json", error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// Whether the tokens up to and including this character are independent of the text after it, in BERT's tokenizer. That is
/// so for a blank, which ends a word, and for an ASCII punctuation mark, which is a word of its own. The normalizer keeps
/// blanks and these marks (but removes some control characters) and does not look across them: decomposing moves an accent
/// only past other accents. Characters of `added` tokens do not divide, because these tokens are matched before the text
/// is cut into words.
fn divides(character: char, added: &HashSet<char>) -> bool {
    if character.is_ascii_punctuation() {
        return !added.contains(&character);
    }
    let blank = character.is_whitespace() && (!character.is_control() || "\t\n\r".contains(character));
    // an added token with a blank matches any blank
    blank && !added.iter().any(|added| added.is_whitespace())
}

/// Finds the end of a word, at `least` bytes or later: before a space that follows a letter or digit. Every known pattern
/// ends a word there, and no normalizer looks across such a space.
fn word_end(text: &str, least: usize) -> usize {
    let spaces = text.bytes().enumerate().skip(least).filter(|(_, byte)| *byte == b' ');
    let follows_word = |end: &usize| text[..*end].ends_with(char::is_alphanumeric);
    spaces.map(|(end, _)| end).find(follows_word).unwrap_or(text.len())
}

/// The number of tokens to keep of two sequences within a budget. The longer one is cut first.
fn longest_first(first: usize, second: usize, budget: usize) -> (usize, usize) {
    if first + second <= budget {
        return (first, second);
    }
    let half = budget / 2;
    let (short, long) = (first.min(second), budget - first.min(second).min(half));
    if first > second { (long, short.min(half)) } else { (short.min(half), long) }
}

const EXPECTED: &str = "expected the tokenizer.json of an encoder (WordPiece, BPE or Unigram)";

fn check_size(file: &str, bytes: u64) -> Result<()> {
    match bytes > MAX_FILE_BYTES {
        true => Err(Error::model(file, format!("the file is over 64 MiB; {EXPECTED}"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::{Value, json};
    use tokenizers::{
        Encoding as Reference, TruncationDirection, TruncationParams, TruncationStrategy, truncate_encodings,
    };

    #[derive(Deserialize)]
    struct Golden {
        text: String,
        pair: Option<String>,
        input_ids: Vec<u32>,
        token_type_ids: Vec<u32>,
    }

    fn path(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    fn minilm(max_length: usize) -> Tokenizer {
        Tokenizer::read(&path("models/minilm/tokenizer.json"), max_length).unwrap()
    }

    fn small() -> Value {
        let special = |id: &str, type_id: u32| json!({"SpecialToken": {"id": id, "type_id": type_id}});
        let sequence = |id: &str, type_id: u32| json!({"Sequence": {"id": id, "type_id": type_id}});
        let (cls, a, sep) = (special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0));
        json!({
            "version": "1.0",
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "TemplateProcessing", "single": [cls, a, sep], "pair": [cls, a, sep, sequence("B", 1), special("[SEP]", 1)]},
            "added_tokens": [{"id": 4, "content": "[X]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3}},
        })
    }

    fn from_json(file: &Value, max_length: usize) -> Result<Tokenizer> {
        Tokenizer::from_bytes("tokenizer.json", file.to_string().as_bytes(), max_length)
    }

    #[test]
    fn tokens_are_those_of_the_reference() {
        let golden: Vec<Golden> =
            serde_json::from_slice(&std::fs::read(path("tests/golden/minilm/texts.json")).unwrap()).unwrap();
        assert_eq!(golden.len(), 16);
        let tokenizer = minilm(128);
        assert_eq!((tokenizer.vocab_size(), tokenizer.pad_id()), (30522, 0));
        for golden in golden {
            let found = tokenizer.encode(&golden.text, golden.pair.as_deref()).unwrap();
            assert_eq!(
                (found.input_ids, found.token_type_ids),
                (golden.input_ids, golden.token_type_ids),
                "{}",
                golden.text
            );
        }
    }

    #[test]
    fn special_tokens_and_truncation_are_exact() {
        let tokenizer = from_json(&small(), 8).unwrap();
        let found = tokenizer.encode("a [X] A b", Some("a a a a")).unwrap();
        assert_eq!(found.input_ids, [1, 3, 4, 2, 3, 3, 3, 2]);
        assert_eq!(found.token_type_ids, [0, 0, 0, 0, 1, 1, 1, 1]);
        assert_eq!((found.truncated, tokenizer.vocab_size(), tokenizer.pad_id()), (3, 5, 0));
    }

    #[test]
    fn the_windows_of_a_pair_move_on_together() {
        let mut file = small();
        for token in ["b", "c", "d", "e", "f", "g"] {
            let id = file["model"]["vocab"].as_object().unwrap().len();
            file["model"]["vocab"][token] = json!(id);
        }
        file["added_tokens"][0]["id"] = json!(10);
        let encode = |long, text: &str, pair: Option<&str>| {
            from_json(&file, 9).unwrap().with_long(long).encode(text, pair).unwrap()
        };
        let ids = |encoding: &Encoding| -> Vec<Vec<u32>> {
            encoding.windows().map(|(ids, _)| ids.to_vec()).collect()
        };
        // six tokens: two for the short text, and four for a window of the other, which moves on by three
        let found = encode(Long::Windows, "a a", Some("a b c d e f g"));
        assert_eq!(ids(&found), [[1, 3, 3, 2, 3, 4, 5, 6, 2], [1, 3, 3, 2, 6, 7, 8, 9, 2]]);
        assert_eq!(found.further[0].token_type_ids, [0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!((found.tokens, found.truncated, found.window_count()), (12, 0, 2));
        // two long texts share the length
        let found = encode(Long::Windows, "a b c d e", Some("d e f g"));
        assert_eq!(ids(&found), [vec![1, 3, 4, 5, 2, 6, 7, 8, 2], vec![1, 6, 7, 2, 9, 2]]);
        let found = encode(Long::HeadTail, "a a", Some("a b c d e f g"));
        assert_eq!(ids(&found), [[1, 3, 3, 2, 3, 7, 8, 9, 2]]);
        assert_eq!((found.tokens, found.truncated), (12, 3));
        let found = encode(Long::HeadTail, "a b c d e f g b", None);
        assert_eq!(ids(&found), [[1, 3, 4, 6, 7, 8, 9, 4, 2]]);
    }

    proptest! {
        #[test]
        fn longest_first_cuts_as_the_tokenizers_crate(first in 0usize..40, second in 0usize..40, budget in 5usize..60) {
            let sequence = |length| Reference::from_tokens(vec![tokenizers::Token::new(0, "x".into(), (0, 1)); length], 0);
            let parameters = TruncationParams { max_length: budget, strategy: TruncationStrategy::LongestFirst, stride: 0, direction: TruncationDirection::Right };
            let (a, b) = truncate_encodings(sequence(first), Some(sequence(second)), &parameters).unwrap();
            prop_assert_eq!(longest_first(first, second, budget), (a.len(), b.unwrap().len()));
        }
    }

    proptest! {
        /// With text that holds added tokens, accents, controls and blanks of all kinds, divided wherever that can be.
        #[test]
        fn the_tokens_of_a_text_are_those_of_its_parts(
            words in prop::collection::vec(prop::sample::select(vec![
                "a", "aa", "[X]", "[x]", "[", "]", "X", " ", "\t", "\n", "\r\n", ",", "-", "'", "\u{301}", "e\u{301}\u{323}", "É",
                "\u{a0}", "\u{3000}", "\u{85}", "\u{2028}", "\u{200b}", "\u{200d}", "\u{1}", "\u{fffd}", "中", "ﷺ", "ß", "Σ",
                "İ", "。", "\u{1f600}", "a.b", "mask",
            ]), 0..60),
            most in 0usize..40,
            clean: bool, chinese: bool, accents: Option<bool>, lowercase: bool, normalized: bool, blank: bool,
        ) {
            let mut file = small();
            file["normalizer"] = json!({"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese,
                "strip_accents": accents, "lowercase": lowercase});
            file["added_tokens"][0]["normalized"] = json!(normalized);
            if blank {
                file["added_tokens"][0]["content"] = json!("a ,");
            }
            for token in ["##a", "[", "]", ",", ".", "-", "e", "x", "##x", "\u{301}", "##\u{301}", "é"] {
                let id = file["model"]["vocab"].as_object().unwrap().len();
                file["model"]["vocab"][token] = json!(id);
            }
            file["added_tokens"][0]["id"] = json!(file["model"]["vocab"].as_object().unwrap().len());
            let (tokenizer, text) = (from_json(&file, 128).unwrap(), words.concat());
            let whole = tokenizer.parts.pipeline.encode_fast(text.as_str(), false).unwrap().get_ids().to_vec();
            prop_assert_eq!(&tokenizer.pieces_by(&text, usize::MAX, 0, 1).unwrap(), &whole);
            let some = tokenizer.pieces_by(&text, most, 0, 1).unwrap();
            prop_assert!(whole.starts_with(&some) && some.len() >= most.min(whole.len()));
        }

        #[test]
        fn long_texts_and_pairs_are_cut_as_if_they_were_tokenised_as_a_whole(
            first in 0usize..3, second in 0usize..3, more in 0usize..3, max_length in 8usize..20,
        ) {
            // around the lengths from which texts are no longer tokenised to their end
            let text = |kind: usize, more: usize| "a , ".repeat([3, 4100, 4200][kind] + more);
            let tokenizer = from_json(&small(), max_length).unwrap();
            let (first, second) = (text(first, 0), text(second, more));
            let whole = |text: &str| tokenizer.pieces_by(text, usize::MAX, usize::MAX >> 1, 1).unwrap();
            let (a, b) = (whole(&first), whole(&second));
            let (keep_a, keep_b) = longest_first(a.len(), b.len(), max_length - 3);
            let found = tokenizer.encode(&first, Some(&second)).unwrap();
            let expected = [&[1], &a[..keep_a], &[2], &b[..keep_b], &[2]].concat();
            prop_assert_eq!(found.input_ids, expected);
            prop_assert_eq!(found.truncated > 0, a.len() + b.len() > max_length - 3);
            let alone = tokenizer.encode(&first, None).unwrap();
            prop_assert_eq!(alone.input_ids, [&[1], &a[..a.len().min(max_length - 2)], &[2]].concat());
            prop_assert_eq!(alone.truncated > 0, a.len() > max_length - 2);
        }
    }

    /// This takes 0.3 s for each such text; without the bound it took 6 s.
    #[test]
    fn long_words_take_time_in_proportion_to_their_length() {
        let tokenizer = minilm(128);
        let word = "qzxjkvbwyf".repeat(10);
        for between in [" ", ",", "\u{3000}", "\u{a0}"] {
            let text = format!("{word}{between}").repeat((1 << 20) / (word.len() + between.len()));
            let began = std::time::Instant::now();
            assert_eq!(tokenizer.encode(&text, None).unwrap().input_ids.len(), 128);
            assert!(began.elapsed().as_secs_f64() < 2.0, "{between:?}: {:?}", began.elapsed());
        }
    }

    #[test]
    fn hostile_texts_end_and_stay_within_the_length() {
        let tokenizer = minilm(128);
        for text in ["a", "!", " ", "a ", "中", "e\u{301}", "\u{301}", "[SEP]", "\u{0}", "\u{1F600}", "ﷺ"]
        {
            let found = tokenizer.encode(&text.repeat((256 << 10) / text.len()), Some("a")).unwrap();
            assert!(found.input_ids.len() <= 128, "{text}");
        }
        assert_eq!(tokenizer.encode("", None).unwrap().input_ids, [101, 102]);
    }

    #[test]
    fn files_that_cannot_be_used_are_refused() {
        let message = |bytes: &[u8]| match Tokenizer::from_bytes("tokenizer.json", bytes, 128) {
            Err(Error::Model { message, .. }) => message,
            other => panic!("{:?}", other.err()),
        };
        for bytes in [&b""[..], b"PK\x03\x04", b"[1,2]", b"{}", b"{\"model\": 3}", &b"[".repeat(100_000)] {
            assert!(message(bytes).ends_with(EXPECTED));
        }
        let mut changed = Vec::new();
        for (pointer, value, says) in [
            ("/post_processor/single/0/SpecialToken/id", json!("[C]"), "lacks \"[C]\""),
            ("/model/vocab", json!({"[CLS]": 0, "[SEP]": 1}), "lacks \"[UNK]\""),
            ("/model/vocab/a", json!(4_000_000_000u32), "a token has the id 4000000000"),
            ("/model/type", json!("BPE"), "merges"),
            ("/model/type", json!("WordLevel"), "not WordPiece, BPE or Unigram"),
            ("/model/max_input_chars_per_word", json!(1_000_000), "max_input_chars_per_word"),
            ("/pre_tokenizer/type", json!("UnicodeScripts"), "UnicodeScripts"),
            ("/post_processor/single", json!([{"Sequence": {"id": "B", "type_id": 0}}]), "post_processor"),
            ("/added_tokens/0/id", json!(17), "id 17"),
            ("/added_tokens/0/content", json!(""), "empty"),
        ] {
            let mut file = small();
            *file.pointer_mut(pointer).unwrap() = value;
            let found = message(file.to_string().as_bytes());
            assert!(found.contains(says), "{pointer}: {found}");
            changed.push(found);
        }
        assert!(changed.iter().all(|message| !message.contains('\n')));
        assert!(matches!(from_json(&small(), 7), Err(Error::Usage(_))));
    }
}
