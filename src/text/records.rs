//! Delimited text to records, after RFC 4180.

use super::table::Row;
use crate::error::{Error, Result};

const MAX_COLUMNS: usize = 1000;
pub(crate) const MAX_ROWS: usize = 1_000_000;
const MAX_FIELDS: usize = 20_000_000;
pub(crate) const MAX_FIELD_BYTES: usize = 1 << 20;

/// How the fields of a record are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Format {
    /// An ASCII character.
    pub delimiter: u8,
    /// Whether a field that begins with `"` is quoted; if not, a quote is text.
    pub quoted: bool,
}

/// The records of a text with `\n` line ends; records without any text are passed over.
/// As in every common reader, a quote inside an unquoted field is text, and so is what follows a
/// closing quote up to the delimiter.
pub(super) struct Records<'a> {
    file: &'a str,
    text: &'a str,
    format: Format,
    at: usize,
    line: u64,
    /// Whether the text goes on where it ends here.
    cut: bool,
}

impl<'a> Records<'a> {
    pub fn new(file: &'a str, text: &'a str, format: Format) -> Self {
        Records { file, text, format, at: 0, line: 1, cut: false }
    }

    /// The text is of the file from this line on.
    pub fn from_line(self, line: u64) -> Self {
        Records { line, ..self }
    }

    /// Leaves out a last record that may go on in what is not there.
    pub fn cut(self, cut: bool) -> Self {
        Records { cut, ..self }
    }

    /// The byte and the line that come next.
    pub fn place(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    /// All records, which must have the same number of fields.
    pub fn table(self) -> Result<Vec<Row>> {
        let file = self.file;
        let advice = match (self.format.delimiter, self.format.quoted) {
            (b'\t', false) => "check the tabs in it".to_string(),
            (b'\t', true) => "a field with a tab in it must be in double quotes".to_string(),
            (other, _) => format!("a field with {:?} in it must be in double quotes", char::from(other)),
        };
        let mut rows: Vec<Row> = Vec::new();
        for row in self {
            let row = row?;
            if let Some(first) = rows.first()
                && first.fields.len() != row.fields.len()
            {
                let (found, expected) = (row.fields.len(), first.fields.len());
                return Err(Error::data(
                    file,
                    row.line,
                    format!(
                        "found {}, expected {expected} as in line {}; {advice}",
                        super::words::count(found, "field"),
                        first.line,
                    ),
                ));
            }
            rows.push(row);
            check_rows(file, &rows)?;
        }
        Ok(rows)
    }

    /// The next record, blank or not.
    pub fn record(&mut self) -> Result<Row> {
        let line = self.line;
        let mut fields = Vec::new();
        loop {
            let (field, is_last) = self.field()?;
            fields.push(field);
            if fields.len() > MAX_COLUMNS {
                return Err(Error::data(
                    self.file,
                    line,
                    format!(
                        "found more than {MAX_COLUMNS} fields; expected a table of a text and a label column"
                    ),
                ));
            }
            if is_last {
                return Ok(Row { line, fields });
            }
        }
    }

    /// The next field, and whether its record ends with it.
    fn field(&mut self) -> Result<(String, bool)> {
        let opened = self.line;
        let mut field = String::new();
        if self.format.quoted && self.text.as_bytes().get(self.at) == Some(&b'"') {
            self.at += 1;
            loop {
                let rest = &self.text[self.at..];
                let Some(length) = rest.find('"') else {
                    return Err(Error::data(
                        self.file,
                        opened,
                        "a double quote opens here and is never closed; close it, or write \"\" for a \
                         quote inside quotes",
                    ));
                };
                self.take(length, &mut field, opened)?;
                self.at += 1;
                if self.text.as_bytes().get(self.at) != Some(&b'"') {
                    break;
                }
                self.at += 1;
                field.push('"');
            }
        }
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|&byte| byte == self.format.delimiter || byte == b'\n');
        self.take(length.unwrap_or(rest.len()), &mut field, opened)?;
        let end = length.map(|length| rest[length]);
        self.at += usize::from(end.is_some());
        self.line += u64::from(end == Some(b'\n'));
        Ok((field, end != Some(self.format.delimiter)))
    }

