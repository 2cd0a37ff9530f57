//! Reads the rows of a data file one after the other.

use std::collections::HashSet;
use std::io::{Read, Seek};

use super::decode::Decoded;
use super::dialect::dialect;
use super::formats::json::{self, Keys, Shape};
use super::formats::{doccano_labels, exports::Export, fasttext, rasa};
use super::head::Head;
use super::records::{Format, Records, check_field, cut, fit, is_blank};
use super::table::{ReadOptions, Row, Table, extension};
use crate::error::{Error, Result};
use crate::spec::quote::{list, quoted};
use crate::spec::{LeftOut, Reading};
use serde_json::{Map, Value};

/// The length of the text from which the format is found.
const SAMPLE_BYTES: usize = 8 << 20;
/// The largest document. It is read as a whole.
const MAX_DOCUMENT_BYTES: u64 = 256 << 20;

/// A data file of a known format, and the iterator over its rows. Delimited text, JSON Lines and fastText are read in
/// constant memory; other formats are read as a whole before the first row.
pub struct Rows<R> {
    /// The name of the file in messages.
    pub file: String,
    /// The columns so far. Rows of JSON Lines may add columns at the end; earlier rows then have fewer fields.
    pub columns: Vec<String>,
    /// Whether the first row named the columns.
    pub has_header: bool,
    /// Its `rows` and `left_out` are complete once all rows were read.
    pub reading: Reading,
    /// Notes in plain words on how the file was read.
    pub notes: Vec<String>,
    /// Whether the rows come exactly as in the file: delimited text also gives blank rows (empty lines only in a table
    /// of one column), and JSON Lines also give the [`object`](Self::object).
    pub(super) as_they_are: bool,
    /// The object of the last row.
    pub(super) object: Option<Map<String, Value>>,
    kind: Kind<R>,
}

enum Kind<R> {
    Delimited { records: Records<R>, format: Format, first_line: u64, header: Option<Vec<String>> },
    Lines { decoded: Decoded<R>, keys: Keys, export: Option<Export> },
    FastText { decoded: Decoded<R> },
    Table(std::vec::IntoIter<Row>),
}

impl<R: Read + Seek> Rows<R> {
    /// Finds the format of a text file; see [`Table::parse`].
    ///
    /// # Errors
    /// Those of [`Table::parse`]. Faults below the first rows are reported when their rows are read.
    pub fn new(file: &str, source: R, options: &ReadOptions) -> Result<Self> {
        let mut notes = Vec::new();
        Rows::from_decoded(Decoded::new(file, source, &mut notes)?, notes, options)
    }
}

