//! A data file (CSV, TSV or JSONL) as a table of strings.

use super::decode::{MAX_BYTES, check_size, decode};
use super::names::is_well_known;
use super::reading::Reading;
use super::records::{Format, Records, check_field, check_rows, tabs_are_quoted};
use super::words::{count, list, shown};
use crate::error::{Error, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

/// A JSON line is read whole, so it must be bounded.
const MAX_JSON_LINE_BYTES: usize = 8 << 20;

/// The rows of a data file; every row has as many fields as there are columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The file's name, as messages show it.
    pub file: String,
    /// The names in the header, or "1", "2", ... where there is none. All are different.
    pub columns: Vec<String>,
    pub has_header: bool,
    pub rows: Vec<Row>,
    pub reading: Reading,
    /// What a person should know about how the file was read, in plain words.
    pub notes: Vec<String>,
    pub(super) layout: Layout,
}

/// How the rows are found in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Layout {
    Delimited(Format),
    JsonLines,
    /// A text each.
    Lines,
    /// Only in the file as a whole.
    Whole,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line of the file on which the row begins; the first line is 1.
    pub line: u64,
    pub fields: Vec<String>,
}

/// What is otherwise found out from the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// An ASCII character between the fields.
    pub delimiter: Option<char>,
    pub has_header: Option<bool>,
}

impl Table {
    /// Reads a file of the disk; see [`Table::parse`].
    pub fn read(path: &Path) -> Result<Table> {
        Self::read_with(path, ReadOptions::default())
    }

    pub fn read_with(path: &Path, options: ReadOptions) -> Result<Table> {
        let file = path.display().to_string();
        let failed = |source| failed(path, source);
        let about = std::fs::metadata(path).map_err(failed)?;
        if about.is_dir() {
            return Err(Error::data(&file, None, "this is a folder; expected a CSV, TSV or JSONL file"));
        }
        check_size(&file, about.len())?;
        // what is no regular file, such as a pipe, has no size beforehand
        let mut bytes = Vec::new();
        let opened = std::fs::File::open(path).map_err(failed)?;
        opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        Self::parse_with(&file, &bytes, options)
    }

    /// Reads the bytes of a file whose format its name tells:
    ///
    /// - any name, if the first line is a JSON object, and `.jsonl`, `.ndjson`, `.json`: one flat object a line, all
    ///   with the same keys; null is an empty field.
    /// - `.csv`: quoted after RFC 4180; comma, semicolon or tab, whichever cuts the first 20 records
    ///   into the same number of fields, more than one.
    /// - `.tsv`: tabs; quotes are text unless the whole file is consistently quoted.
    /// - any other name: CSV if the first line is made of well-known
    ///   column names with commas or semicolons between them; else as `.tsv`.
    ///
    /// A file has a header if all cells of its first row are short (50 characters and 5 words at most) and
    /// two of them are well-known column names; or one is, and does not come again in its column; or
    /// none is blank (but for the first), a number, equal to another, ends a sentence or comes again in its
    /// column, and the file is a CSV or has several columns.
    ///
    /// Errors: [`Error::Data`] with the line for everything that cannot be read as a table, and for more
    /// than 1 GiB, 1 000 000 rows, 20 000 000 fields, 1000 columns or 1 MiB in a field.
    pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Table> {
        Self::parse_with(file_name, bytes, ReadOptions::default())
    }

    pub fn parse_with(file_name: &str, bytes: &[u8], options: ReadOptions) -> Result<Table> {
        Self::parse_part(file_name, bytes, options, false)
    }

