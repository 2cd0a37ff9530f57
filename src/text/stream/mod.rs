//! Reads a file of texts to label. A first pass looks through the whole file, then the rows come one by one, in
//! constant memory. Of a pipe, the first pass sees only the beginning, and the rows come as they arrive.

mod lines;
mod text_rows;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Map, Value};

use super::decode::{Decoded, Once, head};
use super::open::{Opened, begins_as_text, is_text, open, whole};
use super::rows::Rows;
use super::table::{ReadOptions, Row, Table};
use crate::error::{Error, Result};
pub use lines::Lines;
use text_rows::TextRows;

/// The number of rows from which the columns are chosen. Fewer do if they are long.
const HEAD_ROWS: usize = 20_000;
const HEAD_BYTES: usize = 8 << 20;

/// A row of a data file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The line of the file on which it begins, from 1; see [`Row::line`].
    pub line: u64,
    /// A field for each column of the table. A pipe may give more: the values of keys that appear late.
    pub fields: Vec<String>,
    /// The unchanged object of a line of JSON Lines.
    pub object: Option<Map<String, Value>>,
}

/// A data file after the first pass.
pub struct Stream {
    /// The first rows, with all columns of the file; of a pipe, only the columns of these rows.
    pub head: Table,
    /// The number of rows; `None` for a pipe.
    pub rows: Option<u64>,
    /// Whether a broken character was replaced so far without a note about it.
    pub broken: Arc<AtomicBool>,
    source: Source,
}

enum Source {
    /// Text that is read again, row by row.
    Text(PathBuf, ReadOptions),
    /// The first rows, and the source of the others.
    Pipe(Vec<Record>, Box<TextRows<Once>>),
    /// All rows, for a format that is read as a whole.
    Table(Vec<Row>),
}

impl Stream {
    /// Looks through a file, or at the beginning of a pipe. In delimited text, every row with a delimiter counts; in
    /// one column, every line except blank ones at the end.
    ///
    /// # Errors
    /// Those of [`Table::read_with`], except that delimited text and JSON Lines may have any number of rows.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self> {
        if path.is_dir() {
            return Ok(Stream::of_table(Table::read_with(path, options)?));
        }
        match open(path)? {
            Opened::Pipe(pipe) => Stream::of_pipe(path, pipe, options),
            Opened::File(file) if is_text(path, &file)? => Stream::of_text(path, file, options),
            Opened::File(_) => Ok(Stream::of_table(Table::read_with(path, options)?)),
        }
    }

    fn of_table(mut table: Table) -> Self {
        let rows = std::mem::take(&mut table.rows);
        table.rows = rows.iter().take(HEAD_ROWS).cloned().collect();
        let (count, broken) = (Some(rows.len() as u64), Arc::default());
        Stream { head: table, rows: count, broken, source: Source::Table(rows) }
    }

    fn of_text(path: &Path, file: File, options: &ReadOptions) -> Result<Self> {
        let mut rows = TextRows::new(Rows::new(&path.display().to_string(), file, options)?);
        let first = first_rows(&mut rows)?;
        let mut count = first.len() as u64;
        for record in &mut rows {
            record?;
            count += 1;
        }
        let (head, broken) = (rows.head(&first)?, Arc::default());
        let source = Source::Text(path.to_owned(), options.clone());
        Ok(Stream { head, rows: Some(count), broken, source })
    }

    fn of_pipe(path: &Path, mut pipe: File, options: &ReadOptions) -> Result<Self> {
        let name = path.display().to_string();
        let start = head(&name, &mut pipe)?;
        if !begins_as_text(&start) || start.is_empty() {
            let bytes = whole(path, std::io::Read::chain(&start[..], pipe))?;
            return Ok(Stream::of_table(Table::parse_with(&name, &bytes, options)?));
        }
        super::open::check_kind(&name, &start)?;
        let mut notes = Vec::new();
        let decoded = Decoded::once(&name, start, pipe, &mut notes)?;
        let broken = decoded.broken.clone();
        let mut rows = TextRows::new(Rows::from_decoded(decoded, notes, options)?);
        let first = first_rows(&mut rows)?;
        let head = rows.head(&first)?;
        Ok(Stream { head, rows: None, broken, source: Source::Pipe(first, Box::new(rows)) })
    }

    /// Returns the rows, from the first.
    ///
    /// # Errors
    /// The file cannot be read again.
    pub fn records(self) -> Result<Box<dyn Iterator<Item = Result<Record>> + Send>> {
        let width = self.head.columns.len();
        let widened = move |mut record: Record| {
            if record.fields.len() < width {
                record.fields.resize(width, String::new());
            }
            record
        };
        Ok(match self.source {
            Source::Table(rows) => {
                let record = |Row { line, fields }| Ok(Record { line, fields, object: None });
                Box::new(rows.into_iter().map(record))
            }
            Source::Text(path, options) => {
                let Opened::File(file) = open(&path)? else {
                    let message = "the file was replaced by a pipe while it was read; run the command again";
                    return Err(Error::data(path.display().to_string(), None, message));
                };
                let rows = TextRows::new(Rows::new(&path.display().to_string(), file, &options)?);
                Box::new(rows.map(move |record| record.map(widened)))
            }
            Source::Pipe(first, rest) => {
                Box::new(first.into_iter().map(Ok).chain(rest).map(move |record| record.map(widened)))
            }
        })
    }
}

