//! The record of how a model was trained, in its `config.json`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::spec::Long;

/// The key in `config.json`. transformers keeps unknown keys and writes them back when it saves the model.
pub(super) const KEY: &str = "subtune";
/// It rises when a field changes its meaning, not when a field is added.
const VERSION: u64 = 1;
const LEAST_LENGTH: u64 = 8;
/// A longer column name is not recorded.
const MOST_NAME_BYTES: usize = 1000;

/// What `predict` and `evaluate` must do as training did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remembered {
    version: u64,
    /// The most tokens of a text that were read at once, with `[CLS]` and `[SEP]`.
    pub max_length: usize,
    /// Whether each example had two texts.
    pub pair: bool,
    /// The text column of the training file: its name, or its number from 1 if the file had no header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_column: Option<String>,
    /// The column of second texts, if there were pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair_column: Option<String>,
    /// The label column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_column: Option<String>,
    /// The tokens that are read of a longer text.
    #[serde(skip_serializing_if = "is_head")]
    pub long: Long,
    /// The text that was put before every text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// With several labels a text, the probability from which on it has each of them, by label id; empty for one half.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<f32>,
}

impl Remembered {
    /// A record without a prompt. Names of more than 1000 bytes are left out.
    pub fn new(max_length: usize, text_column: &str, pair_column: Option<&str>, label_column: &str) -> Self {
        let name = |name: &str| (name.len() <= MOST_NAME_BYTES).then(|| name.to_owned());
        Remembered {
            version: VERSION,
            max_length,
            pair: pair_column.is_some(),
            text_column: name(text_column),
            pair_column: pair_column.and_then(name),
            label_column: name(label_column),
            long: Long::Head,
            prompt: None,
            thresholds: Vec::new(),
        }
    }

    /// Records which tokens are read of a longer text.
    #[must_use]
    pub fn with_long(self, long: Long) -> Self {
        Remembered { long, ..self }
    }

    /// Records the prompt; an empty one counts as none.
    #[must_use]
    pub fn with_prompt(self, prompt: String) -> Self {
        Remembered { prompt: Some(prompt).filter(|prompt| !prompt.is_empty()), ..self }
    }

    /// The same with the thresholds of the labels, one for each label.
    #[must_use]
    pub fn with_thresholds(self, thresholds: Vec<f32>) -> Self {
        Remembered { thresholds, ..self }
    }

    /// Reads the value of the key. `file` names `config.json` in errors; `most` is the number of tokens that the model
    /// can read, `labels` that of its labels.
    ///
    /// # Errors
    /// A field has the wrong type or is out of range, or the record was written by a newer subtune.
    pub(super) fn from_json(file: &str, value: &Value, most: usize, labels: usize) -> Result<Self> {
        let wrong = |name: &str, expected: &str| {
            Error::model(
                file,
                format!(
                    "{KEY}{name} cannot be used; expected {expected}: export the model again, or remove the key \
                     \"{KEY}\" and give --max-length and the columns"
                ),
            )
        };
        let Value::Object(fields) = value else { return Err(wrong("", "an object")) };
        match fields.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => {
                let message = format!(
                    "{KEY}.version is {newer}, and this subtune reads version {VERSION}; update subtune to use this model"
                );
                return Err(Error::model(file, message));
            }
            _ => return Err(wrong(".version", &format!("{VERSION}"))),
        }
        let length = fields.get("max_length").and_then(Value::as_u64);
        let Some(max_length) = length.filter(|length| (LEAST_LENGTH..=most as u64).contains(length)) else {
            let expected = format!("a whole number from {LEAST_LENGTH} to max_position_embeddings ({most})");
            return Err(wrong(".max_length", &expected));
        };
        let Some(pair) = fields.get("pair").and_then(Value::as_bool) else {
            return Err(wrong(".pair", "true or false"));
        };
        let name = |key: &str| {
            name(fields, key).ok_or_else(|| {
                wrong(&format!(".{key}"), &format!("a name of at most {MOST_NAME_BYTES} bytes"))
            })
        };
        let long = match fields.get("long") {
            None | Some(Value::Null) => Some(Long::Head),
            Some(found) => found.as_str().and_then(|name| name.parse().ok()),
        };
        let long = long.ok_or_else(|| wrong(".long", "head, head-tail or windows"))?;
        let thresholds = match fields.get("thresholds") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(found) => thresholds(found, labels),
        };
        let expected = || format!("a number above 0 and below 1 for each of the {labels} labels");
        let thresholds = thresholds.ok_or_else(|| wrong(".thresholds", &expected()))?;
        Ok(Remembered {
            version: VERSION,
            max_length: max_length as usize,
            pair,
            text_column: name("text_column")?,
            pair_column: name("pair_column")?,
            label_column: name("label_column")?,
            long,
            prompt: name("prompt")?,
            thresholds,
        })
    }
}