    /// The beginning of a file; where it is `cut`, without a last row that may go on.
    pub(super) fn parse_part(
        file_name: &str,
        bytes: &[u8],
        options: ReadOptions,
        cut: bool,
    ) -> Result<Table> {
        let mut notes = Vec::new();
        let text = decode(file_name, bytes, &mut notes)?;
        let empty = || {
            Error::data(file_name, None, "the file is empty; expected a table with a text and a label column")
        };
        let first_line = text.lines().find(|line| !line.trim().is_empty()).ok_or_else(empty)?;
        let extension = extension(file_name);
        let is_json = matches!(extension.as_str(), "jsonl" | "ndjson" | "json")
            || options.delimiter.is_none() && is_object(first_line);
        if is_json {
            let (columns, rows) = json_rows(file_name, &text)?;
            let reading = Reading {
                format: "JSON Lines".into(),
                encoding: Some("UTF-8".into()),
                rows: rows.len(),
                ..Reading::default()
            };
            return Ok(Table {
                file: file_name.into(),
                columns,
                has_header: true,
                rows,
                reading,
                notes,
                layout: Layout::JsonLines,
            });
        }
        let format = format(file_name, &extension, &text, first_line, options.delimiter)?;
        let mut rows = Records::new(file_name, &text, format).cut(cut).table()?;
        let width = rows.first().ok_or_else(empty)?.fields.len();
        let has_header = options.has_header.unwrap_or_else(|| looks_like_header(&rows, extension == "csv"));
        let header_line = has_header.then(|| rows[0].line);
        let mut columns: Vec<String> = (1..=width).map(|number| number.to_string()).collect();
        if has_header {
            let header = rows.remove(0);
            for (column, name) in columns.iter_mut().zip(&header.fields) {
                if !name.trim().is_empty() {
                    *column = name.trim().to_string();
                }
            }
            check_names(file_name, header.line, &columns)?;
            if rows.is_empty() {
                return Err(Error::data(
                    file_name,
                    header.line,
                    format!("found only a header ({}); expected rows of data below it", list(&columns)),
                ));
            }
        }
        let reading = Reading {
            format: if format.delimiter == b'\t' { "TSV" } else { "CSV" }.into(),
            encoding: Some("UTF-8".into()),
            delimiter: Some(char::from(format.delimiter)),
            header_line,
            rows: rows.len(),
            ..Reading::default()
        };
        let layout = Layout::Delimited(format);
        Ok(Table { file: file_name.into(), columns, has_header, rows, reading, notes, layout })
    }
}

/// What it means that a file cannot be opened.
pub(super) fn failed(path: &Path, source: std::io::Error) -> Error {
    match source.kind() {
        std::io::ErrorKind::NotFound => {
            let message = "no such file; expected a CSV, TSV or JSONL file";
            Error::data(path.display().to_string(), None, message)
        }
        _ => Error::io(path, source),
    }
}

