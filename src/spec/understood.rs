//! The interpretation of a data file, with reasons. Every face shows it.

use super::finding::Finding;
use super::question::{ClassSize, Variants, sizes};
use super::quote::{count, list, quoted, some_lines};
use super::reading::Reading;
use serde::{Deserialize, Serialize};

/// The number of lines that are kept for one reason.
const MAX_LINES: usize = 20;

/// A training file, and the other files of the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Understood {
    /// The way in which the file was read; the rows that were left out stand in `left_out`.
    pub reading: Reading,
    /// The text column.
    pub text: Column,
    /// The column of second texts, if there are pairs.
    pub pair: Option<Column>,
    /// The label column.
    pub label: Column,
    /// The other columns.
    pub unused: Vec<String>,
    /// Rows with a text and a label.
    pub used: usize,
    /// The rows that were left out, by reason.
    pub left_out: Vec<Omission>,
    /// The labels of the used rows.
    pub labels: Labelled,
    /// The labels that are written differently and were merged into one class.
    pub merged: Vec<Variants>,
    /// The files for validation and test, if there are any.
    pub other_files: Vec<OtherFile>,
    /// Further notes on how the files were read.
    pub notes: Vec<String>,
    /// Findings about the examples.
    pub findings: Vec<Finding>,
}

/// A column and why it was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Column {
    /// The name of the column.
    pub column: String,
    /// The reason, such as "by its name".
    pub why: String,
}

/// The rows that were left out for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Omission {
    /// Such as "rows without a label".
    pub reason: String,
    /// The number of these rows.
    pub count: usize,
    /// The first of them, from 1.
    pub lines: Vec<u64>,
}

/// The task: classes or numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Labelled {
    /// The classes with their sizes, in the order of their ids.
    Classes(Vec<ClassSize>),
    /// Several labels a text: the texts with each label, the texts without any, and the labels of a text on average.
    Sets {
        /// The texts with each label.
        labels: Vec<ClassSize>,
        /// The texts without a label.
        without: usize,
        /// The labels of a text on average.
        mean: f64,
    },
    /// The range and the mean of the numbers.
    Numbers {
        /// The smallest number.
        minimum: f64,
        /// The mean.
        mean: f64,
        /// The largest number.
        maximum: f64,
    },
}

/// A file for validation or test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct OtherFile {
    /// Without the folder.
    pub file: String,
    /// The text column.
    pub text: Column,
    /// The column of second texts, if there are pairs.
    pub pair: Option<Column>,
    /// The label column.
    pub label: Column,
    /// Rows with a text and a label.
    pub used: usize,
    /// The rows that were left out, by reason.
    pub left_out: Vec<Omission>,
}

impl Omission {
    pub(crate) fn new(reason: &str, lines: &[u64]) -> Option<Self> {
        let kept = lines.iter().take(MAX_LINES).copied().collect();
        (!lines.is_empty()).then(|| Omission { reason: reason.into(), count: lines.len(), lines: kept })
    }

    /// "rows without a label: 12 (lines 4, 8, ...)".
    pub fn describe(&self) -> String {
        format!("{}: {} ({})", self.reason, self.count, some_lines(&self.lines, self.count))
    }
}

impl Understood {
    /// The interpretation in a few lines of plain English. Each begins with its subject and a colon.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.data_line(), self.columns_line()];
        lines.extend(left_out_line("left out", &self.left_out));
        lines.push(self.labels_line());
        for file in &self.other_files {
            let pair =
                file.pair.as_ref().map_or_else(String::new, |pair| format!(" and {}", quoted(&pair.column)));
            lines.push(format!(
                "{}: {} used; text {}{pair}, label {}",
                quoted(&file.file),
                count(file.used, "row"),
                quoted(&file.text.column),
                quoted(&file.label.column)
            ));
            lines.extend(left_out_line(&format!("left out of {}", quoted(&file.file)), &file.left_out));
        }
        lines
    }

    /// Further remarks, one sentence each.
    pub fn remarks(&self) -> Vec<String> {
        self.notes.iter().cloned().chain(self.findings.iter().map(Finding::describe)).collect()
    }

    fn data_line(&self) -> String {
        let used = match self.used == self.reading.rows {
            true => "all used".to_owned(),
            false => format!("{} used", self.used),
        };
        format!("{}, {used}", self.reading.line())
    }

    fn columns_line(&self) -> String {
        let column =
            |role: &str, column: &Column| format!("{role} {} ({})", quoted(&column.column), column.why);
        let mut parts = vec![column("text", &self.text)];
        parts.extend(self.pair.as_ref().map(|pair| column("second text", pair)));
        parts.push(column("label", &self.label));
        let unused = match self.unused.len() {
            0 => String::new(),
            _ => format!("; not used: {}", list(&self.unused)),
        };
        format!("columns: {}{unused}", parts.join(", "))
    }

    fn labels_line(&self) -> String {
        let labels = match &self.labels {
            Labelled::Classes(classes) => {
                let are_numbers =
                    classes.len() > 2 && classes.iter().all(|class| class.label.parse::<f32>().is_ok());
                let other = if are_numbers {
                    "; to learn them as numbers: task regression (--task regression)"
                } else {
                    ""
                };
                format!("labels: {} classes: {}{other}", classes.len(), sizes(classes))
            }
            Labelled::Sets { labels, without, mean } => format!(
                "labels: several a text, {mean:.1} on average of {}; {} without any: {}",
                labels.len(),
                count(*without, "text"),
                sizes(labels)
            ),
            Labelled::Numbers { minimum, maximum, .. } => format!(
                "labels: numbers from {minimum} to {maximum}; to learn them as classes: task classification (--task \
                 classification)"
            ),
        };
        let merged = |variants: &Variants| format!("{} as {}", variants.describe(), quoted(&variants.label));
        match self.merged.len() {
            0 => labels,
            _ => {
                format!("{labels}; merged: {}", self.merged.iter().map(merged).collect::<Vec<_>>().join("; "))
            }
        }
    }
}

fn left_out_line(what: &str, left_out: &[Omission]) -> Option<String> {
    let parts: Vec<String> = left_out.iter().map(Omission::describe).collect();
    (!parts.is_empty()).then(|| format!("{what}: {}", parts.join("; ")))
}
