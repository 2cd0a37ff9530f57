//! Records out of text that is read a piece at a time.

use std::collections::VecDeque;
use std::io::SeekFrom;

use encoding_rs::Encoding;

use super::decoded::Decoded;
use super::{Record, Source};
use crate::error::{Error, Result};
use crate::text::records::{MAX_FIELD_BYTES, Records};
use crate::text::table::{Layout, Table, json_fields, json_object};
use crate::text::words::count;

/// A record is held whole, so it must be bounded.
const MAX_RECORD_BYTES: usize = 8 << 20;

pub(super) struct Pieces {
    layout: Layout,
    file: String,
    columns: Vec<String>,
    /// The line of the header, or the last one before the data.
    above: u64,
    decoded: Decoded<Box<dyn Source>>,
    /// What was read and not taken yet begins at `at`, in line `line`.
    text: String,
    at: usize,
    line: u64,
    /// Records that were found and not given yet.
    found: VecDeque<Record>,
    /// The first of the blank lines that were passed over last, and how many they are.
    blank: (u64, u64),
}

impl Pieces {
    /// `table` is the head of the file. [`rewind`](Self::rewind) comes first.
    pub fn new(table: &Table, encoding: &'static Encoding, source: Box<dyn Source>) -> Self {
        let before_first = table.rows.first().map_or(0, |row| row.line - 1);
        Pieces {
            layout: table.layout,
            file: table.file.clone(),
            columns: table.columns.clone(),
            above: table.reading.header_line.unwrap_or(before_first),
            decoded: Decoded::new(&table.file, source, encoding),
            text: String::new(),
            at: 0,
            line: 1,
            found: VecDeque::new(),
            blank: (0, 0),
        }
    }

    /// Goes to the byte after the mark.
    pub fn rewind(&mut self, mark: u64) -> Result<()> {
        self.decoded.restart(|source| source.seek(SeekFrom::Start(mark)).map(|_| ()))?;
        self.text.clear();
        (self.at, self.line, self.blank) = (0, 1, (0, 0));
        self.found.clear();
        Ok(())
    }

    pub fn replaced(&self) -> bool {
        self.decoded.replaced
    }

    fn record(&mut self) -> Result<Option<Record>> {
        loop {
            if let Some(record) = self.found.pop_front() {
                return Ok(Some(record));
            }
            if self.at == self.text.len() && self.decoded.ended() {
                return Ok(None);
            }
            match self.parsed()? {
                Some((length, lines, record)) => {
                    let is_blank = self.text[self.at..self.at + length].trim().is_empty();
                    let line = self.line;
                    self.at += length;
                    self.line += lines;
                    if line > self.above {
                        self.add(line, record, is_blank)?;
                    }
                }
                None if self.text.len() - self.at > MAX_RECORD_BYTES => {
                    let message =
                        "a row has more than 8 MiB; expected texts of some sentences: check the quotes";
                    return Err(Error::data(&self.file, self.line, message));
                }
                None => {
                    self.text.drain(..self.at);
                    self.at = 0;
                    self.decoded.read(&mut self.text)?;
                }
            }
        }
    }

    /// The next record, how long it is, and how many lines it has; nothing where more text is needed to see its end.
    fn parsed(&self) -> Result<Option<(usize, u64, Taken)>> {
        let rest = &self.text[self.at..];
        let ended = self.decoded.ended();
        let Layout::Delimited(format) = self.layout else {
            let Some(length) = rest.find('\n').map(|end| end + 1).or(ended.then_some(rest.len())) else {
                return Ok(None);
            };
            return Ok(Some((length, 1, Taken::Line(rest[..length].trim_end_matches('\n').to_owned()))));
        };
        let mut records = Records::new(&self.file, rest, format).from_line(self.line);
        let record = records.record();
        let (length, line) = records.place();
        match record {
            // the record may go on, or the quote be closed, in what is not read yet
            _ if length == rest.len() && !ended => Ok(None),
            Err(_) if !ended && rest.len() <= MAX_RECORD_BYTES => Ok(None),
            record => Ok(Some((length, line - self.line, Taken::Fields(record?.fields)))),
        }
    }

    fn add(&mut self, line: u64, taken: Taken, is_blank: bool) -> Result<()> {
        let is_json = self.layout == Layout::JsonLines;
        if is_blank {
            // in one column, it is a row without a text if there is another row below it
            self.blank = match self.blank {
                (_, 0) => (line, 1),
                (first, lines) => (first, lines + 1),
            };
            return Ok(());
        }
        let (first, lines) = std::mem::take(&mut self.blank);
        if self.columns.len() == 1 && !is_json {
            let empty = |line| Record { line, fields: vec![String::new()], object: None };
            self.found.extend((first..first + lines).map(empty));
        }
        let record = match taken {
            Taken::Line(line_text) if is_json => {
                let object = json_object(&self.file, line, &line_text)?;
                let fields = json_fields(&self.file, line, &self.columns, &object)?;
                Record { line, fields, object: Some(object) }
            }
            Taken::Line(text) => {
                if text.len() > MAX_FIELD_BYTES {
                    return Err(Error::data(
                        &self.file,
                        line,
                        "has more than 1 MiB; expected one text a line",
                    ));
                }
                Record { line, fields: vec![text], object: None }
            }
            Taken::Fields(fields) => Record { line, fields: self.fitted(line, fields)?, object: None },
        };
        self.found.push_back(record);
        Ok(())
    }

    /// As many fields as there are columns; more only where they are empty.
    fn fitted(&self, line: u64, mut fields: Vec<String>) -> Result<Vec<String>> {
        let width = self.columns.len();
        let has_more =
            fields.get(width..).is_some_and(|more| more.iter().any(|field| !field.trim().is_empty()));
        if fields.len() < width || has_more {
            let found = count(fields.len(), "field");
            let message = format!("found {found}, expected {width}; check the delimiters and the quotes");
            return Err(Error::data(&self.file, line, message));
        }
        fields.truncate(width);
        Ok(fields)
    }
}

enum Taken {
    Line(String),
    Fields(Vec<String>),
}

impl Iterator for Pieces {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        self.record().transpose()
    }
}
