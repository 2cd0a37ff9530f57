//! Texts to token ids, as BERT's WordPiece tokenizer does it.

use super::wordpiece::BoundedWordPiece;
use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::HashSet;
use std::path::Path;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, Model, NormalizedString, Normalizer, TokenizerImpl};

pub(crate) const MAX_FILE_BYTES: u64 = 64 << 20;
const MIN_LENGTH: usize = 8;
const MAX_ADDED_TOKENS: usize = 1000;
const MAX_TOKEN_ID: u32 = 1 << 24;
/// Finding the pieces of a word takes time with the cube of its length; BERT's files say 100.
const MAX_WORD_CHARACTERS: usize = 256;
/// Tokenising takes time and memory in proportion to the text, so this bounds both. Whatever is cut off
/// could change the result only where the first MiB has fewer than `max_length` tokens, such as a
/// word or a run of spaces of a million characters. A field of a table is never longer.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// Up to here a text is tokenised as a whole, so that it is known how long it is; beyond, only as far as its tokens are
/// used.
const COUNTED_BYTES: usize = 16 << 10;
/// Of a long text at a time.
const PART_BYTES: usize = 4 << 10;

type Bert =
    TokenizerImpl<BoundedWordPiece, BertNormalizer, BertPreTokenizer, BertProcessing, WordPieceDecoder>;

/// A `tokenizer.json` of the BERT family (BertNormalizer or none, BertPreTokenizer, WordPiece) that cuts to
/// `max_length` tokens and does not pad, whatever the file says about either.
pub struct Tokenizer {
    bert: Bert,
    bytes: Vec<u8>,
    max_length: usize,
    vocab_size: usize,
    cls: u32,
    sep: u32,
    pad: u32,
    unknown: u32,
    /// Characters that added tokens have.
    added: HashSet<char>,
}

/// The tokens of a text, or of a text and its pair, without padding.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    pub input_ids: Vec<u32>,
    /// 1 from the first token of the pair on, else 0.
    pub token_type_ids: Vec<u32>,
    /// How many tokens were cut off; of a text of more than 16 KiB, perhaps more.
    pub truncated: usize,
}

/// Which part of a tokenizer is of another kind than BERT's, and of which.
fn other_kind(bytes: &[u8]) -> Option<String> {
    let file: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let parts =
        [("model", "WordPiece"), ("normalizer", "BertNormalizer"), ("pre_tokenizer", "BertPreTokenizer")];
    parts.iter().find_map(|(part, expected)| {
        let found = file.get(part)?.get("type")?.as_str().filter(|found| found != expected)?;
        Some(format!("the {part} is {}, not {expected}", crate::spec::quote::shown(found)))
    })
}

/// What is read of the file. Truncation, padding and decoder do not matter here.
#[derive(Deserialize)]
struct File {
    normalizer: Option<BertNormalizer>,
    pre_tokenizer: Kind,
    post_processor: PostProcessor,
    model: WordPiece,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Kind {
    r#type: String,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    #[serde(flatten)]
    token: AddedToken,
}

/// TemplateProcessing has the first two, BertProcessing the last two.
#[derive(Deserialize)]
struct PostProcessor {
    single: Option<Vec<Piece>>,
    pair: Option<Vec<Piece>>,
    cls: Option<(String, u32)>,
    sep: Option<(String, u32)>,
}

#[derive(Deserialize, PartialEq)]
enum Piece {
    SpecialToken { id: String, type_id: u32 },
    Sequence { id: String, type_id: u32 },
}

impl Tokenizer {
    /// Reads a file of the disk; see [`Tokenizer::from_bytes`].
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

