//! Rasa's training data in YAML or Markdown, with examples below their intent.

use crate::error::{Error, Result};
use crate::spec::Reading;
use crate::text::records::{check_field, check_rows};
use crate::text::table::{Row, Table};

/// Whether a text is Rasa's YAML or Markdown, judged by its extension or its first intent.
pub fn is_rasa(extension: &str, sample: &str) -> bool {
    let has = |start: &str| sample.lines().any(|line| line.trim_start().starts_with(start));
    match extension {
        "yml" | "yaml" => true,
        "md" => has("## intent:"),
        _ => {
            has("nlu:") && has("- intent:") && has("examples:")
                || sample.trim_start().starts_with("## intent:")
        }
    }
}

/// Makes a row of each example: the text without the marks of entities, and the intent.
///
/// # Errors
/// There are no examples, or more than a table may have.
pub fn table(file: &str, text: &str) -> Result<Table> {
    let mut rows: Vec<Row> = Vec::new();
    let mut intent: Option<String> = None;
    let mut is_open = false;
    // a text on the lines below its key, with the column in which the key begins
    let mut block: Option<(usize, Row)> = None;
    for (index, content) in text.lines().enumerate() {
        let indent = content.len() - content.trim_start().len();
        let (line, content) = (index as u64 + 1, content.trim());
        if let Some((column, row)) = &mut block {
            if indent > *column || content.is_empty() {
                let before = if row.fields[0].is_empty() || content.is_empty() { "" } else { "\n" };
                row.fields[0] += before;
                row.fields[0] += &without_entities(content);
                check_field(file, line, row.fields[0].len())?;
                continue;
            }
            rows.extend(block.take().map(|(_, row)| row));
            check_rows(file, rows.len(), 2)?;
        }
        let item = content.strip_prefix("- ").or_else(|| content.strip_prefix("* "));
        let key = item.unwrap_or(content);
        if let Some(name) = key.strip_prefix("intent:").or_else(|| content.strip_prefix("## intent:")) {
            let name = name.split(" #").next().unwrap_or("").trim().trim_matches(['"', '\'']);
            intent = Some(name.to_owned());
            is_open = content.starts_with("##");
        } else if content.starts_with("##") || is_other_section(key) {
            intent = None;
            is_open = false;
        } else if content.starts_with("examples:") {
            is_open = intent.is_some();
        } else if let (Some(example), Some(intent), true) = (item, &intent, is_open) {
            let example = example.trim();
            let keyed = example.strip_prefix("text:").map(str::trim);
            if let Some("" | "|" | "|-" | "|+" | ">" | ">-" | ">+") = keyed {
                block = Some((indent + 2, Row { line, fields: vec![String::new(), intent.clone()] }));
                continue;
            }
            let example = keyed.map_or(example, |text| text.trim_matches(['"', '\'']));
            check_field(file, line, example.len())?;
            rows.push(Row { line, fields: vec![without_entities(example), intent.clone()] });
            check_rows(file, rows.len(), 2)?;
        }
    }
    rows.extend(block.map(|(_, row)| row));
    if rows.is_empty() {
        return Err(Error::data(
            file,
            None,
            "found no examples; subtune reads YAML and Markdown only as Rasa's training data, which has \"intent:\" with \
             \"examples:\" below it: export the data as CSV",
        ));
    }
    let reading = Reading { format: "Rasa training data".into(), rows: rows.len(), ..Reading::default() };
    Ok(Table {
        file: file.into(),
        columns: vec!["text".into(), "intent".into()],
        has_header: true,
        rows,
        reading,
        notes: Vec::new(),
    })
}

fn is_other_section(key: &str) -> bool {
    ["lookup:", "synonym:", "regex:", "rule:", "story:", "stories:", "rules:", "responses:"]
        .iter()
        .any(|section| key.starts_with(section))
}

/// Removes the marks of entities: `to [Berlin](city)` and `to [Berlin]{"entity": "city"}` become "to Berlin".
fn without_entities(example: &str) -> String {
    let mut text = String::new();
    let mut rest = example;
    while let Some(open) = rest.find('[') {
        let marked = rest[open + 1..].find(']').and_then(|length| {
            let after = &rest[open + 1 + length + 1..];
            let close = match after.chars().next()? {
                '(' => ')',
                '{' => '}',
                _ => return None,
            };
            Some((&rest[open + 1..open + 1 + length], &after[after.find(close)? + 1..]))
        });
        text.push_str(&rest[..open]);
        match marked {
            Some((inside, after)) => {
                text.push_str(inside);
                rest = after;
            }
            None => {
                text.push('[');
                rest = &rest[open + 1..];
            }
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, [String; 2])> {
        let rows = table("nlu.yml", text).unwrap().rows;
        rows.into_iter().map(|row| (row.line, row.fields.try_into().unwrap())).collect()
    }

    #[test]
    fn examples_in_yaml_have_the_intent_above_them() {
        let text = "version: \"3.1\"\n\nnlu:\n- intent: greet\n  examples: |\n    - hey\n    - hello [Ann](name)\n\
                    - lookup: city\n  examples: |\n    - Berlin\n- intent: \"order_status\" # by mail\n  examples: |\n    \
                    - where is [it]{\"entity\": \"order\"}?\n";
        let expected =
            [(6, ["hey", "greet"]), (7, ["hello Ann", "greet"]), (13, ["where is it?", "order_status"])];
        assert_eq!(rows(text), expected.map(|(line, row)| (line, row.map(String::from))));
        assert!(is_rasa("txt", text) && !is_rasa("txt", "nlu: a, b\n"));
    }

    #[test]
    fn examples_in_markdown_too() {
        let text = "## intent:greet\n- hey\n- [ok\n\n## synonym:x\n- y\n## intent:bye\n* see you\n";
        let expected = [(2, ["hey", "greet"]), (3, ["[ok", "greet"]), (8, ["see you", "bye"])];
        assert_eq!(rows(text), expected.map(|(line, row)| (line, row.map(String::from))));
    }

    #[test]
    fn other_yaml_is_refused() {
        let error = table("a.yml", "learning_rate: 1\n").unwrap_err().to_string();
        assert!(error.contains("only as Rasa's training data"), "{error}");
    }
}
