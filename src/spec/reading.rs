//! The way in which a data file was read, as every face shows it.

use serde::{Deserialize, Serialize};

use super::quote::{count, lines, list, quoted};

/// The way in which a data file was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct Reading {
    /// Such as "CSV", "TSV", "JSON Lines", "JSON array", "Excel workbook", "Label Studio export".
    pub format: String,
    /// Such as "UTF-8", "windows-1251"; `None` if the format has no text encoding.
    pub encoding: Option<String>,
    /// The character between the fields; `null` for other formats.
    pub delimiter: Option<char>,
    /// The line of the header, from 1; `None` if the file has no header.
    pub header_line: Option<u64>,
    /// The sheet that was read; `null` for other formats than a workbook.
    pub sheet: Option<String>,
    /// The other sheets of the workbook.
    pub other_sheets: Vec<String>,
    /// The number of data rows, including those that are left out later.
    pub rows: usize,
    /// The skipped lines, by reason: `sep=` line, title, comment, blank, empty columns, ...
    pub left_out: Vec<LeftOut>,
}

impl Reading {
    /// Such as "data: CSV, UTF-8, commas between the fields, header in line 1; 40 rows".
    pub fn line(&self) -> String {
        let mut how = vec![self.format.clone()];
        how.extend(self.encoding.clone());
        how.extend(self.delimiter.map(|delimiter| match delimiter {
            ',' => "commas between the fields".into(),
            ';' => "semicolons between the fields".into(),
            '\t' => "tabs between the fields".into(),
            other => format!("{} between the fields", quoted(&other.to_string())),
        }));
        if let Some(sheet) = &self.sheet {
            let others = match self.other_sheets.len() {
                0 => String::new(),
                _ => format!(" (not {})", list(&self.other_sheets)),
            };
            how.push(format!("sheet {}{others}", quoted(sheet)));
        }
        match self.header_line {
            Some(line) => how.push(format!("header in line {line}")),
            None if self.delimiter.is_some() || self.sheet.is_some() => how.push("no header".into()),
            None => {}
        }
        format!("data: {}; {}", how.join(", "), count(self.rows, "row"))
    }

    /// [`line`](Self::line), then a line for what was left out, if anything was.
    pub fn lines(&self) -> Vec<String> {
        let left_out =
            |left: &LeftOut| format!("{}: {} ({})", left.reason, left.lines.len(), lines(&left.lines));
        let left_out: Vec<String> = self.left_out.iter().map(left_out).collect();
        let left_out = (!left_out.is_empty()).then(|| format!("left out: {}", left_out.join("; ")));
        [Some(self.line()), left_out].into_iter().flatten().collect()
    }
}

/// The lines that were skipped for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "camelCase"))]
pub struct LeftOut {
    /// Such as "is empty".
    pub reason: String,
    /// All of them, from 1; faces show the first few.
    pub lines: Vec<u64>,
}

impl LeftOut {
    /// Adds a line to those that were left out for this reason.
    pub(crate) fn add(all: &mut Vec<LeftOut>, reason: &str, line: u64) {
        match all.iter_mut().find(|left| left.reason == reason) {
            Some(left) => left.lines.push(line),
            None => all.push(LeftOut { reason: reason.into(), lines: vec![line] }),
        }
    }
}
