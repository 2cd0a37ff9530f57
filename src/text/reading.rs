//! How a data file was read: what every face can say of it.

use serde::{Deserialize, Serialize};

/// How a data file was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Such as "CSV", "TSV", "JSON Lines", "JSON array", "Excel workbook", "Label Studio export".
    pub format: String,
    /// Such as "UTF-8", "windows-1251"; none where the format has no text encoding.
    pub encoding: Option<String>,
    pub delimiter: Option<char>,
    /// The line of the header, from 1; none where the file has none.
    pub header_line: Option<u64>,
    pub sheet: Option<String>,
    pub other_sheets: Vec<String>,
    /// Data rows found, before any is left out.
    pub rows: usize,
    /// Lines that were passed over, and why: `sep=` line, title, comment, blank, empty columns, ...
    pub left_out: Vec<LeftOut>,
}

/// Lines that were passed over for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    pub reason: String,
    /// All of them, from 1; faces show the first few.
    pub lines: Vec<u64>,
}

impl LeftOut {
    /// Adds a line to those that are left out for this reason.
    pub(super) fn add(all: &mut Vec<LeftOut>, reason: &str, line: u64) {
        match all.iter_mut().find(|left| left.reason == reason) {
            Some(left) => left.lines.push(line),
            None => all.push(LeftOut { reason: reason.into(), lines: vec![line] }),
        }
    }
}
