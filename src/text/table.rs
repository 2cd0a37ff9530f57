//! A data file as a table of strings.

use crate::spec::{DataArguments, Reading};
use std::path::Path;

/// The rows of a data file; every row has as many fields as there are columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file's name, as messages show it.
    pub file: String,
    /// The names in the header, or "1", "2", ... where there is none. All are different.
    pub columns: Vec<String>,
    pub has_header: bool,
    pub rows: Vec<Row>,
    pub reading: Reading,
    /// What a person should know about how the file was read, in plain words.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line of the file on which the row begins, or the row of a sheet; the first is 1. In a format without lines,
    /// and in a folder, rows are counted.
    pub line: u64,
    pub fields: Vec<String>,
}

/// What is otherwise found out from the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// An ASCII character between the fields.
    pub delimiter: Option<char>,
    pub has_header: Option<bool>,
    /// The name of a sheet of a workbook, or its number from 1. The first with rows, if none.
    pub sheet: Option<String>,
}

impl ReadOptions {
    pub fn new(data: &DataArguments) -> Self {
        ReadOptions { has_header: data.header, sheet: data.sheet.clone(), ..ReadOptions::default() }
    }
}

pub(super) const EXPECTED: &str = "expected CSV, TSV, JSON, JSON Lines, Excel, OpenDocument or Parquet";

pub(super) fn extension(file_name: &str) -> String {
    Path::new(file_name).extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default()
}
