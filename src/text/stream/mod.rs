//! A data file of any length, record by record: everything about the file is decided by its beginning, which is read as
//! a table; then the file is read from the start as often as is wanted.

mod decoded;
mod lines;
mod pieces;
mod prose;

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};
use serde_json::{Map, Value};

use super::decode::{MAX_BYTES, check_size, sniff};
use super::names::is_well_known;
use super::table::{Layout, ReadOptions, Row, Table, failed};
use crate::error::{Error, Result};
pub use lines::Lines;
use pieces::Pieces;

/// What the decisions are made by.
const HEAD_BYTES: u64 = 4 << 20;
/// What an encoding is recognised by.
const SAMPLE_BYTES: u64 = 1 << 20;
/// Rows of a table that are enough to choose its columns by.
const HEAD_ROWS: usize = 20_000;

/// A row of a data file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// A field for each column of the table.
    pub fields: Vec<String>,
    /// A line of JSON Lines as it is, with what is in no column too.
    pub object: Option<Map<String, Value>>,
}

pub struct Stream {
    /// The first rows, with the columns that all rows have.
    pub head: Table,
    rows: Rows,
}

enum Rows {
    /// Of a format that is read as a whole.
    Table {
        rows: Vec<Row>,
        next: usize,
    },
    Pieces {
        pieces: Pieces,
        mark: u64,
    },
}

/// What a file is read from.
trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

impl Stream {
    /// Opens a file whose texts are to be labelled. A file of one column has a header only where that is a well-known
    /// name, such as "text". Unless columns are `named`, a file whose commas are punctuation has one column, too.
    ///
    /// # Errors
    /// As [`Table::read`], but for the size and the number of rows of a file whose records stand on lines.
    pub fn open(path: &Path, named: bool) -> Result<Self> {
        let name = path.display().to_string();
        let about = std::fs::metadata(path).map_err(|error| failed(path, error))?;
        if about.is_dir() {
            return Err(Error::data(
                &name,
                None,
                "this is a folder; expected a file of texts, such as a CSV",
            ));
        }
        let mut file = File::open(path).map_err(|error| failed(path, error))?;
        if about.is_file() {
            return Stream::new(&name, Box::new(file), about.len(), named);
        }
        // a pipe cannot be read twice
        let mut bytes = Vec::new();
        file.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(path, error))?;
        check_size(&name, bytes.len() as u64)?;
        let length = bytes.len() as u64;
        Stream::new(&name, Box::new(Cursor::new(bytes)), length, named)
    }

    fn new(name: &str, mut source: Box<dyn Source>, length: u64, named: bool) -> Result<Self> {
        let mut head = part(name, &mut source, 0, HEAD_BYTES)?;
        let is_whole = head.len() as u64 == length;
        if !is_whole {
            head.truncate(last_line_end(&head));
        }
        let mut notes = Vec::new();
        let read = encoding(name, &mut source, &head, &mut notes)
            .and_then(|found| Ok((found, table(name, &head, !is_whole, named)?)));
        let ((encoding, mark), mut table) = match read {
            Ok((_, table)) if table.layout == Layout::Whole && is_whole => {
                return Ok(Stream::of_table(table));
            }
            Ok((found, table)) if table.layout != Layout::Whole => (found, table),
            Err(error) if is_whole => return Err(error),
            // of what cannot be read in pieces, or is broken, the beginning does not say enough
            _ => {
                return Ok(Stream::of_table(Table::parse(
                    name,
                    &part(name, &mut source, 0, MAX_BYTES + 1)?,
                )?));
            }
        };
        if head.is_ascii() {
            table.notes.extend(notes);
        }
        table.rows.truncate(HEAD_ROWS);
        let pieces = Pieces::new(&table, encoding, source);
        let mut stream = Stream { head: table, rows: Rows::Pieces { pieces, mark: mark as u64 } };
        stream.rewind()?;
        Ok(stream)
    }

    fn of_table(mut table: Table) -> Self {
        let rows = std::mem::take(&mut table.rows);
        table.rows = rows.iter().take(HEAD_ROWS).cloned().collect();
        Stream { head: table, rows: Rows::Table { rows, next: 0 } }
    }

    /// Goes back to the first row.
    ///
    /// # Errors
    /// The file cannot be read again.
    pub fn rewind(&mut self) -> Result<()> {
        match &mut self.rows {
            Rows::Table { next, .. } => *next = 0,
            Rows::Pieces { pieces, mark } => pieces.rewind(*mark)?,
        }
        Ok(())
    }

    /// Whether bytes that are no characters were replaced by U+FFFD since the first row.
    pub fn replaced(&self) -> bool {
        matches!(&self.rows, Rows::Pieces { pieces, .. } if pieces.replaced())
    }
}