fn is_head(long: &Long) -> bool {
    *long == Long::Head
}

fn thresholds(found: &Value, labels: usize) -> Option<Vec<f32>> {
    let threshold =
        |value: &Value| value.as_f64().map(|value| value as f32).filter(|value| *value > 0.0 && *value < 1.0);
    found.as_array().filter(|found| found.len() == labels)?.iter().map(threshold).collect()
}

/// The name under `key`, if there is one. Nothing where the value is no such name.
fn name(fields: &Map<String, Value>, key: &str) -> Option<Option<String>> {
    match fields.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(name)) if name.len() <= MOST_NAME_BYTES => Some(Some(name.clone())),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(value: Value) -> String {
        Remembered::from_json("c", &value, 512, 2).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        for remembered in [
            Remembered::new(256, "Betreff, \"alt\"", None, "Etikett"),
            Remembered::new(8, "a", Some("b"), "3"),
            Remembered::new(8, "a", None, "b").with_prompt("query: ".into()),
            Remembered::new(8, "a", None, "b").with_thresholds(vec![0.25, 0.1]),
            Remembered::new(8, "a", None, "b").with_long(Long::HeadTail),
            Remembered::new(8, "a", None, "b").with_long(Long::Windows),
            Remembered::new(512, &"x".repeat(1001), Some(&"é".repeat(500)), "c"),
        ] {
            let written = serde_json::to_value(&remembered).unwrap();
            assert_eq!(Remembered::from_json("c", &written, 512, 2).unwrap(), remembered);
        }
        assert_eq!(Remembered::new(8, &"x".repeat(1001), None, "c").text_column, None);
    }

    #[test]
    fn unknown_fields_are_passed_over() {
        let found = json!({"version": 1, "max_length": 64, "pair": false, "pooling": "mean"});
        assert_eq!(Remembered::from_json("c", &found, 512, 2).unwrap().max_length, 64);
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        let with = |key: &str, value: Value| {
            let mut record = json!({"version": 1, "max_length": 64, "pair": false});
            record[key] = value;
            error(record)
        };
        assert!(error(json!([1])).starts_with("c: subtune cannot be used; expected an object"));
        for length in [json!(7), json!(513), json!(1e300), json!(-1), json!("64"), json!(null), json!(64.5)] {
            let found = with("max_length", length);
            assert!(
                found.contains("subtune.max_length cannot be used; expected a whole number from 8 to"),
                "{found}"
            );
        }
        assert!(with("version", json!(2)).contains("subtune.version is 2, and this subtune reads version 1"));
        assert!(with("version", json!("1")).contains("subtune.version cannot be used"));
        for long in [json!("tail"), json!(1)] {
            let found = with("long", long);
            assert!(
                found.contains("subtune.long cannot be used; expected head, head-tail or windows"),
                "{found}"
            );
        }
        assert!(with("pair", json!(1)).contains("subtune.pair cannot be used; expected true or false"));
        for found in [
            json!([0.5]),
            json!([0.5, 1.0]),
            json!([0.5, "a"]),
            json!([0.0, 0.5]),
            json!(0.5),
            json!([1e-60, 0.5]),
        ] {
            let error = with("thresholds", found);
            assert!(
                error.contains("subtune.thresholds cannot be used; expected a number above 0"),
                "{error}"
            );
        }
        for name in [json!(3), json!(["a"]), json!("x".repeat(1001))] {
            assert!(with("text_column", name).contains("subtune.text_column cannot be used"));
        }
    }
}
