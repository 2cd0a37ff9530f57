//! Exports of annotation programs and public data sets in JSON. Each row becomes a text and a label.

use serde_json::{Map, Value};

use super::json::{field, list};
use crate::text::table::Row;
use std::collections::HashSet;

type Object = Map<String, Value>;

/// A program whose export was recognised by its keys.
#[derive(Debug, PartialEq)]
pub enum Export {
    /// `several`: whether a text has several annotations.
    LabelStudio {
        several: bool,
    },
    /// `only`: the label that all rows have, if people accepted or rejected it.
    Prodigy {
        only: Option<String>,
    },
    SpaCy,
    Doccano,
    Luis,
    /// Messages of a chat, as for OpenAI.
    Chat,
}

impl Export {
    /// Recognises an export by its first rows.
    pub fn recognise(rows: &[Object]) -> Option<Export> {
        let first = rows.first()?;
        let all = |holds: &dyn Fn(&Object) -> bool| rows.iter().all(holds);
        let is = |row: &Object, key: &str, kind: fn(&Value) -> bool| row.get(key).is_some_and(kind);
        if all(&|row| is(row, "data", Value::is_object) && annotations(row).is_some()) {
            let count =
                |row| annotations(row).into_iter().flatten().filter(|one| !was_cancelled(one)).count();
            return Some(Export::LabelStudio { several: rows.iter().any(|row| count(row) > 1) });
        }
        if all(&|row| row.contains_key("_input_hash") || row.contains_key("_task_hash")) {
            let labels: HashSet<&str> = rows.iter().filter_map(|row| row.get("label")?.as_str()).collect();
            let only = match labels.len() {
                1 if !rows.iter().any(|row| row.contains_key("accept")) => labels.into_iter().next(),
                _ => None,
            };
            return Some(Export::Prodigy { only: only.map(String::from) });
        }
        let is_cats = |value: &Value| {
            value.as_object().is_some_and(|cats| {
                !cats.is_empty() && cats.values().all(|value| value.is_number() || value.is_boolean())
            })
        };
        if all(&|row| row.get("cats").is_some_and(is_cats)) {
            return Some(Export::SpaCy);
        }
        if all(&|row| {
            row.get("messages").and_then(Value::as_array).is_some_and(|messages| {
                !messages.is_empty()
                    && messages.iter().all(|message| message.get("role").is_some_and(Value::is_string))
            })
        }) {
            return Some(Export::Chat);
        }
        if all(&|row| is(row, "intent", Value::is_string) && is(row, "entities", Value::is_array)) {
            return Some(Export::Luis);
        }
        let has = |key: &str| first.contains_key(key);
        (has("id") && has("text") && (has("Comments") || has("annotation_approver")))
            .then_some(Export::Doccano)
    }

    pub fn name(&self) -> &'static str {
        match self {
            Export::LabelStudio { .. } => "Label Studio export",
            Export::Prodigy { .. } => "Prodigy export",
            Export::SpaCy => "spaCy categories",
            Export::Doccano => "doccano export",
            Export::Luis => "LUIS or Rasa utterances",
            Export::Chat => "chat messages",
        }
    }

    /// A note on how the export was read.
    pub fn note(&self) -> Option<String> {
        match self {
            Export::Chat => Some(
                "these are chat messages: the user's last is the text, the assistant's last is the label"
                    .into(),
            ),
            Export::Prodigy { only: Some(label) } => Some(format!(
                "all rows are about {label:?}: where it was accepted it is the label, where it was rejected the label is \
                 {:?}",
                format!("not {label}")
            )),
            Export::LabelStudio { several: true } => Some(
                "some texts have several annotations, of which the first that was not cancelled is read"
                    .into(),
            ),
            Export::SpaCy => Some("the label is the category with 0.5 or more".into()),
            _ => None,
        }
    }

    /// Gives the row its text and its label as fields.
    pub fn row(&self, mut row: Object) -> Object {
        match self {
            Export::LabelStudio { .. } => label_studio(row),
            Export::Prodigy { only } => prodigy(row, only.as_deref()),
            Export::SpaCy => {
                let is_on =
                    |value: &Value| value.as_bool().unwrap_or(value.as_f64().is_some_and(|on| on >= 0.5));
                let cats = row.remove("cats").unwrap_or_default();
                let on = cats.as_object().into_iter().flatten().filter(|(_, value)| is_on(value));
                let label = list(on.map(|(label, _)| label.clone()).collect());
                row.insert("label".into(), label.into());
                row
            }
            Export::Chat => {
                let messages = row.remove("messages").unwrap_or_default();
                let last = |role: &str| {
                    let mut from_last = messages.as_array().into_iter().flatten().rev();
                    let found =
                        from_last.find(|message| message.get("role").and_then(Value::as_str) == Some(role));
                    found.and_then(|message| message.get("content")).cloned().unwrap_or_default()
                };
                let (text, label) = (last("user"), last("assistant"));
                row.insert("text".into(), text);
                row.insert("label".into(), label);
                row
            }
            Export::Luis => {
                row.remove("entities");
                row
            }
            Export::Doccano => {
                row.remove("Comments");
                row
            }
        }
    }
}