impl<R: Read> Rows<R> {
    /// Like [`new`](Self::new), for a text whose encoding is known. `notes` holds the notes on it.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub(super) fn from_decoded(
        mut decoded: Decoded<R>,
        notes: Vec<String>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let file = &decoded.file.clone();
        let encoding = Some(decoded.encoding.name().to_owned());
        decoded.fill(SAMPLE_BYTES)?;
        let extension = extension(file);
        if decoded.rest().trim().is_empty() && decoded.ended() {
            return Err(empty(file));
        }
        let shape = match options.delimiter {
            None => json::shape(&extension, decoded.rest(), decoded.ended()),
            Some(_) => None,
        };
        let mut rows = match shape {
            Some(Shape::Lines) => Rows::json_lines(file, decoded)?,
            Some(Shape::Document) => Rows::from(json::document(file, all_text(&mut decoded)?)?),
            None if fasttext::is_fasttext(decoded.rest()) => Rows {
                columns: vec!["text".into(), "label".into()],
                ..Rows::begin(file, "fastText", Kind::FastText { decoded })
            },
            None if rasa::is_rasa(&extension, decoded.rest()) => {
                Rows::from(rasa::table(file, all_text(&mut decoded)?)?)
            }
            None => Rows::delimited(file, &extension, decoded, options)?,
        };
        rows.reading.encoding = encoding;
        rows.notes.splice(0..0, notes);
        Ok(rows)
    }

    fn begin(file: &str, format: &str, kind: Kind<R>) -> Self {
        let reading = Reading { format: format.into(), ..Reading::default() };
        let (columns, notes) = (Vec::new(), Vec::new());
        let (as_they_are, object) = (false, None);
        Rows { file: file.into(), columns, has_header: true, reading, notes, as_they_are, object, kind }
    }

    fn json_lines(file: &str, decoded: Decoded<R>) -> Result<Self> {
        let mut sample = Vec::new();
        let mut keys = Keys::default();
        // the last line of the sample may be cut
        let whole =
            if decoded.ended() { decoded.rest().len() } else { decoded.rest().rfind('\n').unwrap_or(0) };
        let lines = decoded.rest()[..whole].lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        for (at, content) in lines.take(1000) {
            // the row with the fault is reported when it is read
            let Ok(object) = json::line_value(file, at as u64 + 1, content) else { break };
            sample.push(object);
        }
        let export = Export::recognise(&sample);
        for object in sample {
            let object = export.as_ref().map_or(object.clone(), |export| export.row(object));
            if keys.fields(file, 1, object).is_err() {
                break;
            }
        }
        let format = export.as_ref().map_or("JSON Lines", |export| export.name());
        let notes = export.as_ref().and_then(Export::note).into_iter().collect();
        let columns = keys.names.clone();
        Ok(Rows { columns, notes, ..Rows::begin(file, format, Kind::Lines { decoded, keys, export }) })
    }

    fn delimited(
        file: &str,
        extension: &str,
        mut decoded: Decoded<R>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let mut left_out = Vec::new();
        let mut delimiter = options.delimiter.map(delimiter_byte).transpose()?;
        if let Some((named, bytes)) = separator_line(decoded.rest()) {
            LeftOut::add(&mut left_out, "names the delimiter (sep=)", decoded.line());
            decoded.advance(bytes, 1);
            delimiter = delimiter.or(Some(named));
        }
        let rest = decoded.rest();
        let sample = match (decoded.ended(), rest.rfind('\n')) {
            (false, Some(end)) => &rest[..=end],
            _ => rest,
        };
        let format = dialect(sample, extension, delimiter);
        let (mut first_rows, mut at, mut line) = (Vec::new(), 0, decoded.line());
        while at < sample.len() {
            // the record with the fault is reported when it is read
            let Ok(Some(cut)) = cut(&sample[at..], format, true) else { break };
            at += cut.bytes;
            if !is_blank(&cut.fields) {
                first_rows.push(Row { line, fields: cut.fields });
            }
            line += cut.lines;
        }
        let head = Head::find(&first_rows, options.has_header);
        left_out.extend(head.passed_over);
        let mut records = Records::new(decoded, format);
        for _ in 0..head.first {
            records.next().transpose()?;
        }
        let first = first_rows.get(head.first);
        let first_line = first.map_or(1, |row| row.line);
        let width = head.width;
        let (mut columns, mut notes, mut header) = (names(&[], width).0, Vec::new(), None);
        if head.has_header {
            let row = records.next().transpose()?.unwrap_or(Row { line: 1, fields: Vec::new() });
            let cells: Vec<String> =
                row.fields.iter().take(width).map(|cell| cell.trim().to_owned()).collect();
            (columns, notes) = names(&cells, width);
            header = Some(cells);
        }
        for _ in 0..head.more {
            records.next().transpose()?;
        }
        notes.extend(head_note(head.is_unsure, head.has_header, first));
        let format_name = match format.delimiter {
            Some(b'\t') => "TSV",
            Some(_) => "CSV",
            None => "lines of text",
        };
        let kind = Kind::Delimited { records, format, first_line, header };
        let mut rows =
            Rows { columns, has_header: head.has_header, notes, ..Rows::begin(file, format_name, kind) };
        rows.reading.delimiter = format.delimiter.map(char::from);
        rows.reading.header_line = head.has_header.then_some(first_line);
        rows.reading.left_out = left_out;
        Ok(rows)
    }
}

impl<R> From<Table> for Rows<R> {
    fn from(table: Table) -> Self {
        Rows {
            file: table.file,
            columns: table.columns,
            has_header: table.has_header,
            reading: Reading { rows: 0, ..table.reading },
            notes: table.notes,
            as_they_are: false,
            object: None,
            kind: Kind::Table(table.rows.into_iter()),
        }
    }
}

impl<R: Read> Rows<R> {
    /// The number of bytes read from the file; `None` for a format that is read as a whole.
    pub fn position(&self) -> Option<u64> {
        match &self.kind {
            Kind::Delimited { records, .. } => Some(records.position()),
            Kind::Lines { decoded, .. } | Kind::FastText { decoded } => Some(decoded.position()),
            Kind::Table(_) => None,
        }
    }

