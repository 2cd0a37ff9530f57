//! The `pre_tokenizer` of a `tokenizer.json`, which cuts a text into words.

use serde::Deserialize;
use serde_json::Value;
use tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::sequence::Sequence;

use crate::spec::quote::quoted;

const MAX_STEPS: usize = 16;
/// The accepted patterns: the published ones of GPT-2, Llama 3 and Qwen 2, and runs of blanks. Their time grows in
/// proportion to the text; another pattern might take exponential time.
const PATTERNS: [&str; 5] = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"\s+",
    " ",
];
const MAX_DELIMITER: usize = 32;

/// Builds the pre-tokenizer.
///
/// # Errors
/// The `pre_tokenizer` of the file is wrong or unknown; the message says how.
pub fn pre_tokenizer(json: &Value) -> Result<PreTokenizerWrapper, String> {
    let mut steps = Vec::new();
    read(json, &mut steps)?;
    let first = steps.pop().ok_or("the pre_tokenizer has no steps")?;
    if steps.is_empty() {
        return Ok(first);
    }
    steps.push(first);
    Ok(PreTokenizerWrapper::Sequence(Sequence::new(steps)))
}

fn read(json: &Value, steps: &mut Vec<PreTokenizerWrapper>) -> Result<(), String> {
    let kind = json.get("type").and_then(Value::as_str).ok_or("a pre_tokenizer has no type")?;
    match kind {
        "Sequence" => {
            let inner = json.get("pretokenizers").and_then(Value::as_array);
            return inner
                .ok_or("the pre_tokenizer Sequence has no pretokenizers")?
                .iter()
                .try_for_each(|step| read(step, steps));
        }
        "Split" => check_pattern(json.get("pattern"))?,
        // without word ends, there is no place to cut a long text
        "Metaspace" if json.get("split").and_then(Value::as_bool) == Some(false) => {
            return Err("the pre_tokenizer Metaspace has split false; expected true".into());
        }
        "BertPreTokenizer" | "ByteLevel" | "Metaspace" | "Whitespace" | "WhitespaceSplit" | "Punctuation"
        | "Digits" => {}
        other => return Err(format!("the pre_tokenizer is {}, unknown here", quoted(other))),
    }
    let step =
        Deserialize::deserialize(json).map_err(|error| format!("the pre_tokenizer {kind}: {error}"))?;
    steps.push(step);
    match steps.len() > MAX_STEPS {
        true => Err(format!("the pre_tokenizer has over {MAX_STEPS} steps")),
        false => Ok(()),
    }
}

fn check_pattern(pattern: Option<&Value>) -> Result<(), String> {
    let text = |kind: &str| pattern.and_then(|pattern| pattern.get(kind)).and_then(Value::as_str);
    match (text("String"), text("Regex")) {
        (Some(text), None) if (1..=MAX_DELIMITER).contains(&text.len()) => Ok(()),
        (None, Some(regex)) if PATTERNS.contains(&regex) => Ok(()),
        (None, Some(regex)) => Err(format!("the pre_tokenizer splits by {}, unknown here", quoted(regex))),
        _ => Err(format!("the pre_tokenizer Split has no pattern of 1 to {MAX_DELIMITER} bytes")),
    }
}

/// Whether the file cuts a text as BERT does.
pub fn is_bert(pre_tokenizer: &PreTokenizerWrapper) -> bool {
    matches!(pre_tokenizer, PreTokenizerWrapper::BertPreTokenizer(_))
}
