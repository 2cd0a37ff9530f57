//! What a person should see of a data file before training.

use serde::Serialize;
use serde_json::{Value, json};

use super::convert::DataFile;
use super::settings::Settings;
use crate::bert::BertConfig;
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::text::{Columns, Example, Finding, Source, Table, Target, Task, check};
use crate::train::encode;

const PREVIEW_ROWS: usize = 8;

#[derive(Serialize)]
pub struct Inspection {
    columns: Vec<String>,
    has_header: bool,
    rows: usize,
    /// The first rows, a value for each column.
    preview: Vec<Vec<String>>,
    /// What is read from the table; nothing where that is not clear yet.
    content: Option<Content>,
    /// Why it is not clear.
    problem: Option<String>,
}

/// The labelled texts of a table.
#[derive(Serialize)]
struct Content {
    text_column: String,
    pair_column: Option<String>,
    label_column: Option<String>,
    /// `{ kind: "classification", classes: [{ label, examples }] }` or `{ kind: "regression", minimum, mean, maximum }`.
    task: Value,
    examples: usize,
    notes: Vec<String>,
    findings: Vec<Finding>,
    /// Mean and largest number of tokens, and how many texts are cut.
    tokens: Value,
}

impl Inspection {
    /// # Errors
    /// The file is no table, or the model's tokenizer cannot be used.
    pub fn new(
        file: &DataFile,
        settings: &Settings,
        folder: &ModelFolder,
        config: &BertConfig,
    ) -> Result<Self> {
        let table = Table::parse(&file.name, &file.bytes)?;
        let (content, problem) = match content(&table, file, settings, folder, config) {
            Ok(content) => (Some(content), None),
            Err(error @ (Error::Data { .. } | Error::Usage(_))) => (None, Some(error.to_string())),
            Err(error) => return Err(error),
        };
        Ok(Inspection {
            preview: table.rows.iter().take(PREVIEW_ROWS).map(|row| row.fields.clone()).collect(),
            rows: table.rows.len(),
            has_header: table.has_header,
            columns: table.columns,
            content,
            problem,
        })
    }
}

fn content(
    table: &Table,
    file: &DataFile,
    settings: &Settings,
    folder: &ModelFolder,
    config: &BertConfig,
) -> Result<Content> {
    let columns = Columns::choose(table, &settings.columns(), true)?;
    let source = settings.source(file, None, None)?;
    let most = settings.arguments.max_length;
    let encoded = encode(&folder.tokenizer(config, most)?, &source.train)?;
    let lengths: Vec<usize> =
        encoded.iter().map(|one| one.encoding.input_ids.len() + one.encoding.truncated).collect();
    let mean = lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64;
    let name = |column: usize| table.columns[column].clone();
    Ok(Content {
        text_column: name(columns.text),
        pair_column: columns.pair.map(name),
        label_column: columns.label.map(name),
        findings: check(&source.train, &source.task, Some(&lengths), most),
        tokens: json!({
            "mean": mean,
            "most": lengths.iter().max(),
            "cut_texts": lengths.iter().filter(|length| **length > most).count(),
        }),
        task: task(&source),
        examples: source.train.len(),
        notes: source.notes,
    })
}

fn task(source: &Source) -> Value {
    let targets = || source.train.iter().filter_map(|example: &Example| example.target);
    match &source.task {
        Task::Classification { labels } => {
            let mut counts = vec![0usize; labels.len()];
            for target in targets() {
                if let Target::Class(class) = target {
                    counts[class] += 1;
                }
            }
            let classes: Vec<Value> = labels
                .iter()
                .zip(counts)
                .map(|(label, examples)| json!({ "label": label, "examples": examples }))
                .collect();
            json!({ "kind": "classification", "classes": classes })
        }
        Task::Regression => {
            let values: Vec<f64> = targets()
                .filter_map(|target| match target {
                    Target::Value(value) => Some(f64::from(value)),
                    Target::Class(_) => None,
                })
                .collect();
            json!({
                "kind": "regression",
                "minimum": values.iter().copied().reduce(f64::min),
                "mean": values.iter().sum::<f64>() / values.len().max(1) as f64,
                "maximum": values.iter().copied().reduce(f64::max),
            })
        }
    }
}
