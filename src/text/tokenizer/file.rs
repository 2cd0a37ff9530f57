//! Reads a `tokenizer.json`: WordPiece, BPE or Unigram, with the steps before and after it that encoders use. The file is
//! untrusted: each part is built only after its size is checked, and only if its time and memory grow in proportion to a
//! text.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{
    AddedToken, NormalizedString, Normalizer, NormalizerWrapper, PreTokenizerWrapper, TokenizerImpl,
};

use super::normalizer::normalizer;
use super::pre_tokenizer::{is_bert, pre_tokenizer};
use super::subwords::{self, Subwords};
use super::template::Template;
use crate::spec::quote::quoted;

const MAX_ADDED_TOKENS: usize = 1000;
const MAX_ADDED_BYTES: usize = 256;
pub(super) const MAX_TOKEN_BYTES: usize = 1024;
const MAX_TOKEN_ID: u32 = 1 << 24;

/// The pipeline of the tokenizers crate. Its post-processor and decoder are not used.
pub(super) type Pipeline =
    TokenizerImpl<Subwords, NormalizerWrapper, PreTokenizerWrapper, BertProcessing, WordPieceDecoder>;

/// The fields of the file that are used. Truncation and decoder do not matter.
#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    normalizer: Option<&'a RawValue>,
    #[serde(borrow)]
    pre_tokenizer: Option<&'a RawValue>,
    #[serde(borrow)]
    post_processor: Option<&'a RawValue>,
    #[serde(borrow)]
    model: &'a RawValue,
    #[serde(default)]
    added_tokens: Vec<Added>,
    padding: Option<Padding>,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    #[serde(flatten)]
    token: AddedToken,
}

#[derive(Deserialize)]
struct Padding {
    #[serde(default)]
    pad_id: u32,
}

/// The places where a long text can be cut without changing the tokens of its first part.
pub(super) enum Cuts {
    /// After a blank or a punctuation mark, as in BERT, except the characters of added tokens.
    Bert { added: HashSet<char> },
    /// Before a blank that follows a letter or digit.
    Words,
    /// Nowhere.
    None,
}

pub(super) struct Parts {
    pub pipeline: Pipeline,
    pub template: Template,
    pub cuts: Cuts,
    /// The largest id of a token.
    pub largest: u32,
    pub pad: u32,
    pub unknown: Option<u32>,
}

/// Reads the file.
///
/// # Errors
/// The file is wrong; the message says how.
pub(super) fn read(bytes: &[u8]) -> Result<Parts, String> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let value = |json: &RawValue| serde_json::from_str(json.get()).map_err(|error| error.to_string());
    let null = |json: Option<&RawValue>| json.map_or(Ok(Value::Null), value);
    let found = subwords::parse(file.model.get())?;
    let mut pipeline = Pipeline::new(found.subwords);
    let normalizer = file.normalizer.map(|json| normalizer(&value(json)?)).transpose()?;
    let pre_tokenizer = pre_tokenizer(&null(file.pre_tokenizer)?)?;
    let is_bert =
        is_bert(&pre_tokenizer) && matches!(normalizer, None | Some(NormalizerWrapper::BertNormalizer(_)));
    pipeline.with_normalizer(normalizer).map_err(|error| error.to_string())?;
    pipeline.with_pre_tokenizer(Some(pre_tokenizer));

    let largest_added = file.added_tokens.iter().map(|added| added.id).max().unwrap_or(0);
    let largest = found.largest.max(largest_added);
    if largest > MAX_TOKEN_ID {
        return Err(format!("a token has the id {largest}"));
    }
    let cuts = add_tokens(&mut pipeline, file.added_tokens, is_bert)?;
    let id_of = |token: &str| pipeline.token_to_id(token);
    let template = Template::new(&null(file.post_processor)?, &id_of)?;
    let pad = ["[PAD]", "<pad>"].into_iter().find_map(id_of);
    let pad = pad.or(file.padding.map(|padding| padding.pad_id)).filter(|pad| *pad <= largest).unwrap_or(0);
    Ok(Parts { pipeline, template, cuts, largest, pad, unknown: found.unknown })
}

/// Adds the tokens that are matched before the text is cut into words.
fn add_tokens(pipeline: &mut Pipeline, added: Vec<Added>, is_bert: bool) -> Result<Cuts, String> {
    if added.len() > MAX_ADDED_TOKENS {
        return Err(format!("more than {MAX_ADDED_TOKENS} added tokens"));
    }
    let mut characters = HashSet::new();
    let mut cuts = if is_bert { Cuts::Bert { added: HashSet::new() } } else { Cuts::Words };
    for Added { token, .. } in &added {
        let mut content = NormalizedString::from(token.content.as_str());
        if let (true, true, Some(normalizer)) =
            (token.normalized, token.content.len() <= MAX_ADDED_BYTES, pipeline.get_normalizer())
        {
            normalizer.normalize(&mut content).map_err(|error| error.to_string())?;
        }
        if content.is_empty() || token.content.len() > MAX_ADDED_BYTES {
            return Err(format!("the added token {} is empty or too long", quoted(&token.content)));
        }
        characters.extend(token.content.chars().chain(content.get().chars()));
        if token.lstrip || token.rstrip || token.single_word {
            cuts = Cuts::Words;
        }
    }
    let cut_inside =
        |text: &str| text.split(' ').rev().skip(1).any(|part| part.ends_with(char::is_alphanumeric));
    match &mut cuts {
        Cuts::Bert { added } => *added = characters,
        Cuts::Words if added.iter().any(|added| cut_inside(&added.token.content)) => cuts = Cuts::None,
        _ => {}
    }
    let ids: Vec<(String, u32)> = added.iter().map(|added| (added.token.content.clone(), added.id)).collect();
    pipeline.add_tokens(added.into_iter().map(|added| added.token)).map_err(|error| error.to_string())?;
    match ids.iter().find(|(content, id)| pipeline.token_to_id(content) != Some(*id)) {
        Some((content, id)) => Err(format!(
            "the added token {} has the id {id}, which does not follow the vocabulary",
            quoted(content)
        )),
        None => Ok(cuts),
    }
}
