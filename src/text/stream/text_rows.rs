//! The rows of a text, unchanged and in their places.

use std::collections::VecDeque;
use std::io::Read;

use super::Record;
use crate::error::{Error, Result};
use crate::text::rows::Rows;
use crate::text::table::{Row, Table};

/// The number of successive blank lines that are held until a row follows them or the file ends.
const MOST_BLANK: usize = 1_000_000;

/// Records of delimited text or JSON Lines. Blank lines at the end of a table of one column do not count.
pub struct TextRows<R> {
    rows: Rows<R>,
    /// Blank records, then the record that follows them.
    held: VecDeque<Record>,
    released: bool,
}

impl<R: Read> TextRows<R> {
    pub fn new(mut rows: Rows<R>) -> Self {
        rows.as_they_are = true;
        TextRows { rows, held: VecDeque::new(), released: false }
    }

    /// Makes a table of the first rows, with the columns known so far.
    ///
    /// # Errors
    /// There are no rows.
    pub fn head(&self, first: &[Record]) -> Result<Table> {
        let Rows { file, columns, has_header, reading, notes, .. } = &self.rows;
        if first.is_empty() {
            let message = "the file has no row of data; expected texts to label";
            return Err(Error::data(file, reading.header_line, message));
        }
        let row = |record: &Record| {
            let mut fields = record.fields.clone();
            fields.resize(columns.len(), String::new());
            Row { line: record.line, fields }
        };
        Ok(Table {
            file: file.clone(),
            columns: columns.clone(),
            has_header: *has_header,
            rows: first.iter().map(row).collect(),
            reading: reading.clone(),
            notes: notes.clone(),
        })
    }

    fn hold(&mut self, Row { line, fields }: Row) -> Result<()> {
        let object = self.rows.object.take();
        // a line of JSON is a row even if its values are blank
        let is_blank = object.is_none()
            && self.rows.columns.len() == 1
            && fields.iter().all(|field| field.trim().is_empty());
        self.held.push_back(Record { line, fields, object });
        self.released = !is_blank;
        match self.held.len() > MOST_BLANK {
            true => {
                let message = format!("more than {MOST_BLANK} blank lines; expected a text a line");
                Err(Error::data(&self.rows.file, line, message))
            }
            false => Ok(()),
        }
    }
}

impl<R: Read> Iterator for TextRows<R> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.released {
                match self.held.pop_front() {
                    Some(record) => return Some(Ok(record)),
                    None => self.released = false,
                }
            }
            if let Err(error) = self.rows.next()?.and_then(|row| self.hold(row)) {
                return Some(Err(error));
            }
        }
    }
}
