//! Cuts delimited text into records, according to RFC 4180 and its common variants.

use super::decode::Decoded;
use super::table::Row;
use crate::error::{Error, Result};
use crate::spec::quote::{count, quoted};
use std::io::Read;

pub(super) const MAX_COLUMNS: usize = 1000;
pub(crate) const MAX_ROWS: usize = 1_000_000;
pub(super) const MAX_FIELDS: usize = 20_000_000;
pub(crate) const MAX_FIELD_BYTES: usize = 1 << 20;

/// The rules that divide a record into fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Format {
    /// An ASCII character, or `None` if a line is one field.
    pub delimiter: Option<u8>,
    /// The character that opens and closes a quoted field, or `None` if quotes are text.
    pub quote: Option<u8>,
    /// Whether `\"` is a quote inside quotes, in addition to a doubled one.
    pub escape: bool,
    /// Whether blanks after a delimiter are skipped.
    pub blanks: bool,
}

impl Format {
    pub const fn new(delimiter: Option<u8>, quote: Option<u8>) -> Self {
        Format { delimiter, quote, escape: false, blanks: false }
    }

    /// The advice for a record with more or fewer fields than others.
    fn advice(&self) -> String {
        match (self.delimiter, self.quote) {
            (Some(b'\t'), None) => "check the tabs in it".into(),
            (Some(b'\t'), _) => "a field with a tab in it must be in double quotes".into(),
            (Some(other), _) => {
                format!("a field with {:?} in it must be in double quotes", char::from(other))
            }
            (None, _) => "check the quotes".into(),
        }
    }
}

/// A record at the beginning of a text.
#[derive(Debug, PartialEq)]
pub(super) struct Cut {
    pub fields: Vec<String>,
    /// The indices of quoted fields.
    pub quoted: Vec<usize>,
    /// Whether each quoted field ends at its closing quote, and no opening quote follows a blank.
    pub tidy: bool,
    /// The length in bytes, with the line end.
    pub bytes: usize,
    /// The number of line ends in it.
    pub lines: u64,
}

/// The reason why a text does not begin with a record, and the number of lines above the fault.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub lines: u64,
    pub message: String,
}

/// Cuts off the first record of a text. Returns `None` if the text has not `ended` and the record may continue after
/// it. As in every common reader, a quote inside an unquoted field is text, and so are the characters between a closing
/// quote and the delimiter.
pub(super) fn cut(text: &str, format: Format, ended: bool) -> std::result::Result<Option<Cut>, Fault> {
    let mut cut = Cut { fields: Vec::new(), quoted: Vec::new(), tidy: true, bytes: 0, lines: 0 };
    if text.is_empty() && !ended {
        return Ok(None);
    }
    loop {
        let Some(is_last) = field(text, format, ended, &mut cut)? else { return Ok(None) };
        if cut.fields.len() > MAX_COLUMNS {
            let message = format!(
                "found more than {MAX_COLUMNS} fields; expected a table of a text and a label column"
            );
            return Err(Fault { lines: 0, message });
        }
        if is_last {
            return Ok(Some(cut));
        }
    }
}

/// Adds the next field. Returns whether the record ends with it.
fn field(text: &str, format: Format, ended: bool, cut: &mut Cut) -> std::result::Result<Option<bool>, Fault> {
    let bytes = text.as_bytes();
    let mut at = cut.bytes;
    let opened = cut.lines;
    let mut field = String::new();
    let take = |field: &mut String, at: &mut usize, length: usize| {
        check_bytes(field.len() + length).map_err(|message| Fault { lines: opened, message })?;
        let part = &text[*at..*at + length];
        field.push_str(part);
        *at += length;
        Ok::<u64, Fault>(part.bytes().filter(|&byte| byte == b'\n').count() as u64)
    };
    let blanks = bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
    let quote = format.quote.filter(|quote| bytes.get(at + blanks) == Some(quote));
    if quote.is_some() && blanks > 0 && !format.blanks {
        cut.tidy = false;
    }
    if format.blanks {
        at += blanks;
    }
    if let Some(quote) = quote.filter(|_| blanks == 0 || format.blanks) {
        cut.quoted.push(cut.fields.len());
        at += 1;
        loop {
            let stop = |byte: &u8| *byte == quote || format.escape && *byte == b'\\';
            let Some(length) = bytes[at..].iter().position(stop) else {
                check_bytes(field.len() + text.len() - at)
                    .map_err(|message| Fault { lines: opened, message })?;
                return match ended {
                    true => Err(unclosed(quote, opened)),
                    false => Ok(None),
                };
            };
            cut.lines += take(&mut field, &mut at, length)?;
            let next = bytes.get(at + 1).copied();
            if next.is_none() && !ended {
                return Ok(None);
            }
            match (bytes[at], next) {
                (byte, Some(next)) if next == quote || byte == b'\\' && next == b'\\' => {
                    field.push(char::from(next));
                    at += 2;
                }
                (b'\\', _) => {
                    field.push('\\');
                    at += 1;
                }
                _ => break,
            }
        }
        at += 1;
        if format.blanks {
            let blanks = bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
            let after = bytes.get(at + blanks).copied();
            if after.is_none() && !ended {
                return Ok(None);
            }
            if after.is_none() || after == format.delimiter || after == Some(b'\n') {
                at += blanks;
            }
        }
    }
    let rest = &bytes[at..];
    let end = rest.iter().position(|&byte| Some(byte) == format.delimiter || byte == b'\n');
    if end.is_none() && !ended {
        check_bytes(field.len() + rest.len()).map_err(|message| Fault { lines: opened, message })?;
        return Ok(None);
    }
    let length = end.unwrap_or(rest.len());
    if cut.quoted.last() == Some(&cut.fields.len()) && length > 0 {
        cut.tidy = false;
    }
    take(&mut field, &mut at, length)?;
    let last = bytes.get(at).copied();
    at += usize::from(last.is_some());
    cut.lines += u64::from(last == Some(b'\n'));
    cut.bytes = at;
    cut.fields.push(field);
    Ok(Some(last != format.delimiter || last.is_none()))
}