    fn take(&mut self, length: usize, field: &mut String, opened: u64) -> Result<()> {
        check_field(self.file, opened, field.len() + length)?;
        let part = &self.text[self.at..self.at + length];
        self.line += part.bytes().filter(|&byte| byte == b'\n').count() as u64;
        field.push_str(part);
        self.at += length;
        Ok(())
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.text.len() {
            let record = self.record();
            let is_cut =
                self.cut && (self.at == self.text.len() && !self.text.ends_with('\n') || record.is_err());
            match record {
                _ if is_cut => self.at = self.text.len(),
                Ok(row) if row.fields.iter().all(|field| field.trim().is_empty()) => {}
                Ok(row) => return Some(Ok(row)),
                Err(error) => {
                    self.at = self.text.len();
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Refuses a field over 1 MiB.
pub(super) fn check_field(file: &str, line: u64, bytes: usize) -> Result<()> {
    if bytes > MAX_FIELD_BYTES {
        return Err(Error::data(
            file,
            line,
            "a field has more than 1 MiB; expected a text of some sentences: check the quotes, or cut the \
             text",
        ));
    }
    Ok(())
}

/// Refuses more than a million rows or 20 million fields.
pub(super) fn check_rows(file: &str, rows: &[Row]) -> Result<()> {
    let columns = rows.first().map_or(0, |row| row.fields.len());
    if rows.len() > MAX_ROWS || rows.len() * columns > MAX_FIELDS {
        return Err(Error::data(
            file,
            None,
            format!(
                "more than {} rows of {columns} columns; expected at most {MAX_ROWS} rows and {MAX_FIELDS} \
                 fields: take a sample",
                rows.len() - 1
            ),
        ));
    }
    Ok(())
}

/// Whether a tab-separated text is quoted. GLUE's files are not: there, a quote is text. So quotes
/// count only where they are consistent: the first line has several fields, all quoted; or every
/// field that begins with a quote is a complete quoted one, and some of them hold a doubled quote.
pub(super) fn tabs_are_quoted(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    if first.contains('\t') && first.split('\t').all(|field| quoted_inside(field).is_some()) {
        return true;
    }
    let mut some_doubled = false;
    for field in text.split(['\t', '\n']).filter(|field| field.starts_with('"')) {
        match quoted_inside(field) {
            Some(inside) => some_doubled |= inside.contains("\"\""),
            None => return false,
        }
    }
    some_doubled
}

/// What is between the quotes of a complete quoted field.
fn quoted_inside(field: &str) -> Option<&str> {
    let inside = field.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.replace("\"\"", "").contains('"')).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CSV: Format = Format { delimiter: b',', quoted: true };
    const TSV: Format = Format { delimiter: b'\t', quoted: false };

    fn rows(text: &str, format: Format) -> Result<Vec<(u64, Vec<String>)>> {
        Ok(Records::new("f", text, format).table()?.into_iter().map(|row| (row.line, row.fields)).collect())
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
    fn rows_of_uneven_length_are_refused_with_their_line() {
        let error = rows("a,b\n\nc\n", CSV).unwrap_err().to_string();
        assert!(error.starts_with("f, line 3: found 1 field, expected 2 as in line 1;"), "{error}");
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
    }

    #[test]
    fn tab_separated_files_are_quoted_only_where_all_of_it_says_so() {
        assert!(tabs_are_quoted("\"a\"\t\"b\"\n\"x\ny\"\t\"1\"\n"));
        assert!(tabs_are_quoted("a\tb\n\"\"\"No,\"\" she said\"\t1\n"));
        assert!(!tabs_are_quoted("a\tb\n\"No\", she said \"\"\t1\n"));
        assert!(!tabs_are_quoted("a\tb\n\"Come here.\"\t1\n"));
        assert!(!tabs_are_quoted("a\tb\n\"He said\"\"x\"\t1\n\" lone\t0\n"));
    }

    proptest! {
        /// The csv crate is the oracle; it drops a record only where the line is empty.
        #[test]
        fn records_are_those_of_the_csv_crate(text in "[ab\",;\n é]{0,40}") {
            let ours: Vec<Vec<String>> = match Records::new("f", &text, CSV).collect::<Result<Vec<_>>>() {
                Ok(rows) => rows.into_iter().map(|row| row.fields).collect(),
                Err(_) => return Ok(()),
            };
            let theirs: Vec<Vec<String>> = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes())
                .records()
                .map(|record| record.unwrap().iter().map(String::from).collect())
                .filter(|fields: &Vec<String>| !fields.iter().all(|field| field.trim().is_empty()))
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
            let read: Vec<Vec<String>> = Records::new("f", &text, CSV).table().unwrap().into_iter().map(|row| row.fields).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