    /// `max_length` counts `[CLS]` and `[SEP]`.
    ///
    /// Errors: [`Error::Usage`] for a `max_length` under 8; [`Error::Model`] for a file that is not a
    /// tokenizer.json, not of the BERT family, without `[CLS]`, `[SEP]` or the unknown token, or over 64 MiB.
    pub fn from_bytes(file_name: &str, bytes: &[u8], max_length: usize) -> Result<Self> {
        if max_length < MIN_LENGTH {
            return Err(Error::Usage(format!(
                "max_length is {max_length}; expected at least {MIN_LENGTH} tokens"
            )));
        }
        check_size(file_name, bytes.len() as u64)?;
        let refuse = |found: String| {
            Error::model(file_name, format!("{found}; expected the tokenizer.json of a BERT model"))
        };
        let file: File = serde_json::from_slice(bytes)
            .map_err(|error| refuse(other_kind(bytes).unwrap_or_else(|| error.to_string())))?;

        let vocabulary = file.model.get_vocab();
        let id = |token: &str| {
            vocabulary
                .get(token)
                .copied()
                .ok_or_else(|| refuse(format!("the vocabulary lacks {}", crate::spec::quote::shown(token))))
        };
        let (cls, sep) = (id("[CLS]")?, id("[SEP]")?);
        let unknown = id(&file.model.unk_token)?;
        let word = file.model.max_input_chars_per_word;
        if !(1..=MAX_WORD_CHARACTERS).contains(&word) {
            return Err(refuse(format!(
                "max_input_chars_per_word is {word}, not 1 to {MAX_WORD_CHARACTERS}"
            )));
        }
        // Copied for each piece of a word.
        for (name, text) in [
            ("unk_token", &file.model.unk_token),
            ("continuing_subword_prefix", &file.model.continuing_subword_prefix),
        ] {
            if text.len() > MAX_WORD_CHARACTERS {
                return Err(refuse(format!("{name} has more than {MAX_WORD_CHARACTERS} bytes")));
            }
        }
        if file.pre_tokenizer.r#type != "BertPreTokenizer" {
            return Err(refuse(format!(
                "the pre_tokenizer is {}",
                crate::spec::quote::shown(&file.pre_tokenizer.r#type)
            )));
        }
        if !file.post_processor.is_bert(cls, sep) {
            return Err(refuse("the post_processor does not make [CLS] A [SEP] B [SEP]".into()));
        }
        if file.added_tokens.len() > MAX_ADDED_TOKENS {
            return Err(refuse(format!("more than {MAX_ADDED_TOKENS} added tokens")));
        }
        let pad = id("[PAD]").unwrap_or(0);
        let largest = vocabulary
            .values()
            .chain(file.added_tokens.iter().map(|added| &added.id))
            .max()
            .copied()
            .unwrap_or(0);
        if largest > MAX_TOKEN_ID {
            return Err(refuse(format!("a token has the id {largest}")));
        }

        let mut bert = Bert::new(BoundedWordPiece::new(file.model));
        bert.with_normalizer(file.normalizer).map_err(|error| refuse(error.to_string()))?;
        bert.with_pre_tokenizer(Some(BertPreTokenizer));
        let added = add_tokens(&mut bert, file.added_tokens).map_err(refuse)?;
        Ok(Tokenizer {
            bert,
            bytes: bytes.to_vec(),
            max_length,
            vocab_size: largest as usize + 1,
            cls,
            sep,
            pad,
            unknown,
            added,
        })
    }