    fn row(&mut self) -> Result<Option<Row>> {
        const TOO_LONG: &str = "the line has more than 8 MiB; expected one JSON object a line, such as {\"text\": \"...\", \
                                \"label\": \"...\"}";
        let width = self.columns.len();
        match &mut self.kind {
            Kind::Delimited { records, format, first_line, header } => loop {
                records.with_blank = self.as_they_are;
                let Some(mut row) = records.next().transpose()? else { return Ok(None) };
                if row.fields.len() < width && is_blank(&row.fields) {
                    continue;
                }
                if format.delimiter == Some(b'|') && is_drawn(&row.fields) {
                    LeftOut::add(&mut self.reading.left_out, "rule or end of a drawn table", row.line);
                    continue;
                }
                fit(&self.file, &mut row, width, *first_line, *format)?;
                let is_header =
                    |cells: &Vec<String>| row.fields.iter().map(|cell| cell.trim()).eq(cells.iter());
                if width > 1 && header.as_ref().is_some_and(is_header) {
                    LeftOut::add(&mut self.reading.left_out, "repeats the header", row.line);
                    continue;
                }
                return Ok(Some(row));
            },
            Kind::Lines { decoded, keys, export } => loop {
                let Some((line, content)) = decoded.next_line(json::MAX_LINE_BYTES, TOO_LONG)? else {
                    return Ok(None);
                };
                if content.trim().is_empty() {
                    continue;
                }
                let object = json::line_value(&self.file, line, &content)?;
                self.object = self.as_they_are.then(|| object.clone());
                let object = match export {
                    Some(export) => export.row(object),
                    None => object,
                };
                let fields = keys.fields(&self.file, line, object)?;
                self.columns.extend_from_slice(&keys.names[width..]);
                return Ok(Some(Row { line, fields }));
            },
            Kind::FastText { decoded } => loop {
                let Some((line, content)) =
                    decoded.next_line(json::MAX_LINE_BYTES, "the line has more than 8 MiB")?
                else {
                    return Ok(None);
                };
                if !content.trim().is_empty() {
                    check_field(&self.file, line, content.len())?;
                    return Ok(Some(Row { line, fields: fasttext::fields(&content) }));
                }
            },
            Kind::Table(rows) => Ok(rows.next()),
        }
    }

    /// Reads all rows into a table.
    ///
    /// # Errors
    /// A row cannot be read, or there are no rows, or more than a table may have.
    pub fn table(mut self) -> Result<Table> {
        let mut rows = Vec::new();
        while let Some(row) = self.row()? {
            rows.push(row);
            super::records::check_rows(&self.file, rows.len(), self.columns.len())?;
        }
        if self.columns.is_empty() {
            return Err(empty(&self.file));
        }
        if rows.is_empty() {
            let line = self.reading.header_line;
            let message =
                format!("found only a header ({}); expected rows of data below it", list(&self.columns));
            return Err(Error::data(&self.file, line, message));
        }
        for row in &mut rows {
            row.fields.resize(self.columns.len(), String::new());
        }
        if doccano_labels(&self.columns, &mut rows) {
            self.reading.format = "doccano export (CSV)".into();
        }
        self.reading.rows = rows.len();
        Ok(Table {
            file: self.file,
            columns: self.columns,
            has_header: self.has_header,
            rows,
            reading: self.reading,
            notes: self.notes,
        })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.row();
        match &row {
            Ok(Some(_)) => self.reading.rows += 1,
            Ok(None) => {}
            Err(_) => self.kind = Kind::Table(Vec::new().into_iter()),
        }
        row.transpose()
    }
}

/// Makes a table of the rows of a sheet, which all have the same number of fields.
///
/// # Errors
/// There are no rows below a header.
pub(super) fn grid(file: &str, mut rows: Vec<Row>, has_header: Option<bool>) -> Result<Table> {
    let head = Head::find(&rows, has_header);
    let first = rows.get(head.first).cloned();
    let header_line = first.as_ref().filter(|_| head.has_header).map(|row| row.line);
    let mut left_out = head.passed_over;
    let header = first.as_ref().map_or(&[][..], |row| &row.fields);
    let (columns, mut notes) = names(if head.has_header { header } else { &[] }, head.width);
    notes.extend(head_note(head.is_unsure, head.has_header, first.as_ref()));
    rows.drain(..head.first + usize::from(head.has_header) + head.more);
    if head.has_header && head.width > 1 {
        let repeats = |row: &Row| row.fields == header;
        rows.iter()
            .filter(|row| repeats(row))
            .for_each(|row| LeftOut::add(&mut left_out, "repeats the header", row.line));
        rows.retain(|row| !repeats(row));
    }
    if rows.is_empty() {
        let message = format!("found only a header ({}); expected rows of data below it", list(&columns));
        return Err(Error::data(file, header_line, message));
    }
    for row in &mut rows {
        row.fields.truncate(head.width);
    }
    let reading = Reading { header_line, rows: rows.len(), left_out, ..Reading::default() };
    Ok(Table { file: file.into(), columns, has_header: head.has_header, rows, reading, notes })
}