pub(super) fn extension(file_name: &str) -> String {
    Path::new(file_name).extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn is_object(line: &str) -> bool {
    line.trim_start().starts_with('{')
        && line.len() <= MAX_JSON_LINE_BYTES
        && serde_json::from_str::<Map<String, Value>>(line).is_ok()
}

fn format(
    file: &str,
    extension: &str,
    text: &str,
    first_line: &str,
    delimiter: Option<char>,
) -> Result<Format> {
    let quoted = |delimiter| Format { delimiter, quoted: true };
    let tabs = || Format { delimiter: b'\t', quoted: tabs_are_quoted(text) };
    match delimiter {
        Some('\t') => return Ok(tabs()),
        Some(other) if other.is_ascii() && !matches!(other, '"' | '\n' | '\r') => {
            return Ok(quoted(other as u8));
        }
        Some(other) => {
            return Err(Error::Usage(format!(
                "the delimiter is {other:?}; expected an ASCII character such as ',' or a tab"
            )));
        }
        None => {}
    }
    if extension == "tsv" {
        return Ok(tabs());
    }
    if extension == "csv" {
        return Ok([b',', b';', b'\t']
            .map(quoted)
            .into_iter()
            .rev()
            .max_by_key(|format| fit(file, text, *format))
            .unwrap_or(quoted(b',')));
    }
    let is_header = |delimiter: &char| {
        let cells: Vec<&str> = first_line.split(*delimiter).collect();
        cells.len() > 1
            && cells.iter().all(|cell| is_short(cell))
            && cells.iter().any(|cell| is_well_known(cell))
    };
    let found = if first_line.contains('\t') { None } else { [',', ';'].into_iter().find(is_header) };
    Ok(found.map_or_else(tabs, |delimiter| quoted(delimiter as u8)))
}

/// How well a format suits the first 20 records: whether it cuts all into the same number of fields, more
/// than one, and the number of fields in the first.
fn fit(file: &str, text: &str, format: Format) -> (bool, usize) {
    let mut widths =
        Records::new(file, text, format).take(20).map(|row| row.map_or(0, |row| row.fields.len()));
    let first = widths.next().unwrap_or(0);
    (first > 1 && widths.all(|width| width == first), first)
}

fn is_short(cell: &str) -> bool {
    cell.chars().take(51).count() <= 50 && cell.split_whitespace().take(6).count() <= 5
}

/// The rule in [`Table::parse`].
fn looks_like_header(rows: &[Row], is_csv: bool) -> bool {
    let Some((first, rest)) = rows.split_first() else { return false };
    let cells: Vec<&str> = first.fields.iter().map(|cell| cell.trim()).collect();
    let comes_again = |column: usize| rest.iter().any(|row| row.fields[column].trim() == cells[column]);
    if !cells.iter().all(|cell| is_short(cell)) {
        return false;
    }
    let known: Vec<usize> = (0..cells.len()).filter(|&column| is_well_known(cells[column])).collect();
    match known[..] {
        [] => {}
        [column] => return !comes_again(column),
        _ => return true,
    }
    let mut seen = HashSet::new();
    (is_csv || cells.len() > 1)
        && cells.iter().enumerate().all(|(column, cell)| {
            (column == 0 || !cell.is_empty())
                && cell.parse::<f64>().is_err()
                && !cell.ends_with(['.', '!', '?', '…'])
                && seen.insert(*cell)
                && (cell.is_empty() || !comes_again(column))
        })
}

fn check_names(file: &str, line: u64, columns: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    match columns.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::data(
            file,
            line,
            format!("two columns are named {}; expected different names: rename one", shown(name)),
        )),
        None => Ok(()),
    }
}

fn json_rows(file: &str, text: &str) -> Result<(Vec<String>, Vec<Row>)> {
    let mut columns: Vec<String> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for (index, content) in text.lines().enumerate().filter(|(_, content)| !content.trim().is_empty()) {
        let line = index as u64 + 1;
        let object = json_object(file, line, content)?;
        if rows.is_empty() {
            columns = object.keys().cloned().collect();
            if columns.is_empty() || columns.len() > 1000 {
                return Err(Error::data(
                    file,
                    line,
                    format!(
                        "the object has {}; expected 1 to 1000, such as \"text\" and \"label\"",
                        count(columns.len(), "key")
                    ),
                ));
            }
        } else if let Some(extra) = extra_key(&object, &columns) {
            let first = rows[0].line;
            return Err(Error::data(
                file,
                line,
                format!(
                    "the key {} is not in line {first}; expected the same keys in every line",
                    shown(extra)
                ),
            ));
        }
        let fields = json_fields(file, line, &columns, &object)?;
        rows.push(Row { line, fields });
        check_rows(file, &rows)?;
    }
    Ok((columns, rows))
}

/// The fields of an object by column.
pub(super) fn json_fields(
    file: &str,
    line: u64,
    columns: &[String],
    object: &Map<String, Value>,
) -> Result<Vec<String>> {
    let field = |column: &String| match object.get(column) {
        Some(value) => json_field(file, line, column, value),
        None => {
            let message = format!(
                "the key {} is missing; expected the same keys in every line: {}",
                shown(column),
                list(columns)
            );
            Err(Error::data(file, line, message))
        }
    };
    columns.iter().map(field).collect()
}

/// A key that the columns lack; sought only where there are too many, because it takes long.
fn extra_key<'a>(object: &'a Map<String, Value>, columns: &[String]) -> Option<&'a String> {
    (object.len() > columns.len()).then(|| object.keys().find(|key| !columns.contains(key))).flatten()
}

