//! Texts, a line each.

use std::io::{Cursor, Read};

use super::HEAD_BYTES;
use super::decoded::Decoded;
use crate::error::{Error, Result};
use crate::text::decode::sniff;
use crate::text::records::MAX_FIELD_BYTES;
use crate::text::table::{Layout, Table};
use crate::text::words::list;

/// The lines of a source and their numbers, from 1, without what ends them.
pub struct Lines {
    name: String,
    decoded: Decoded<Box<dyn Read + Send>>,
    text: String,
    at: usize,
    line: u64,
    notes: Vec<String>,
}

impl Lines {
    /// Finds out the encoding from the first 4 MiB. `name` is what errors call the source.
    ///
    /// # Errors
    /// The source cannot be read or is no text.
    pub fn read(name: &str, mut source: impl Read + Send + 'static) -> Result<Self> {
        let mut head = Vec::new();
        let read = source.by_ref().take(HEAD_BYTES).read_to_end(&mut head);
        read.map_err(|error| Error::io(name, error))?;
        let mut notes = Vec::new();
        let (encoding, mark) = sniff(name, &head, &mut notes)?;
        if let Ok(table) = Table::parse(name, &head)
            && (table.layout == Layout::JsonLines || table.has_header && table.columns.len() > 1)
        {
            notes.push(format!(
                "{name} looks like a table with the columns {}, and each line of it is taken for a text; give a table \
                 with --file (--file /dev/stdin for standard input)",
                list(&table.columns)
            ));
        }
        let rest: Box<dyn Read + Send> = Box::new(Cursor::new(head.split_off(mark)).chain(source));
        let decoded = Decoded::new(name, rest, encoding);
        Ok(Lines { name: name.into(), decoded, text: String::new(), at: 0, line: 0, notes })
    }

    /// What a person should know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn line(&mut self) -> Result<Option<(u64, String)>> {
        let mut searched = self.at;
        let length = loop {
            match self.text[searched..].find('\n') {
                Some(length) => break searched + length - self.at,
                None if self.decoded.ended() => break self.text.len() - self.at,
                None if self.text.len() - self.at > MAX_FIELD_BYTES => {
                    let message = "has more than 1 MiB; expected one text a line";
                    return Err(Error::data(&self.name, self.line + 1, message));
                }
                None => {
                    self.text.drain(..self.at);
                    (self.at, searched) = (0, self.text.len());
                    self.decoded.read(&mut self.text)?;
                }
            }
        };
        if length == 0 && self.at == self.text.len() {
            return Ok(None);
        }
        if length > MAX_FIELD_BYTES {
            return Err(Error::data(
                &self.name,
                self.line + 1,
                "has more than 1 MiB; expected one text a line",
            ));
        }
        let line = self.text[self.at..self.at + length].to_owned();
        self.at = (self.at + length + 1).min(self.text.len());
        self.line += 1;
        Ok(Some((self.line, line)))
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, String)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line().transpose()
    }
}