pub(super) fn empty(file: &str) -> Error {
    Error::data(file, None, "the file is empty; expected a table with a text and a label column")
}

/// Whether a row only draws the table, as Markdown and databases do: a rule such as `|---|:--:|` or `----+----`, or the
/// end `(40 rows)`.
fn is_drawn(fields: &[String]) -> bool {
    let is_rule =
        |field: &str| field.contains("--") && field.chars().all(|c| matches!(c, '-' | '+' | ':' | '=' | ' '));
    let mut filled = fields.iter().map(|field| field.trim()).filter(|field| !field.is_empty());
    let count = |field: &str| {
        let inside = field.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
        inside
            .split_once(' ')
            .is_some_and(|(count, rows)| count.parse::<u64>().is_ok() && matches!(rows, "row" | "rows"))
    };
    match fields {
        [only] => is_rule(only.trim()) || count(only.trim()),
        _ => !is_blank(fields) && filled.all(is_rule),
    }
}

/// Reads the whole text of a document.
fn all_text<R: Read>(decoded: &mut Decoded<R>) -> Result<&str> {
    while !decoded.ended() {
        decoded.fill(decoded.rest().len() + SAMPLE_BYTES)?;
        if decoded.position() > MAX_DOCUMENT_BYTES {
            let message = "the document has more than 256 MiB; expected less, or JSON Lines: one object a line (jq -c '.[]' \
                           makes that of an array)";
            return Err(Error::data(&decoded.file, None, message));
        }
    }
    Ok(decoded.rest())
}

fn delimiter_byte(delimiter: char) -> Result<u8> {
    match delimiter {
        other if other.is_ascii() && !matches!(other, '"' | '\n' | '\r' | '\0') => Ok(other as u8),
        other => Err(Error::Usage(format!(
            "the delimiter is {other:?}; expected an ASCII character such as ',' or a tab"
        ))),
    }
}

/// The delimiter in Excel's first line, such as `sep=;`, and the length of that line in bytes.
fn separator_line(text: &str) -> Option<(u8, usize)> {
    let line = text.split('\n').next()?;
    let named = line.trim().trim_matches('"').to_ascii_lowercase();
    let named = named.strip_prefix("sep=")?;
    let delimiter = match named.chars().collect::<Vec<_>>()[..] {
        // the tab was trimmed off
        [] => '\t',
        [delimiter] => delimiter,
        _ => return None,
    };
    let is_end = line.len() < text.len();
    Some((delimiter_byte(delimiter).ok()?, line.len() + usize::from(is_end)))
}

/// Makes the names of the columns from the cells of a header, all different, and notes on them. A column without a name
/// gets its number.
pub(super) fn names(cells: &[String], width: usize) -> (Vec<String>, Vec<String>) {
    let (mut names, mut notes): (Vec<String>, _) = (Vec::with_capacity(width), Vec::new());
    let mut seen = HashSet::new();
    for column in 0..width {
        let cell = cells.get(column).map_or("", |cell| cell.trim());
        let wanted = if cell.is_empty() { (column + 1).to_string() } else { cell.to_owned() };
        let mut name = wanted.clone();
        let mut again = 2;
        while !seen.insert(name.clone()) {
            name = format!("{wanted} ({again})");
            again += 1;
        }
        if name != wanted {
            notes.push(format!(
                "two columns are named {}; the second is called {} here",
                quoted(&wanted),
                quoted(&name)
            ));
        }
        names.push(name);
    }
    (names, notes)
}

/// The note for a first row that may or may not be a header.
pub(super) fn head_note(is_unsure: bool, has_header: bool, first: Option<&Row>) -> Option<String> {
    let first = first.filter(|_| is_unsure)?;
    let (found, other) = match has_header {
        true => ("the header", "no"),
        false => ("data and not for a header", "yes"),
    };
    Some(format!(
        "line {} ({}) was taken for {found}; set --header {other} if that is wrong",
        first.line,
        list(&first.fields)
    ))
}