fn unclosed(quote: u8, lines: u64) -> Fault {
    let message = match quote {
        b'"' => {
            "a double quote opens here and is never closed; close it, or write \"\" for a quote inside quotes"
        }
        _ => "a single quote opens here and is never closed; close it, or write '' for a quote inside quotes",
    };
    Fault { lines, message: message.into() }
}

/// The records of a text. Records without any text are skipped, unless all are wanted.
pub(super) struct Records<R> {
    decoded: Decoded<R>,
    format: Format,
    pub with_blank: bool,
    failed: bool,
}

impl<R: Read> Records<R> {
    pub fn new(decoded: Decoded<R>, format: Format) -> Self {
        Records { decoded, format, with_blank: false, failed: false }
    }

    /// The number of bytes read from the file.
    pub fn position(&self) -> u64 {
        self.decoded.position()
    }

    fn record(&mut self) -> Result<Option<Row>> {
        loop {
            let (rest, ended) = (self.decoded.rest(), self.decoded.ended());
            if rest.is_empty() && ended {
                return Ok(None);
            }
            let line = self.decoded.line();
            match cut(rest, self.format, ended) {
                Ok(Some(cut)) => {
                    self.decoded.advance(cut.bytes, cut.lines);
                    if self.with_blank || !is_blank(&cut.fields) {
                        return Ok(Some(Row { line, fields: cut.fields }));
                    }
                }
                Ok(None) => {
                    let length = rest.len();
                    self.decoded.fill(length + length.max(1 << 16))?;
                }
                Err(Fault { lines, message }) => {
                    return Err(Error::data(&self.decoded.file, line + lines, message));
                }
            }
        }
    }
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.record();
        self.failed = record.is_err();
        record.transpose()
    }
}

pub(super) fn is_blank(fields: &[String]) -> bool {
    fields.iter().all(|field| field.trim().is_empty())
}

/// Makes a record as wide as the table. Surplus fields may be blank, as spreadsheets leave them.
///
/// # Errors
/// The record has more or fewer fields than the table.
pub(super) fn fit(file: &str, row: &mut Row, width: usize, first_line: u64, format: Format) -> Result<()> {
    let found = row.fields.len();
    if found == width || found > width && is_blank(&row.fields[width..]) {
        row.fields.truncate(width);
        return Ok(());
    }
    let begins = row.fields.iter().find(|field| !field.trim().is_empty()).map_or("", |field| field.trim());
    Err(Error::data(
        file,
        row.line,
        format!(
            "found {}, expected {width} as in line {first_line}; {}; the line begins with {}",
            count(found, "field"),
            format.advice(),
            quoted(begins)
        ),
    ))
}

fn check_bytes(bytes: usize) -> std::result::Result<(), String> {
    match bytes > MAX_FIELD_BYTES {
        true => Err(
            "a field has more than 1 MiB; expected a text of some sentences: check the quotes, or cut the \
                     text"
                .into(),
        ),
        false => Ok(()),
    }
}

/// Refuses a field over 1 MiB.
pub(super) fn check_field(file: &str, line: u64, bytes: usize) -> Result<()> {
    check_bytes(bytes).map_err(|message| Error::data(file, line, message))
}

