//! Writes labelled rows as CSV, TSV or JSON Lines, or to a Parquet file.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::parquet::ParquetWriter;
use super::whole_file::WholeFile;
use crate::cli::output::pass;
use crate::error::{Error, Result};
use crate::predict::{Answer, ClassProbability};
use crate::text::{Record, Table, Task, TaskKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Tsv,
    JsonLines,
    Parquet,
}

impl Format {
    /// The format of a file, by its name.
    ///
    /// # Errors
    /// The name has another ending.
    pub fn of_name(path: &Path) -> Result<Self> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match extension.as_str() {
            "csv" => Ok(Format::Csv),
            "tsv" => Ok(Format::Tsv),
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            "parquet" => Ok(Format::Parquet),
            _ => Err(Error::Usage(format!(
                "--output {}: expected a name that ends in .csv, .tsv, .jsonl or .parquet, which decides the format",
                path.display()
            ))),
        }
    }
}

/// The columns of the output.
pub struct Header {
    /// The name of the input in errors.
    file: String,
    /// The columns of the input.
    pub given: Vec<String>,
    /// Label and probability, or labels, or value. In JSON Lines also the list of all probabilities, in other formats a column for
    /// each class.
    pub new: Vec<String>,
    /// The number of new columns before those of all probabilities.
    first: usize,
    /// Whether the first new column holds texts.
    is_text: bool,
    all: bool,
    renamed: bool,
}

impl Header {
    /// `all` asks for the probabilities of all classes. If the input already has
    /// the name of a new column, all new columns are renamed.
    pub fn new(table: &Table, task: &Task, all: bool, format: Format) -> Self {
        let given = &table.columns;
        let first: &[&str] = match task.kind {
            TaskKind::Classification => &["label", "probability"],
            TaskKind::MultiLabel => &["labels"],
            TaskKind::Regression => &["value"],
        };
        let all = all && !task.labels.is_empty();
        let each = match format {
            _ if !all => Vec::new(),
            Format::JsonLines => vec!["probabilities".to_owned()],
            _ => task.labels.iter().map(|label| format!("probability_{label}")).collect(),
        };
        let wanted: Vec<String> = first.iter().map(|name| (*name).to_owned()).chain(each).collect();
        // a key of JSON may hold the columns `key.one` and `key.other`
        let keys = given.iter().map(|name| name.split('.').next().unwrap_or_default());
        let taken: HashSet<&str> = given.iter().map(String::as_str).chain(keys).collect();
        let prefixes = (1..).map(|number| match number {
            1 => String::new(),
            2 => "predicted_".into(),
            _ => format!("predicted_{number}_"),
        });
        let new = prefixes
            .map(|prefix| wanted.iter().map(|name| format!("{prefix}{name}")).collect::<Vec<_>>())
            .find(|names| names.iter().all(|name| !taken.contains(name.as_str())))
            .expect("a file has finitely many columns");
        let file = table.file.clone();
        let (first, is_text) = (first.len(), task.kind != TaskKind::Regression);
        let renamed = new.first() != wanted.first();
        Header { file, given: given.clone(), new, first, is_text, all, renamed }
    }

    /// A note on renamed columns.
    pub fn note(&self) -> Option<String> {
        self.renamed.then(|| {
            let names: Vec<String> = self.new.iter().take(3).map(|name| format!("{name:?}")).collect();
            let more = if self.new.len() > 3 { ", ..." } else { "" };
            format!(
                "the file already has a column of that name, so the new columns are {}{more}",
                names.join(", ")
            )
        })
    }

    /// Whether a new column holds texts rather than numbers.
    pub fn is_text(&self, index: usize) -> bool {
        index == 0 && self.is_text
    }

    /// The new cells of a row; empty if the row has no text.
    pub fn cells<'a>(&self, answer: Option<&Answer<'a>>) -> Vec<Cell<'a>> {
        match answer {
            None => self.new.iter().map(|_| Cell::Empty).collect(),
            Some(Answer::Value { value }) => vec![Cell::Number(*value)],
            Some(Answer::Class { label, probability, probabilities }) => {
                let first = [Cell::Text(Cow::Borrowed(label)), Cell::Number(*probability)];
                first.into_iter().chain(self.each(probabilities)).collect()
            }
            Some(Answer::Labels { labels, probabilities }) => {
                let list = serde_json::to_string(labels).expect("names are text");
                [Cell::Text(Cow::Owned(list))].into_iter().chain(self.each(probabilities)).collect()
            }
        }
    }
}

impl Header {
    /// All probabilities, if they are wanted.
    fn each<'a>(&self, probabilities: &[ClassProbability]) -> impl Iterator<Item = Cell<'a>> {
        let count = if self.all { probabilities.len() } else { 0 };
        probabilities
            .iter()
            .take(count)
            .map(|one| Cell::Number(one.probability))
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// A row of the input, with the model's answer if the row has a text.
pub struct Labelled<'a> {
    pub record: Record,
    pub answer: Option<Answer<'a>>,
}

#[derive(Clone, Serialize)]
#[serde(untagged)]
pub enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Number(f32),
}

