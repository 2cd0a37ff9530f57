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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives so many bytes at a time, so that everything is cut everywhere.
    struct Drops(Cursor<Vec<u8>>, usize);

    impl Read for Drops {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let most = into.len().min(self.1);
            self.0.read(&mut into[..most])
        }
    }

    impl Seek for Drops {
        fn seek(&mut self, place: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(place)
        }
    }

    fn stream(name: &str, bytes: &[u8], drops: usize) -> Result<Stream> {
        let source = Box::new(Drops(Cursor::new(bytes.to_vec()), drops));
        Stream::new(name, source, bytes.len() as u64, false)
    }

    fn rows(name: &str, text: &str) -> Vec<(u64, Vec<String>)> {
        let found = stream(name, text.as_bytes(), 3).unwrap().collect::<Result<Vec<_>>>().unwrap();
        found.into_iter().map(|record| (record.line, record.fields)).collect()
    }

    fn lines(expected: &[(u64, &str)]) -> Vec<(u64, Vec<String>)> {
        expected.iter().map(|(line, text)| (*line, vec![(*text).to_owned()])).collect()
    }

    #[test]
    fn one_column_is_a_text_a_line_and_has_a_header_only_by_name() {
        assert_eq!(
            rows("a.csv", "refund please\nwhere is it\n"),
            lines(&[(1, "refund please"), (2, "where is it")])
        );
        assert_eq!(rows("a.csv", "text\nwhere is it\n"), lines(&[(2, "where is it")]));
        assert_eq!(rows("a.csv", "text\nhello, you\nbye\n"), lines(&[(2, "hello, you"), (3, "bye")]));
        assert_eq!(rows("a.csv", "hello, you\nhello, me\n"), lines(&[(1, "hello, you"), (2, "hello, me")]));
        assert_eq!(rows("a.csv", "text\n\"a, \"\"b\"\"\nc\"\nd\n"), lines(&[(2, "a, \"b\"\nc"), (4, "d")]));
    }

    #[test]
    fn rows_without_a_text_keep_their_place_and_blank_lines_are_none_but_in_one_column() {
        assert_eq!(
            rows("a.csv", "text\n\na\n\n\nb\n\"\"\n\n \n"),
            lines(&[(2, ""), (3, "a"), (4, ""), (5, ""), (6, "b"), (7, "")])
        );
        let two = rows("a.csv", "text,id\na,1\n,\n\n,2\n");
        let fields: Vec<(u64, &str, &str)> =
            two.iter().map(|(line, fields)| (*line, fields[0].as_str(), fields[1].as_str())).collect();
        assert_eq!(fields, [(2, "a", "1"), (3, "", ""), (5, "", "2")]);
    }

    #[test]
    fn a_line_of_json_is_kept_as_it_is() {
        let text = "{\"text\": \"a\", \"id\": 1.50}\n\n{\"id\": null, \"text\": \"b\\nc\"}\n";
        let found: Vec<Record> = stream("a.jsonl", text.as_bytes(), 2).unwrap().map(Result::unwrap).collect();
        assert_eq!(found[0].fields, ["a", "1.5"]);
        assert_eq!((found[1].line, found[1].fields[0].as_str()), (3, "b\nc"));
        assert_eq!(found[1].object.as_ref().unwrap()["id"], Value::Null);
    }

    #[test]
    fn rows_that_do_not_fit_are_refused_where_they_are() {
        // beyond what the head is
        let filler = "some words,1\n".repeat(400_000);
        let refused = |end: &str| {
            let text = format!("text,id\n{filler}{end}");
            let stream = stream("a.csv", text.as_bytes(), 1 << 16).unwrap();
            stream.map(|record| record.map(|_| ())).collect::<Result<()>>().unwrap_err().to_string()
        };
        assert!(refused("a\n").starts_with("a.csv, line 400002: found 1 field, expected 2"));
        assert!(refused("a,b,c\n").starts_with("a.csv, line 400002: found 3 fields, expected 2"));
        assert!(refused("x,1\n\"a,b\nc,d\n").starts_with("a.csv, line 400003: a double quote opens here"));
        assert!(refused("x,1\na\0,b\n").starts_with("a.csv, line 400003: found a NUL character"));
        assert!(refused(&format!("{},1\n", "x".repeat(9 << 20))).starts_with("a.csv, line 400002: a"));
    }

    #[test]
    fn a_letter_far_below_tells_the_encoding() {
        let mut bytes = "some words,1\n".repeat(400_000).into_bytes();
        bytes.splice(..0, *b"text,id\n");
        bytes.extend_from_slice(b"caf\xE9,2\n");
        let mut found = stream("a.csv", &bytes, 1 << 16).unwrap();
        assert!(found.head.notes.iter().any(|note| note.contains("windows-1252")), "{:?}", found.head.notes);
        assert_eq!(found.by_ref().last().unwrap().unwrap().fields, ["café", "2"]);
        found.rewind().unwrap();
        assert_eq!(found.count(), 400_001);
    }

    proptest! {
        /// However the bytes come, the rows are those of the table, and those without a text between them.
        #[test]
        fn a_stream_has_the_rows_of_the_table(
            text in "(a,b\n)?([ab\",;é]{0,3}[,;][ab\", é]{0,3}\r?\n){1,6}([ab\",;\n é]{0,20})",
            name in prop::sample::select(vec!["a.csv", "a.tsv", "a.txt"]),
            drops in 1usize..5,
            encoding in prop::sample::select(vec!["UTF-8", "mark", "UTF-16", "windows-1252"]),
        ) {
            let bytes = match encoding {
                "mark" => format!("\u{FEFF}{text}").into_bytes(),
                "UTF-16" => format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
                "windows-1252" => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
                _ => text.into_bytes(),
            };
            let Ok(table) = Table::parse(name, &bytes) else { return Ok(()) };
            if table.columns.len() == 1 {
                return Ok(());
            }
            let mut stream = stream(name, &bytes, drops).unwrap();
            if stream.head.columns.len() == 1 {
                return Ok(());
            }
            for _ in 0..2 {
                let found: Vec<Row> = stream
                    .by_ref()
                    .map(Result::unwrap)
                    .filter(|record| !record.fields.iter().all(|field| field.trim().is_empty()))
                    .map(|record| Row { line: record.line, fields: record.fields })
                    .collect();
                prop_assert_eq!(&found, &table.rows);
                stream.rewind().unwrap();
            }
        }

        #[test]
        fn no_bytes_panic(
            bytes in prop::collection::vec(prop::sample::select(b"ab\",;\t\n\r{}:[]1.\xFF\xFE\xC3\xA9\0".to_vec()), 0..80),
            name in prop::sample::select(vec!["a.csv", "a.tsv", "a.jsonl", "a.txt", "a"]),
            drops in 1usize..5,
        ) {
            if let Ok(stream) = stream(name, &bytes, drops) {
                let width = stream.head.columns.len();
                for record in stream.flatten() {
                    prop_assert_eq!(record.fields.len(), width);
                }
            }
        }
    }
}
