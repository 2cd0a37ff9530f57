//! A file whose texts are to be labelled: first looked through as a whole, then given row by row, in constant memory.

mod lines;

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::rows::Rows;
use super::table::{ReadOptions, Row, Table, open};
use crate::error::{Error, Result};
pub use lines::Lines;

/// Rows that are enough to choose the columns by, or fewer long ones.
const HEAD_ROWS: usize = 20_000;
const HEAD_BYTES: usize = 8 << 20;

/// A row of a data file.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The line of the file on which it begins, from 1; see [`Row::line`].
    pub line: u64,
    /// A field for each column of the table.
    pub fields: Vec<String>,
    /// A line of JSON Lines as it is.
    pub object: Option<Map<String, Value>>,
}

/// A data file that was looked through.
pub struct Stream {
    /// The first rows, with all columns that the file has.
    pub head: Table,
    /// Rows of the file.
    pub rows: u64,
    source: Source,
}

enum Source {
    /// Read again, row by row.
    Text(PathBuf),
    /// Of a format that is read as a whole.
    Table(Vec<Row>),
}

impl Stream {
    /// Looks through a file. In delimited text every row counts that has a delimiter, and in one column every line but
    /// the blank ones at the end.
    ///
    /// # Errors
    /// As [`Table::read`], but for the number of rows of delimited text and JSON Lines.
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_dir() || !super::table::is_text(path, &open(path)?)? {
            let mut table = Table::read(path)?;
            let rows = std::mem::take(&mut table.rows);
            table.rows = rows.iter().take(HEAD_ROWS).cloned().collect();
            return Ok(Stream { head: table, rows: rows.len() as u64, source: Source::Table(rows) });
        }
        let mut rows = text_rows(path)?;
        let mut head = Table {
            file: rows.file.clone(),
            columns: Vec::new(),
            has_header: rows.has_header,
            rows: Vec::new(),
            reading: rows.reading.clone(),
            notes: rows.notes.clone(),
        };
        let (mut count, mut bytes, mut blank) = (0, 0, 0);
        while let Some(row) = rows.next().transpose()? {
            // a line of JSON is a row whatever is in it
            if is_blank(&row) && rows.columns.len() == 1 && rows.object.is_none() {
                blank += 1;
                continue;
            }
            count += std::mem::take(&mut blank) + 1;
            if head.rows.len() < HEAD_ROWS && bytes < HEAD_BYTES {
                bytes += row.fields.iter().map(String::len).sum::<usize>();
                head.rows.push(row);
            }
        }
        head.columns.clone_from(&rows.columns);
        head.reading = rows.reading;
        head.rows.iter_mut().for_each(|row| row.fields.resize(head.columns.len(), String::new()));
        if count == 0 {
            let message = "the file has no row of data; expected texts to label";
            return Err(Error::data(&head.file, head.reading.header_line, message));
        }
        Ok(Stream { head, rows: count, source: Source::Text(path.to_owned()) })
    }

    /// The rows, from the first.
    ///
    /// # Errors
    /// The file cannot be read again.
    pub fn records(self) -> Result<Box<dyn Iterator<Item = Result<Record>> + Send>> {
        let width = self.head.columns.len();
        let path = match self.source {
            Source::Table(rows) => {
                let record = |Row { line, fields }| Ok(Record { line, fields, object: None });
                return Ok(Box::new(rows.into_iter().map(record)));
            }
            Source::Text(path) => path,
        };
        let mut rows = text_rows(&path)?;
        let records = std::iter::from_fn(move || {
            let row = rows.next()?;
            Some(row.map(|Row { line, mut fields }| {
                fields.resize(width, String::new());
                Record { line, fields, object: rows.object.take() }
            }))
        });
        // blank lines at the end are no rows
        Ok(Box::new(records.take(self.rows as usize)))
    }
}

fn text_rows(path: &Path) -> Result<Rows<File>> {
    let mut rows = Rows::new(&path.display().to_string(), open(path)?, &ReadOptions::default())?;
    rows.as_they_are = true;
    Ok(rows)
}

fn is_blank(row: &Row) -> bool {
    row.fields.iter().all(|field| field.trim().is_empty())
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
        let stream = Stream::open(path)?;
        let (rows, width) = (stream.rows, stream.head.columns.len());
        let records = stream.records()?.collect::<Result<Vec<_>>>()?;
        assert_eq!(records.len() as u64, rows);
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
            with_file("a.csv", text.as_bytes(), |path| Stream::open(path).map(|_| ()))
                .unwrap_err()
                .to_string()
        };
        assert!(refused("a\n").contains("a.csv, line 700002: found 1 field, expected 2"));
        assert!(refused("x,1\n\"a,b\nc,d\n").contains("a.csv, line 700003: a double quote opens here"));
    }

    proptest! {
        /// The rows are those of the table, with those without any text between them.
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
                .filter(|row| !is_blank(row))
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