/// Refuses more than a million rows of data or 20 million fields.
pub(super) fn check_rows(file: &str, rows: usize, columns: usize) -> Result<()> {
    if rows > MAX_ROWS || rows * columns > MAX_FIELDS {
        return Err(Error::data(
            file,
            None,
            format!(
                "more than {} rows of {columns} columns; expected at most {MAX_ROWS} rows and {MAX_FIELDS} \
                 fields: take a sample",
                rows - 1
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    const CSV: Format = Format::new(Some(b','), Some(b'"'));
    const TSV: Format = Format::new(Some(b'\t'), None);

    fn rows(text: &str, format: Format) -> Result<Vec<(u64, Vec<String>)>> {
        let decoded = Decoded::new("f", Cursor::new(text.as_bytes()), &mut Vec::new())?;
        Records::new(decoded, format).map(|row| row.map(|row| (row.line, row.fields))).collect()
    }

    fn fields(text: &str, format: Format) -> Vec<Vec<String>> {
        rows(text, format).unwrap().into_iter().map(|(_, fields)| fields).collect()
    }

    #[test]
    fn quoted_fields_hold_delimiters_quotes_and_lines() {
        let found = rows("a,b\n\"x, \"\"y\"\"\nz\",1\n\nlast,2", CSV).unwrap();
        let expected = [(1, ["a", "b"]), (2, ["x, \"y\"\nz", "1"]), (5, ["last", "2"])];
        assert_eq!(found, expected.map(|(line, fields)| (line, fields.map(String::from).to_vec())));
    }

    #[test]
    fn a_lone_quote_in_a_tab_separated_file_is_text() {
        assert_eq!(rows("\" He said\t1\nNo \"\t0\n", TSV).unwrap()[0].1, ["\" He said", "1"]);
    }

    #[test]
    fn escaped_quotes_single_quotes_and_blanks_are_read_where_the_format_says_so() {
        let escaped = Format { escape: true, ..CSV };
        assert_eq!(fields(r#""a \"b\", c\\ \d",x"#, escaped), [[r#"a "b", c\ \d"#, "x"]]);
        let blanks = Format { blanks: true, ..CSV };
        assert_eq!(fields(" \"a, b\" , \"c\"\n d,  e\n", blanks), [["a, b", "c"], ["d", "e"]]);
        let single = Format { quote: Some(b'\''), ..CSV };
        assert_eq!(fields("'it''s, so','\"x\"'\n", single), [["it's, so", "\"x\""]]);
        let line = Format::new(None, Some(b'"'));
        assert_eq!(fields("a, b\n\"c, d\"\n", line), [["a, b"], ["c, d"]]);
    }

    #[test]
    fn an_unclosed_quote_is_refused_where_it_opens() {
        let error = rows("a,b\nx,y\nu,\"v\nw,x\n", CSV).unwrap_err().to_string();
        assert!(error.starts_with("f, line 3: a double quote opens here"), "{error}");
    }

    #[test]
    fn too_many_columns_and_too_long_fields_are_refused() {
        assert!(rows(&",x".repeat(1000), CSV).unwrap_err().to_string().contains("more than 1000 fields"));
        assert!(rows(&"x".repeat(MAX_FIELD_BYTES + 1), CSV).unwrap_err().to_string().contains("1 MiB"));
        assert!(rows(&format!("\"{}", "x".repeat(MAX_FIELD_BYTES + 1)), CSV).is_err());
    }

    #[test]
    fn records_that_are_longer_than_a_block_are_read_whole() {
        let long = "é\"\"\n".repeat(100_000);
        let read = rows(&format!("a,b\n\"{long}\",1\nc,d\n"), CSV).unwrap();
        assert_eq!((read[1].1[0].len(), read[2].0), (long.len() - 100_000, 100_003));
    }

    #[test]
    fn the_limit_of_rows_is_one_of_rows_of_data() {
        assert!(check_rows("f", 1_000_000, 2).is_ok());
        assert!(check_rows("f", 1_000_001, 2).is_err() && check_rows("f", 1_000_000, 21).is_err());
    }

    proptest! {
        /// The csv crate is the oracle; it drops a record only if the line is empty.
        #[test]
        fn records_are_those_of_the_csv_crate(text in "[ab\",;\n é]{0,40}") {
            let Ok(ours) = rows(&text, CSV) else { return Ok(()) };
            let ours: Vec<Vec<String>> = ours.into_iter().map(|(_, fields)| fields).collect();
            let theirs: Vec<Vec<String>> = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes())
                .records()
                .map(|record| record.unwrap().iter().map(String::from).collect())
                .filter(|fields: &Vec<String>| !is_blank(fields))
                .collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn what_the_csv_crate_writes_is_read_back(rows in prop::collection::vec(prop::collection::vec("x[a\",\n\t;é]{0,6}", 3), 1..6)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(fields(&text, CSV), rows);
        }

        /// A text that is cut anywhere gives the same record, or none.
        #[test]
        fn a_record_does_not_depend_on_how_much_follows(text in "[a',\" \\\\\n]{0,20}", escape: bool, blanks: bool, at in 0usize..20) {
            let format = Format { escape, blanks, ..CSV };
            let Ok(Some(whole)) = cut(&text, format, true) else { return Ok(()) };
            if let Some(part) = text.get(..at)
                && let Some(found) = cut(part, format, false).unwrap()
            {
                prop_assert_eq!(found, whole);
            }
        }
    }
}
