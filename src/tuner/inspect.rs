//! Inspects a data file, for the user to see before training.

use serde::Serialize;
use serde_json::{Value, json};

use super::files::DataFile;
use super::settings::Settings;
use crate::encoder::ModelConfig;
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::text::{Finding, Labelled, Question, Reading, Source, Table, TokenCount, Understood};
use crate::train::encode;

/// The number of rows that the page shows of a file.
const PREVIEW_ROWS: usize = 8;

#[derive(Serialize)]
pub struct Inspection {
    columns: Vec<String>,
    has_header: bool,
    rows: usize,
    /// The way in which the file was read, even if its content is not clear. The omitted rows are in `content`.
    reading: Reading,
    /// The first rows, with a value for each column.
    preview: Vec<Vec<String>>,
    /// The content of the table; `None` if it is not clear yet.
    content: Option<Content>,
    /// The reason why it is not clear.
    problem: Option<String>,
    /// The questions that only the user can answer. The answers are settings.
    questions: Vec<Question>,
}

/// The labelled texts of a table.
#[derive(Serialize)]
struct Content {
    text_column: String,
    pair_column: Option<String>,
    label_column: String,
    /// `{ kind: "classification", classes: [{ label, examples }] }` or `{ kind: "regression", minimum, mean, maximum }`.
    task: Value,
    examples: usize,
    notes: Vec<String>,
    findings: Vec<Finding>,
    /// The mean and the largest number of tokens, and the number of texts that are cut.
    tokens: Value,
    /// The interpretation of the file, in a few lines. Each begins with its subject and a colon.
    lines: Vec<String>,
    /// The interpretation of the file, as in the event `start` of a run.
    understood: Understood,
}

impl Inspection {
    /// # Errors
    /// The file is not a table, or the model's tokenizer cannot be used.
    pub fn new(
        file: &DataFile,
        settings: &Settings,
        folder: &ModelFolder,
        config: &ModelConfig,
    ) -> Result<Self> {
        let table = settings.table(file)?;
        let (content, problem, questions) = match content(&table, settings, folder, config) {
            Ok(content) => (Some(content), None, Vec::new()),
            Err(Error::Unclear { file, questions }) => {
                let problem = Error::Unclear { file, questions: questions.clone() }.to_string();
                (None, Some(problem), questions)
            }
            Err(error @ (Error::Data { .. } | Error::Usage(_))) => {
                (None, Some(error.to_string()), Vec::new())
            }
            Err(error) => return Err(error),
        };
        Ok(Inspection {
            preview: table.rows.iter().take(PREVIEW_ROWS).map(|row| row.fields.clone()).collect(),
            rows: table.rows.len(),
            has_header: table.has_header,
            reading: Reading { left_out: Vec::new(), ..table.reading },
            columns: table.columns,
            content,
            problem,
            questions,
        })
    }
}

fn content(
    table: &Table,
    settings: &Settings,
    folder: &ModelFolder,
    config: &ModelConfig,
) -> Result<Content> {
    let source = settings.source_of(table)?;
    let (most, long) = (settings.arguments.max_length, settings.arguments.long);
    let tokenizer = folder.tokenizer(config, most)?.with_long(long);
    let unknown = tokenizer.unknown_id();
    let counts: Vec<TokenCount> =
        encode(&tokenizer, &source.train)?.iter().map(|one| TokenCount::new(one, unknown)).collect();
    let mean = counts.iter().map(|count| count.tokens).sum::<usize>() as f64 / counts.len().max(1) as f64;
    let task = task(&source);
    let findings = source.check(&counts, (most, long));
    let understood = Understood { findings, ..source.understood };
    Ok(Content {
        text_column: understood.text.column.clone(),
        pair_column: understood.pair.as_ref().map(|pair| pair.column.clone()),
        label_column: understood.label.column.clone(),
        tokens: json!({
            "mean": mean,
            "most": counts.iter().map(|count| count.tokens).max(),
            "cut_texts": counts.iter().filter(|count| count.left_out > 0).count(),
        }),
        task,
        examples: source.train.len(),
        notes: understood.notes.clone(),
        findings: understood.findings.clone(),
        lines: understood.lines(),
        understood,
    })
}

fn task(source: &Source) -> Value {
    let kind = source.task.kind.name();
    match &source.understood.labels {
        Labelled::Classes(classes) | Labelled::Sets { labels: classes, .. } => {
            json!({ "kind": kind, "classes": classes })
        }
        Labelled::Numbers { .. } => {
            let targets = source.train.iter().filter_map(|example| example.target.as_ref()?.value());
            let values: Vec<f64> = targets.map(f64::from).collect();
            json!({
                "kind": kind,
                "minimum": values.iter().copied().reduce(f64::min),
                "mean": values.iter().sum::<f64>() / values.len().max(1) as f64,
                "maximum": values.iter().copied().reduce(f64::max),
            })
        }
    }
}