    /// `[CLS] text [SEP]` or `[CLS] text [SEP] pair [SEP]`. What is over `max_length` is cut off at the end
    /// of the longer of the two, as Hugging Face's `longest_first`.
    ///
    /// Errors: [`Error::Model`] if the tokenizer fails on the text.
    pub fn encode(&self, text: &str, pair: Option<&str>) -> Result<Encoding> {
        let budget = self.max_length - if pair.is_some() { 3 } else { 2 };
        let both = |most: usize| -> Result<_> {
            Ok((self.pieces(text, most)?, pair.map(|pair| self.pieces(pair, most)).transpose()?))
        };
        // one more than there is room for, so that it is known that something is cut off
        let (mut first, mut second) = both(budget + 1)?;
        if second.as_ref().is_some_and(|second| first.len().min(second.len()) > budget) {
            // which of the two is the longer one decides over a token
            (first, second) = both(usize::MAX)?;
        }
        let second_length = second.as_ref().map_or(0, Vec::len);
        let total = first.len() + second_length;
        let (keep_first, keep_second) = longest_first(first.len(), second_length, budget);
        first.truncate(keep_first);
        let mut input_ids = vec![self.cls];
        input_ids.append(&mut first);
        input_ids.push(self.sep);
        let mut token_type_ids = vec![0; input_ids.len()];
        if let Some(second) = &mut second {
            second.truncate(keep_second);
            input_ids.append(second);
            input_ids.push(self.sep);
            token_type_ids.resize(input_ids.len(), 1);
        }
        Ok(Encoding { input_ids, token_type_ids, truncated: total - keep_first - keep_second })
    }

    /// The rows that an embedding needs: the largest token id and one.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// The id of `[PAD]`, or 0.
    pub fn pad_id(&self) -> u32 {
        self.pad
    }

    /// What stands for letters that the vocabulary lacks.
    pub fn unknown_id(&self) -> u32 {
        self.unknown
    }

    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// The file as it was read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The tokens of a text, or, of a long one, at least the first `most`.
    fn pieces(&self, text: &str, most: usize) -> Result<Vec<u32>> {
        self.pieces_by(text, most, COUNTED_BYTES, PART_BYTES)
    }

    /// The tokens of a text are those of its parts, one after the other, where it is divided after
    /// [characters that divide](Self::divides): so the first tokens do not depend on what is not looked at.
    fn pieces_by(&self, text: &str, most: usize, counted: usize, part: usize) -> Result<Vec<u32>> {
        let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
        let mut ids = Vec::new();
        let mut start = 0;
        while start < text.len() && (ids.len() < most || text.len() <= counted) {
            let from = text.floor_char_boundary(start + if text.len() <= counted { counted } else { part });
            let divider = text[from..].char_indices().find(|(_, character)| self.divides(*character));
            let end = divider.map_or(text.len(), |(at, character)| from + at + character.len_utf8());
            let encoding = self
                .bert
                .encode_fast(&text[start..end], false)
                .map_err(|error| Error::model("tokenizer.json", error.to_string()))?;
            ids.extend(encoding.get_ids());
            start = end;
        }
        Ok(ids)
    }

    /// Whether what stands before such a character, or is it, has nothing to do with what follows. A blank ends a word
    /// and an ASCII punctuation mark is one; the normalizer makes blanks of blanks and leaves the marks (but removes
    /// some control characters), and looks across neither: it decomposes characters, which moves accents only up to the
    /// next that is none. Added tokens, which are matched before a text is cut into words, must not have it.
    fn divides(&self, character: char) -> bool {
        if character.is_ascii_punctuation() {
            return !self.added.contains(&character);
        }
        let blank = character.is_whitespace() && (!character.is_control() || "\t\n\r".contains(character));
        // all blanks are one to an added token that has one
        blank && !self.added.iter().any(|added| added.is_whitespace())
    }
}

impl PostProcessor {
    fn is_bert(&self, cls: u32, sep: u32) -> bool {
        let special = |id: &str, type_id| Piece::SpecialToken { id: id.into(), type_id };
        let sequence = |id: &str, type_id| Piece::Sequence { id: id.into(), type_id };
        match (&self.single, &self.pair, &self.cls, &self.sep) {
            (Some(single), Some(pair), None, None) => {
                let mut expected = vec![special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)];
                let fits_single = *single == expected;
                expected.extend([sequence("B", 1), special("[SEP]", 1)]);
                fits_single && *pair == expected
            }
            (None, None, Some(found_cls), Some(found_sep)) => found_cls.1 == cls && found_sep.1 == sep,
            _ => false,
        }
    }
}