/// A JSON object, and a key that came twice; serde_json would keep the last value and say nothing.
struct Object {
    fields: Map<String, Value>,
    repeated: Option<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Object, A::Error> {
                let mut object = Object { fields: Map::new(), repeated: None };
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if object.fields.contains_key(&key) {
                        object.repeated = Some(key);
                    } else {
                        object.fields.insert(key, value);
                    }
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

pub(super) fn json_object(file: &str, line: u64, content: &str) -> Result<Map<String, Value>> {
    let expected = "expected one JSON object a line, such as {\"text\": \"...\", \"label\": \"...\"}";
    if content.len() > MAX_JSON_LINE_BYTES {
        return Err(Error::data(file, line, format!("the line has more than 8 MiB; {expected}")));
    }
    match serde_json::from_str(content) {
        Ok(Object { fields, repeated: None }) => Ok(fields),
        Ok(Object { repeated: Some(key), .. }) => {
            Err(Error::data(file, line, format!("the key {} comes twice; expected each once", shown(&key))))
        }
        Err(error) if error.is_data() && content.trim_start().starts_with('[') => Err(Error::data(
            file,
            line,
            format!("found a JSON array; {expected} (jq -c '.[]' makes that of an array)"),
        )),
        Err(error) if error.is_data() => {
            Err(Error::data(file, line, format!("found {}; {expected}", shown(content.trim()))))
        }
        Err(error) if error.is_eof() => Err(Error::data(
            file,
            line,
            format!("the JSON does not end in this line; {expected} (jq -c . makes that)"),
        )),
        // The line that serde_json counts is always 1 here.
        Err(error) => Err(Error::data(
            file,
            line,
            format!("not JSON at column {} ({}...); {expected}", error.column(), shown(content.trim())),
        )),
    }
}

fn json_field(file: &str, line: u64, key: &str, value: &Value) -> Result<String> {
    let field = match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        Value::Array(_) | Value::Object(_) => {
            let kind = if value.is_array() { "an array" } else { "an object" };
            return Err(Error::data(
                file,
                line,
                format!("the value of {} is {kind}; expected a string, a number or a boolean", shown(key)),
            ));
        }
    };
    check_field(file, line, field.len())?;
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(name: &str, text: &str) -> Table {
        Table::parse(name, text.as_bytes()).unwrap()
    }

    fn error(name: &str, text: &str) -> String {
        Table::parse(name, text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn headers_of_public_data_sets_are_recognised() {
        for (name, text) in [
            ("banking77.csv", "text,category\r\nI am still waiting on my card?,card_arrival\r\n"),
            ("snli_cad.tsv", "sentence1\tsentence2\tgold_label\nThe boy kicks.\tA boy plays.\tneutral\n"),
            (
                "mrpc.tsv",
                "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t2\t3\t\" He said .\tHe \" said .\n",
            ),
            (
                "msr_paraphrase.txt",
                "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t2\t3\tHe said .\tHe .\n",
            ),
            ("qnli.tsv", "index\tquestion\tsentence\tlabel\n0\tWhat came?\tIt came.\tentailment\n"),
            ("sst2.tsv", "sentence\tlabel\nhide new secretions \t0\n"),
            ("stsb.tsv", "index\tgenre\tsentence1\tsentence2\tscore\n0\tnews\tA plane.\tA jet.\t5.000\n"),
            ("kaggle.csv", "v1,v2,,,\nham,\"Go on, crazy..\",,,\n"),
            ("other.csv", "tekst;klasse\nDag allemaal;groet\nTot ziens;afscheid\n"),
            ("lines.txt", "text\nHello there\n"),
        ] {
            assert!(parse(name, text).has_header, "{name}");
        }
    }

    #[test]
    fn data_sets_without_a_header_are_recognised() {
        for (name, text) in [
            ("SMSSpamCollection", "ham\tOk lar\nham\tOk\nspam\tFree entry\n"),
            ("cola.tsv", "gj04\t1\t\tOur friends won't buy this.\ngj04\t0\t*\tOne more.\n"),
            ("quora.txt", "Is honey good ?\tIs sugar bad ?\t1\nHow so ?\tWhy so ?\t0\n"),
            ("mnli_matched", "neutral\tImpossible .\tImpossible , unless met .\nneutral\tNo .\tYes .\n"),
            ("sts-test.tsv", "main\tMSRvid\t2012test\t0024\t2.500\tA girl.\tA boy.\n"),
            ("lines.txt", "Hello there\nGood bye\n"),
        ] {
            let table = parse(name, text);
            assert!(!table.has_header, "{name}");
            assert_eq!(table.columns[0], "1");
            assert_eq!(table.rows.len(), text.lines().count());
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_fits_all_records() {
        assert_eq!(parse("a.csv", "text;label\na, b;x\nc, d;y\n").columns, ["text", "label"]);
        assert_eq!(parse("a.csv", "text\tlabel\na, b\tx\n").columns, ["text", "label"]);
        assert_eq!(parse("a.csv", "text,label\n\"a; b\",x\n").columns, ["text", "label"]);
        assert_eq!(parse("a.txt", "text,label\na,x\n").columns, ["text", "label"]);
        assert_eq!(parse("a.txt", "One, two\nthree\n").columns, ["1"]);
    }

    #[test]
    fn options_override_what_is_found() {
        let options = ReadOptions { delimiter: Some('|'), has_header: Some(false) };
        let table = Table::parse_with("a.csv", b"text|label\na|b\n", options).unwrap();
        assert_eq!((table.columns.len(), table.rows.len()), (2, 2));
        let wrong = ReadOptions { delimiter: Some('é'), has_header: None };
        assert!(matches!(Table::parse_with("a.csv", b"a\n", wrong), Err(Error::Usage(_))));
    }

    #[test]
    fn json_lines_become_columns_in_the_order_of_the_first() {
        let table =
            parse("a.jsonl", "{\"text\": \"a\\nb\", \"label\": 1}\n\n{\"label\": true, \"text\": null}\n");
        assert_eq!(table.columns, ["text", "label"]);
        assert_eq!(table.rows[0].fields, ["a\nb", "1"]);
        assert_eq!((table.rows[1].line, table.rows[1].fields[1].as_str()), (3, "true"));
        assert_eq!(parse("data", "{\"text\": \"a\"}\n").columns, ["text"]);
    }

    #[test]
    fn broken_json_lines_are_refused_with_their_line() {
        let good = "{\"text\": \"a\", \"label\": 1}\n";
        for (line, says) in [
            ("{\"text\": \"a\"}", "the key \"label\" is missing"),
            ("{\"text\": \"a\", \"label\": 1, \"x\": 2}", "the key \"x\" is not in line 1"),
            ("{\"text\": [1], \"label\": 1}", "an array"),
            ("[1]", "found a JSON array"),
            ("17", "found \"17\""),
            ("{text", "not JSON at column 2"),
        ] {
            let error = error("a.jsonl", &format!("{good}{line}\n"));
            assert!(error.starts_with("a.jsonl, line 2: ") && error.contains(says), "{error}");
        }
    }

    #[test]
    fn tables_without_rows_or_with_equal_names_are_refused() {
        assert!(error("a.csv", "\n \n").contains("the file is empty"));
        assert!(error("a.csv", "text,label\n").contains("found only a header (\"text\", \"label\")"));
        assert!(
            error("a.csv", "text,text\na,b\n").starts_with("a.csv, line 1: two columns are named \"text\"")
        );
    }

    #[test]
    fn missing_files_and_folders_are_told_apart() {
        let missing = Table::read(Path::new("/no/such.csv")).unwrap_err().to_string();
        assert_eq!(missing, "/no/such.csv: no such file; expected a CSV, TSV or JSONL file");
        assert!(Table::read(Path::new("/")).unwrap_err().to_string().contains("this is a folder"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_all_rows_have_all_columns(
            bytes in prop::collection::vec(prop::sample::select(b"ab\",;\t\n\r{}:[]1.\xFF\xC3\xA9\0".to_vec()), 0..80),
            name in prop::sample::select(vec!["a.csv", "a.tsv", "a.jsonl", "a.txt", "a"]),
        ) {
            match Table::parse(name, &bytes) {
                Ok(table) => prop_assert!(!table.rows.is_empty() && table.rows.iter().all(|row| row.fields.len() == table.columns.len())),
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
        }
    }
}