/// A row as an object of JSON Lines. Its numbers have the form of [`Answer`].
struct Line<'a> {
    header: &'a Header,
    record: &'a Record,
    answer: Option<&'a Answer<'a>>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        match &self.record.object {
            Some(object) => object.iter().try_for_each(|(key, value)| line.serialize_entry(key, value))?,
            None => {
                let cells = self.header.given.iter().zip(&self.record.fields);
                cells.into_iter().try_for_each(|(name, field)| line.serialize_entry(name, field))?;
            }
        }
        let (first, all) = self.header.new.split_at(self.header.first);
        let cells = self.header.cells(self.answer);
        for (name, cell) in first.iter().zip(&cells) {
            match self.answer {
                Some(Answer::Labels { labels, .. }) => line.serialize_entry(name, labels)?,
                _ => line.serialize_entry(name, cell)?,
            }
        }
        if let Some(name) = all.first() {
            let all = match self.answer {
                Some(Answer::Class { probabilities, .. } | Answer::Labels { probabilities, .. }) => {
                    Some(probabilities)
                }
                _ => None,
            };
            line.serialize_entry(name, &all)?;
        }
        line.end()
    }
}

impl std::fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cell::Empty => Ok(()),
            Cell::Text(text) => f.write_str(text),
            // so that a probability near 0 is not written with dozens of zeros
            Cell::Number(number) if *number != 0.0 && number.abs() < 1e-6 => write!(f, "{number:e}"),
            Cell::Number(number) => write!(f, "{number}"),
        }
    }
}

/// The destination of the rows: standard output, or a file that appears once it is complete.
pub struct Output {
    header: Header,
    format: Format,
    file: Option<WholeFile>,
    parquet: Option<ParquetWriter>,
}

impl Output {
    /// Writes the names of the columns. Without a file it writes to standard output, which cannot be Parquet.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn new(header: Header, format: Format, file: Option<WholeFile>) -> Result<Self> {
        let parquet = match (&file, format) {
            (Some(file), Format::Parquet) => Some(
                ParquetWriter::new(&header, file.opened()?).map_err(|error| file.failed(failed(error)))?,
            ),
            _ => None,
        };
        let output = Output { header, format, file, parquet };
        if let Some(delimiter) = output.delimiter() {
            let mut rows = table(delimiter);
            let names = output.header.given.iter().chain(&output.header.new);
            rows.write_record(names).expect("memory can be written");
            output.write(rows)?;
        }
        Ok(output)
    }

    /// # Errors
    /// The output cannot be written.
    pub fn rows(&mut self, rows: &[Labelled]) -> Result<()> {
        if self.format != Format::JsonLines {
            rows.iter().try_for_each(|row| self.check_width(&row.record))?;
        }
        if let (Some(parquet), Some(file)) = (&mut self.parquet, &self.file) {
            return parquet.rows(&self.header, rows).map_err(|error| file.failed(failed(error)));
        }
        match self.delimiter() {
            Some(delimiter) => {
                let mut table = table(delimiter);
                for Labelled { record, answer } in rows {
                    let cells = self.header.cells(answer.as_ref());
                    let new = cells.iter().map(Cell::to_string);
                    table
                        .write_record(record.fields.iter().cloned().chain(new))
                        .expect("memory can be written");
                }
                self.write(table)
            }
            None => {
                let mut lines = Vec::new();
                for Labelled { record, answer } in rows {
                    let line = Line { header: &self.header, record, answer: answer.as_ref() };
                    serde_json::to_writer(&mut lines, &line).expect("memory can be written");
                    lines.push(b'\n');
                }
                self.write_bytes(&lines)
            }
        }
    }

    /// Checks the width of a row. A table has the columns of the first rows, but JSON from a pipe may have more later.
    fn check_width(&self, record: &Record) -> Result<()> {
        if record.fields.len() == self.header.given.len() {
            return Ok(());
        }
        let message = "has a key that the first rows lack; expected the same keys where rows come from a pipe: save them \
                       to a file, or ask for JSON Lines";
        Err(Error::data(&self.header.file, record.line, message))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn complete(self) -> Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        if let Some(parquet) = self.parquet {
            parquet.complete().map_err(|error| file.failed(failed(error)))?;
        }
        file.complete()
    }

    fn delimiter(&self) -> Option<u8> {
        match self.format {
            Format::Csv => Some(b','),
            Format::Tsv => Some(b'\t'),
            Format::JsonLines | Format::Parquet => None,
        }
    }

    fn write(&self, rows: csv::Writer<Vec<u8>>) -> Result<()> {
        self.write_bytes(&rows.into_inner().expect("memory can be written"))
    }

    fn write_bytes(&self, bytes: &[u8]) -> Result<()> {
        match &self.file {
            Some(file) => file.write(bytes),
            None => pass(bytes),
        }
    }
}

fn failed(error: parquet::errors::ParquetError) -> std::io::Error {
    std::io::Error::other(error)
}

fn table(delimiter: u8) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new())
}