fn annotations(row: &Object) -> Option<&Vec<Value>> {
    row.get("annotations").or_else(|| row.get("completions"))?.as_array()
}

fn was_cancelled(annotation: &Value) -> bool {
    annotation.get("was_cancelled") == Some(&Value::Bool(true))
}

/// Returns the data, and the answer to each question in the first annotation that was not cancelled.
fn label_studio(mut row: Object) -> Object {
    let annotations = annotations(&row).cloned().unwrap_or_default();
    let mut plain = match row.remove("data") {
        Some(Value::Object(data)) => data,
        _ => Object::new(),
    };
    let results = annotations
        .iter()
        .find(|annotation| !was_cancelled(annotation))
        .and_then(|first| first.get("result"));
    for result in results.and_then(Value::as_array).into_iter().flatten() {
        let (Some(name), Some(kind), Some(value)) = (
            result.get("from_name").and_then(Value::as_str),
            result.get("type").and_then(Value::as_str),
            result.get("value"),
        ) else {
            continue;
        };
        if let (Some(answer), "choices" | "rating" | "number" | "taxonomy") = (value.get(kind), kind) {
            plain.insert(name.to_owned(), field(answer.clone()).into());
        }
    }
    plain
}

fn prodigy(row: Object, only: Option<&str>) -> Object {
    let answer = row.get("answer").and_then(Value::as_str).unwrap_or("accept");
    let text = |key: &str| row.get(key).cloned().map(field).unwrap_or_default();
    let label = match (answer, only) {
        ("accept", _) if row.contains_key("accept") => text("accept"),
        ("accept", _) => text("label"),
        ("reject", Some(label)) => format!("not {label}"),
        _ => String::new(),
    };
    let is_kept = |key: &str, value: &Value| {
        !key.starts_with('_')
            && !["options", "accept", "answer", "label", "spans", "tokens", "config"].contains(&key)
            && !value.is_array()
    };
    let mut plain: Object = row.iter().filter(|(key, value)| is_kept(key, value)).map(clone_member).collect();
    plain.insert("label".into(), label.into());
    plain
}