impl Iterator for Stream {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.rows {
            Rows::Table { rows, next } => {
                let Row { line, fields } = rows.get(*next)?.clone();
                *next += 1;
                Some(Ok(Record { line, fields, object: None }))
            }
            Rows::Pieces { pieces, .. } => pieces.next(),
        }
    }
}

/// At most so many bytes from one place of a file on.
fn part(name: &str, source: &mut Box<dyn Source>, from: u64, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source
        .seek(SeekFrom::Start(from))
        .and_then(|_| source.take(most).read_to_end(&mut bytes))
        .map_err(|error| Error::io(name, error))?;
    Ok(bytes)
}

/// The encoding of a file and the length of its mark: from its head, or, where that is all ASCII, from the first place
/// that is not.
fn encoding(
    name: &str,
    source: &mut Box<dyn Source>,
    head: &[u8],
    notes: &mut Vec<String>,
) -> Result<(&'static Encoding, usize)> {
    let found = sniff(name, head, notes)?;
    if found.0 != UTF_8 || !head.is_ascii() {
        return Ok(found);
    }
    let mut from = head.len() as u64;
    loop {
        let mut sample = part(name, source, from, SAMPLE_BYTES)?;
        if sample.is_empty() {
            return Ok(found);
        }
        if let Some(at) = sample.iter().position(|byte| !byte.is_ascii()) {
            sample = part(name, source, from + at as u64, SAMPLE_BYTES)?;
            sample.truncate(last_line_end(&sample));
            return Ok((sniff(name, &sample, notes)?.0, found.1));
        }
        from += sample.len() as u64;
    }
}

/// Where the last line of some bytes ends that is there as a whole; all of them where none is.
fn last_line_end(bytes: &[u8]) -> usize {
    let is_end = |at: usize| match bytes {
        // UTF-16 with a mark
        [0xFF, 0xFE, ..] => at % 2 == 0 && bytes[at..].starts_with(b"\n\0"),
        [0xFE, 0xFF, ..] => at % 2 == 0 && bytes[at..].starts_with(b"\0\n"),
        _ => bytes[at] == b'\n',
    };
    let width = if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) { 2 } else { 1 };
    (0..bytes.len()).rev().find(|at| is_end(*at)).map_or(bytes.len(), |at| at + width)
}

/// The beginning of a file as a table. `cut` says that there is more of the file.
fn table(name: &str, head: &[u8], cut: bool, named: bool) -> Result<Table> {
    let read = |has_header| Table::parse_part(name, head, ReadOptions { has_header, delimiter: None }, cut);
    let table = read(None);
    if !named
        && table.as_ref().map_or(true, |table| matches!(table.layout, Layout::Delimited(_)))
        && let Some(lines) = prose::table(name, head)
    {
        return Ok(lines);
    }
    let table = table?;
    match (&table.columns[..], table.has_header) {
        ([name], true) if matches!(table.layout, Layout::Delimited(_)) && !is_well_known(name) => {
            read(Some(false))
        }
        _ => Ok(table),
    }
}