/// Tokens that are matched before the text is cut into words. The characters that they have.
fn add_tokens(bert: &mut Bert, added: Vec<Added>) -> std::result::Result<HashSet<char>, String> {
    let mut characters = HashSet::new();
    for added in &added {
        let token = &added.token;
        let name = crate::spec::quote::shown(&token.content);
        let mut content = NormalizedString::from(token.content.as_str());
        if let (true, Some(normalizer)) = (token.normalized, bert.get_normalizer()) {
            normalizer.normalize(&mut content).map_err(|error| error.to_string())?;
        }
        if content.is_empty() || token.content.len() > MAX_WORD_CHARACTERS {
            return Err(format!("the added token {name} is empty or too long"));
        }
        characters.extend(token.content.chars().chain(content.get().chars()));
        // Each of these looks through the whole text again at every match.
        if token.lstrip || token.rstrip || token.single_word {
            return Err(format!("the added token {name} has lstrip, rstrip or single_word"));
        }
    }
    let ids: Vec<(String, u32)> = added.iter().map(|added| (added.token.content.clone(), added.id)).collect();
    bert.add_tokens(added.into_iter().map(|added| added.token)).map_err(|error| error.to_string())?;
    match ids.iter().find(|(content, id)| bert.token_to_id(content) != Some(*id)) {
        Some((content, id)) => Err(format!(
            "the added token {} has the id {id}, which does not follow the vocabulary",
            crate::spec::quote::shown(content)
        )),
        None => Ok(characters),
    }
}

/// How many tokens are kept of two sequences within a budget: the longer one is cut first.
fn longest_first(first: usize, second: usize, budget: usize) -> (usize, usize) {
    if first + second <= budget {
        return (first, second);
    }
    let half = budget / 2;
    let (short, long) = (first.min(second), budget - first.min(second).min(half));
    if first > second { (long, short.min(half)) } else { (short.min(half), long) }
}

fn check_size(file: &str, bytes: u64) -> Result<()> {
    if bytes > MAX_FILE_BYTES {
        return Err(Error::model(
            file,
            "the file is over 64 MiB; expected the tokenizer.json of a BERT model",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
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
            let whole = tokenizer.bert.encode_fast(text.as_str(), false).unwrap().get_ids().to_vec();
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

    /// 0.3 s where it took 6 s for each such text.
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
    fn files_that_are_no_bert_tokenizer_are_refused() {
        let message = |bytes: &[u8]| match Tokenizer::from_bytes("tokenizer.json", bytes, 128) {
            Err(Error::Model { message, .. }) => message,
            other => panic!("{:?}", other.err()),
        };
        for bytes in [&b""[..], b"PK\x03\x04", b"[1,2]", b"{}", b"{\"model\": 3}", &b"[".repeat(100_000)] {
            assert!(message(bytes).ends_with("expected the tokenizer.json of a BERT model"));
        }
        let mut changed = Vec::new();
        for (pointer, value, says) in [
            ("/model/vocab", json!({}), "lacks \"[CLS]\""),
            ("/model/vocab", json!({"[CLS]": 0, "[SEP]": 1}), "lacks \"[UNK]\""),
            ("/model/vocab/a", json!(4_000_000_000u32), "a token has the id 4000000000"),
            ("/model/type", json!("BPE"), "BPE"),
            ("/model/max_input_chars_per_word", json!(1_000_000), "max_input_chars_per_word"),
            ("/pre_tokenizer/type", json!("Whitespace"), "Whitespace"),
            ("/post_processor/single", json!([{"Sequence": {"id": "B", "type_id": 0}}]), "post_processor"),
            ("/added_tokens/0/id", json!(17), "id 17"),
            ("/added_tokens/0/content", json!(""), "empty"),
            ("/added_tokens/0/lstrip", json!(true), "lstrip"),
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