/// Reads enough rows to choose the columns, or all of them.
fn first_rows<R: std::io::Read>(rows: &mut TextRows<R>) -> Result<Vec<Record>> {
    let (mut first, mut bytes) = (Vec::new(), 0);
    while first.len() < HEAD_ROWS && bytes < HEAD_BYTES {
        let Some(record) = rows.next().transpose()? else { break };
        bytes += record.fields.iter().map(String::len).sum::<usize>();
        first.push(record);
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with_file<T>(name: &str, bytes: &[u8], work: impl FnOnce(&Path) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        work(&path)
    }

    fn records(path: &Path) -> Result<Vec<Record>> {
        let stream = Stream::open(path, &ReadOptions::default())?;
        let (rows, width) = (stream.rows, stream.head.columns.len());
        let records = stream.records()?.collect::<Result<Vec<_>>>()?;
        assert_eq!(Some(records.len() as u64), rows);
        assert!(records.iter().all(|record| record.fields.len() == width));
        Ok(records)
    }

    fn rows(name: &str, text: &str) -> Vec<(u64, Vec<String>)> {
        let found = with_file(name, text.as_bytes(), records).unwrap();
        found.into_iter().map(|record| (record.line, record.fields)).collect()
    }

    fn lines(expected: &[(u64, &str)]) -> Vec<(u64, Vec<String>)> {
        expected.iter().map(|(line, text)| (*line, vec![(*text).to_owned()])).collect()
    }

    #[test]
    fn one_column_is_a_text_a_line_and_has_a_header_only_by_name() {
        let two = lines(&[(1, "refund please"), (2, "where is it")]);
        assert_eq!(rows("a.csv", "refund please\nwhere is it\n"), two);
        assert_eq!(rows("a.csv", "text\nwhere is it\n"), lines(&[(2, "where is it")]));
        assert_eq!(rows("a.csv", "text\nhello, you\nbye\n"), lines(&[(2, "hello, you"), (3, "bye")]));
        assert_eq!(rows("a.csv", "text\n\"a, \"\"b\"\"\nc\"\nd\n"), lines(&[(2, "a, \"b\"\nc"), (4, "d")]));
    }

    #[test]
    fn rows_without_a_text_keep_their_place() {
        assert_eq!(
            rows("a.csv", "text\n\na\n\n\nb\n\"\"\nc\n\n \n"),
            lines(&[(2, ""), (3, "a"), (4, ""), (5, ""), (6, "b"), (7, ""), (8, "c")])
        );
        let two = rows("a.csv", "text,id\na b,1\n,\n\n,2\n");
        let fields: Vec<(u64, &str, &str)> =
            two.iter().map(|(line, fields)| (*line, fields[0].as_str(), fields[1].as_str())).collect();
        assert_eq!(fields, [(2, "a b", "1"), (3, "", ""), (5, "", "2")]);
    }

    #[test]
    fn a_line_of_json_is_kept_as_it_is_and_a_late_key_is_a_column() {
        let text = "{\"text\": \"a\", \"id\": 1.50}\n\n{\"id\": null, \"text\": \"b\\nc\", \"x\": {\"y\": [1, 2]}}\n";
        let found = with_file("a.jsonl", text.as_bytes(), records).unwrap();
        assert_eq!(found[0].fields, ["a", "1.5", ""]);
        assert_eq!((found[1].line, found[1].fields[0].as_str()), (3, "b\nc"));
        assert_eq!(found[1].object.as_ref().unwrap()["x"]["y"], serde_json::json!([1, 2]));
        let empty = with_file("a.jsonl", b"{\"text\": \"a\"}\n{\"text\": \"\"}\n", records).unwrap();
        assert_eq!(empty.len(), 2);
    }

    #[test]
    fn a_row_that_does_not_fit_is_refused_where_it_is() {
        let filler = "some words,1\n".repeat(700_000);
        let refused = |end: &str| {
            let text = format!("text,id\n{filler}{end}");
            with_file("a.csv", text.as_bytes(), |path| {
                Stream::open(path, &ReadOptions::default()).map(|_| ())
            })
            .unwrap_err()
            .to_string()
        };
        assert!(refused("a\n").contains("a.csv, line 700002: found 1 field, expected 2"));
        assert!(refused("x,1\n\"a,b\nc,d\n").contains("a.csv, line 700003: a double quote opens here"));
    }

    proptest! {
        /// The rows are those of the table, and the rows without any text between them.
        #[test]
        fn a_stream_has_the_rows_of_the_table(
            text in "(text,label\n)?([ab\",;é]{0,3}[,;][ab\", é]{0,3}\r?\n){1,6}([ab\",;\n é]{0,20})",
            name in prop::sample::select(vec!["a.csv", "a.tsv", "a.txt"]),
        ) {
            let Ok(table) = Table::parse(name, text.as_bytes()) else { return Ok(()) };
            let found: Vec<Row> = with_file(name, text.as_bytes(), records)
                .unwrap()
                .into_iter()
                .map(|Record { line, fields, .. }| Row { line, fields })
                .filter(|row| !row.fields.iter().all(|field| field.trim().is_empty()))
                .collect();
            prop_assert_eq!(found, table.rows);
        }

        #[test]
        fn no_bytes_panic(
            bytes in prop::collection::vec(prop::sample::select(b"ab\",;\t\n\r{}:[]1.\xFF\xFE\xC3\xA9\0".to_vec()), 0..80),
            name in prop::sample::select(vec!["a.csv", "a.tsv", "a.jsonl", "a.txt", "a"]),
        ) {
            let _ = with_file(name, &bytes, records);
        }
    }
}
