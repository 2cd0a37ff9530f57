//! A data file as a table of strings.

use crate::spec::{DataArguments, Reading};
use std::path::Path;

/// The rows of a data file. Every row has a field for each column.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The name of the file in messages.
    pub file: String,
    /// The names in the header, or "1", "2", ... without a header. All are different.
    pub columns: Vec<String>,
    /// Whether the file has a header.
    pub has_header: bool,
    /// The rows below the header.
    pub rows: Vec<Row>,
    /// The way in which the file was read.
    pub reading: Reading,
    /// Notes in plain words on how the file was read.
    pub notes: Vec<String>,
}

/// A row of a data file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line of the file on which the row begins, or the row of a sheet; the first is 1. In a format without lines,
    /// and in a folder, rows are counted.
    pub line: u64,
    /// A value for each column.
    pub fields: Vec<String>,
}

/// Settings that are otherwise found from the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// An ASCII character between the fields.
    pub delimiter: Option<char>,
    /// Whether the file has a header; `None` finds out.
    pub has_header: Option<bool>,
    /// The name of a sheet of a workbook, or its number from 1. The first with rows, if none.
    pub sheet: Option<String>,
}

impl ReadOptions {
    /// Takes header and sheet from the settings.
    pub fn new(data: &DataArguments) -> Self {
        ReadOptions { has_header: data.header, sheet: data.sheet.clone(), ..ReadOptions::default() }
    }
}

pub(super) const EXPECTED: &str = "expected CSV, TSV, JSON, JSON Lines, Excel, OpenDocument or Parquet";

pub(super) fn extension(file_name: &str) -> String {
    Path::new(file_name).extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default()
}
