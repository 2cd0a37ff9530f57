//! The `normalizer` of a `tokenizer.json`, which changes a text before it is cut into words. A file can ask for any number
//! of steps, so their effect on the length of a text is bounded before any step is built.

use serde::Deserialize;
use serde_json::Value;
use tokenizers::NormalizerWrapper;
use tokenizers::normalizers::replace::ReplacePattern;
use tokenizers::normalizers::{
    Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Prepend, Replace, Sequence, StripAccents,
};

use super::charsmap::charsmap;
use crate::spec::quote::quoted;

/// The largest factor by which all steps together may lengthen a text.
pub(super) const MAX_GROWTH: usize = 128;
const MAX_STEPS: usize = 16;
/// The longest text that a step may insert, in bytes.
const MAX_CONTENT: usize = 32;
/// The largest growth of a character in lower case, and of a decomposed one: ﷺ becomes eighteen letters.
const LOWERCASE_GROWTH: usize = 2;
const UNICODE_GROWTH: usize = 11;
/// The accepted patterns: their time grows in proportion to the text.
const PATTERNS: [&str; 2] = [" {2,}", r"\s+"];

#[derive(Deserialize)]
struct Pattern {
    pattern: ReplacePattern,
    content: String,
}

/// Builds the normalizer.
///
/// # Errors
/// The `normalizer` of the file is wrong or unknown; the message says how.
pub fn normalizer(json: &Value) -> Result<NormalizerWrapper, String> {
    let mut growth = 1;
    let mut steps = Vec::new();
    read(json, &mut steps, &mut growth)?;
    let first = steps.pop().ok_or("the normalizer has no steps")?;
    if steps.is_empty() {
        return Ok(first);
    }
    steps.push(first);
    Ok(NormalizerWrapper::Sequence(Sequence::new(steps)))
}

/// Appends the steps of a normalizer to `steps`, and multiplies `growth` by the factor by which they can lengthen a text.
fn read(json: &Value, steps: &mut Vec<NormalizerWrapper>, growth: &mut usize) -> Result<(), String> {
    let kind = json.get("type").and_then(Value::as_str).ok_or("a normalizer has no type")?;
    let wrong = |error: serde_json::Error| format!("the normalizer {kind}: {error}");
    let (step, grows) = match kind {
        "Sequence" => {
            let inner = json.get("normalizers").and_then(Value::as_array);
            return inner
                .ok_or("the normalizer Sequence has no normalizers")?
                .iter()
                .try_for_each(|step| read(step, steps, growth));
        }
        "BertNormalizer" => {
            let step = Deserialize::deserialize(json).map_err(wrong)?;
            (NormalizerWrapper::BertNormalizer(step), UNICODE_GROWTH)
        }
        "Strip" => (NormalizerWrapper::StripNormalizer(Deserialize::deserialize(json).map_err(wrong)?), 1),
        "StripAccents" => (NormalizerWrapper::StripAccents(StripAccents), 1),
        "NFC" => (NormalizerWrapper::NFC(NFC), UNICODE_GROWTH),
        "NFD" => (NormalizerWrapper::NFD(NFD), UNICODE_GROWTH),
        "NFKC" => (NormalizerWrapper::NFKC(NFKC), UNICODE_GROWTH),
        "NFKD" => (NormalizerWrapper::NFKD(NFKD), UNICODE_GROWTH),
        "Lowercase" => (NormalizerWrapper::Lowercase(Lowercase), LOWERCASE_GROWTH),
        "Nmt" => (NormalizerWrapper::Nmt(Nmt), 1),
        "Precompiled" => {
            let map = json.get("precompiled_charsmap").and_then(Value::as_str).unwrap_or_default();
            let (step, grows) = charsmap(map)?;
            (NormalizerWrapper::Precompiled(step), grows)
        }
        "Replace" => {
            let Pattern { pattern, content } = Deserialize::deserialize(json).map_err(wrong)?;
            let grows = match &pattern {
                ReplacePattern::String(text) if text.is_empty() || text.len() > MAX_CONTENT => 0,
                ReplacePattern::Regex(regex) if !PATTERNS.contains(&regex.as_str()) => {
                    return Err(format!(
                        "the normalizer replaces the pattern {}, unknown here",
                        quoted(regex)
                    ));
                }
                ReplacePattern::String(text) => content.len().div_ceil(text.len()),
                ReplacePattern::Regex(_) => content.len(),
            };
            if grows == 0 && !content.is_empty() || content.len() > MAX_CONTENT {
                return Err(format!("the normalizer replaces nothing, or more than {MAX_CONTENT} bytes"));
            }
            let step = Replace::new(pattern, content).map_err(|error| error.to_string())?;
            (NormalizerWrapper::Replace(step), grows.max(1))
        }
        "Prepend" => {
            let step: Prepend = Deserialize::deserialize(json).map_err(wrong)?;
            if step.prepend.len() > MAX_CONTENT {
                return Err(format!("the normalizer prepends more than {MAX_CONTENT} bytes"));
            }
            (NormalizerWrapper::Prepend(step), 1)
        }
        other => return Err(format!("the normalizer is {}, unknown here", quoted(other))),
    };
    *growth = growth.saturating_mul(grows);
    steps.push(step);
    if *growth > MAX_GROWTH || steps.len() > MAX_STEPS {
        return Err(format!(
            "the normalizer may make a text over {MAX_GROWTH} times longer, or has over {MAX_STEPS} steps"
        ));
    }
    Ok(())
}