fn clone_member((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

/// Makes lists of several labels, which doccano writes into a CSV as `a#b`. It does so if the columns are doccano's and
/// each part is a label by itself elsewhere, or recurs.
pub fn doccano_labels(columns: &[String], rows: &mut [Row]) -> bool {
    let is_doccano = matches!(columns, [id, data, label]
        if id == "id" && ["data", "text"].contains(&data.as_str()) && ["label", "labels"].contains(&label.as_str()));
    if !is_doccano || !rows.iter().any(|row| row.fields[2].contains('#')) {
        return false;
    }
    let alone: HashSet<String> =
        rows.iter().map(|row| row.fields[2].clone()).filter(|label| !label.contains('#')).collect();
    let parts = |label: &str| label.split('#').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
    let joined = rows.iter().filter(|row| row.fields[2].contains('#'));
    if !joined.clone().all(|row| {
        parts(&row.fields[2]).iter().any(|part| alone.contains(part))
            && parts(&row.fields[2]).iter().all(|part| !part.is_empty())
    }) {
        return false;
    }
    for row in rows.iter_mut().filter(|row| row.fields[2].contains('#')) {
        row.fields[2] = list(parts(&row.fields[2]));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(rows: &str) -> Vec<String> {
        let rows: Vec<Object> = serde_json::from_str(rows).unwrap();
        let export = Export::recognise(&rows).unwrap();
        rows.into_iter().map(|row| Value::Object(export.row(row)).to_string()).collect()
    }

    #[test]
    fn label_studio_gives_the_data_and_the_answers() {
        let choice = |choices: &str| {
            format!(
                r#"{{"id": 1, "data": {{"text": "a"}}, "annotations": [{{"result": [], "was_cancelled": true}}, {{"result":
                [{{"from_name": "topic", "type": "choices", "value": {{"choices": {choices}}}}}]}}]}}"#
            )
        };
        let rows = format!(
            r#"[{}, {}, {{"data": {{"text": "b"}}, "annotations": []}}]"#,
            choice(r#"["x"]"#),
            choice(r#"["x", "y"]"#)
        );
        assert_eq!(
            converted(&rows),
            [r#"{"text":"a","topic":"x"}"#, r#"{"text":"a","topic":"[\"x\",\"y\"]"}"#, r#"{"text":"b"}"#]
        );
    }

    #[test]
    fn prodigy_gives_what_was_accepted() {
        let rows = r#"[{"text": "a", "_input_hash": 1, "options": [], "accept": ["x"], "answer": "accept"},
            {"text": "b", "_input_hash": 1, "options": [], "accept": ["x", "y"], "answer": "accept"},
            {"text": "c", "_input_hash": 1, "options": [], "accept": ["x"], "answer": "ignore"}]"#;
        assert_eq!(
            converted(rows),
            [
                r#"{"text":"a","label":"x"}"#,
                r#"{"text":"b","label":"[\"x\",\"y\"]"}"#,
                r#"{"text":"c","label":""}"#
            ]
        );
        let rows = r#"[{"text": "a", "_input_hash": 1, "label": "X", "answer": "accept"},
            {"text": "b", "_input_hash": 1, "label": "X", "answer": "reject"}]"#;
        assert_eq!(converted(rows), [r#"{"text":"a","label":"X"}"#, r#"{"text":"b","label":"not X"}"#]);
    }

    #[test]
    fn spacy_gives_the_categories_that_are_on() {
        let rows =
            r#"[{"text": "a", "cats": {"x": 1.0, "y": 0.0}}, {"text": "b", "cats": {"x": true, "y": true}}]"#;
        assert_eq!(
            converted(rows),
            [r#"{"text":"a","label":"x"}"#, r#"{"text":"b","label":"[\"x\",\"y\"]"}"#]
        );
    }

    #[test]
    fn a_chat_gives_the_last_question_and_answer() {
        let rows = r#"[{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}]}]"#;
        assert_eq!(converted(rows), [r#"{"text":"a","label":"x"}"#]);
    }

    #[test]
    fn joined_labels_of_doccano_become_lists() {
        let columns = ["id", "data", "label"].map(String::from);
        let rows = |labels: &[&str]| -> Vec<Row> {
            let row = |label: &&str| Row { line: 1, fields: ["1", "a", label].map(String::from).to_vec() };
            labels.iter().map(row).collect()
        };
        let mut joined = rows(&["x", "y", "x#y"]);
        assert!(doccano_labels(&columns, &mut joined));
        assert_eq!(joined[2].fields[2], r#"["x","y"]"#);
        assert!(!doccano_labels(&columns, &mut rows(&["C#", "Java"])));
    }
}
