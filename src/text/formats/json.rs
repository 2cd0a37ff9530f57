//! JSON: an object on each line, an array of objects, or an object that holds such an array.

use std::collections::{HashMap, HashSet};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::exports::Export;
use crate::error::{Error, Result};
use crate::spec::Reading;
use crate::spec::quote::{list as quoted_list, quoted};
use crate::text::names::is_well_known;
use crate::text::records::{MAX_COLUMNS, check_field, check_rows};
use crate::text::table::{Row, Table};

/// The longest line. It is read as a whole, so it must be bounded.
pub const MAX_LINE_BYTES: usize = 8 << 20;
pub const EXPECTED: &str = "expected one JSON object a line, such as {\"text\": \"...\", \"label\": \"...\"}";
/// The number of first rows by which an export is recognised.
const SAMPLE_ROWS: usize = 1000;
const MAX_PATH_BYTES: usize = 1000;
/// The depth to which an object is searched for arrays of rows.
const MAX_DEPTH: usize = 4;

/// The arrangement of the rows in a JSON file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Lines,
    Document,
}

/// The arrangement of the rows, if the text is JSON. `sample` is its beginning.
pub fn shape(extension: &str, sample: &str, ended: bool) -> Option<Shape> {
    let mut lines = sample.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    let second = lines.next();
    let by_name = matches!(extension, "json" | "jsonl" | "ndjson");
    if !first.starts_with(['{', '[']) {
        return None;
    }
    let is_whole = |line: &str| line.len() <= MAX_LINE_BYTES && value(line).is_ok();
    let is_object = first.starts_with('{');
    if is_object && matches!(extension, "jsonl" | "ndjson")
        || second.is_some_and(|line| line.starts_with(&first[..1]) && is_whole(line))
        || is_whole(first) && second.is_some()
    {
        return (by_name || is_whole(first) || second.is_some_and(is_whole)).then_some(Shape::Lines);
    }
    if by_name {
        return Some(Shape::Document);
    }
    // under another name, only valid JSON is taken for JSON
    match ended {
        true => (raw(sample).is_ok() || plain(sample).is_some_and(|text| raw(&text).is_ok()))
            .then_some(Shape::Document),
        false => (first.len() == 1 || first.starts_with("[{\"") || first.starts_with("{\""))
            .then_some(Shape::Document),
    }
}

fn raw(text: &str) -> serde_json::Result<&RawValue> {
    serde_json::from_str(text)
}

/// Parses a JSON value, or one in Python's notation.
///
/// # Errors
/// The text is neither. The error is that of JSON.
pub fn value(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|error| match plain(text) {
        Some(plain) => serde_json::from_str(&plain).map_err(|_| error),
        None => Err(error),
    })
}

/// Turns text that only resembles JSON into JSON: Python's quotes, `None`, `True`, `False`, and `NaN` and `Infinity` as
/// null. Returns `None` if the text has none of these.
fn plain(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '\'' || c.is_ascii_alphabetic() || c == '-')
    {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = match rest.as_bytes()[0] {
            quote @ (b'"' | b'\'') => {
                let length = string_length(rest)?;
                if quote == b'\'' {
                    changed = true;
                    push_string(&mut plain, &rest[1..length - 1]);
                } else {
                    plain.push_str(&rest[..length]);
                }
                length
            }
            _ => {
                let end =
                    rest[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |end| end + 1);
                let word = match &rest[..end] {
                    "NaN" | "nan" | "None" | "Infinity" | "-Infinity" | "inf" | "-inf" => "null",
                    "True" => "true",
                    "False" => "false",
                    same => same,
                };
                changed |= word != &rest[..end];
                plain.push_str(word);
                end
            }
        };
        rest = &rest[length..];
    }
    plain.push_str(rest);
    changed.then_some(plain)
}

/// The length of a string with its quotes, in bytes; `None` if it is not closed.
fn string_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == bytes[0] => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Writes the content of Python's single quotes as a JSON string.
fn push_string(plain: &mut String, inside: &str) {
    plain.push('"');
    let mut characters = inside.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => plain.push_str("\\\""),
            '\\' => match characters.next() {
                Some('\'') => plain.push('\''),
                Some('x') => plain.push_str("\\u00"),
                Some(known @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => {
                    plain.push('\\');
                    plain.push(known);
                }
                Some(other) => {
                    plain.push_str("\\\\");
                    plain.push(other);
                }
                None => {}
            },
            c => plain.push(c),
        }
    }
    plain.push('"');
}

/// A JSON object in its order, with a key that occurs twice. serde_json would silently keep the last value.
struct Object<V> {
    fields: Vec<(String, V)>,
    repeated: Option<String>,
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Object<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Fields<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Fields<V> {
            type Value = Object<V>;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Object<V>, A::Error> {
                let mut object = Object { fields: Vec::new(), repeated: None };
                let mut seen = HashSet::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    if seen.insert(key.clone()) {
                        object.fields.push((key, value));
                    } else {
                        object.repeated = Some(key);
                    }
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Fields(std::marker::PhantomData))
    }
}

/// Parses a line of JSON Lines as a row, before an export is converted.
///
/// # Errors
/// The line is not JSON that can be a row.
pub fn line_value(file: &str, line: u64, content: &str) -> Result<Map<String, Value>> {
    let parsed = serde_json::from_str::<Object<Value>>(content).or_else(|error| match plain(content) {
        Some(plain) => serde_json::from_str(&plain).map_err(|_| error),
        None => Err(error),
    });
    match parsed {
        Ok(Object { fields, repeated: None }) => Ok(fields.into_iter().collect()),
        Ok(Object { repeated: Some(key), .. }) => {
            Err(Error::data(file, line, format!("the key {} comes twice; expected each once", quoted(&key))))
        }
        Err(error) if error.is_data() => match value(content).ok().and_then(row_of) {
            Some(row) => Ok(row),
            None => Err(Error::data(file, line, format!("found {}; {EXPECTED}", quoted(content.trim())))),
        },
        Err(error) if error.is_eof() => Err(Error::data(
            file,
            line,
            format!("the JSON does not end in this line; {EXPECTED} (jq -c . makes that)"),
        )),
        // serde_json's line is always 1 here
        Err(error) => Err(Error::data(
            file,
            line,
            format!("not JSON at column {} ({}...); {EXPECTED}", error.column(), quoted(content.trim())),
        )),
    }
}

/// Accepts an object, or an array such as `["text", "label"]` or spaCy's `["text", {"cats": {}}]` with the columns "1",
/// "2".
fn row_of(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        Value::Array(values) => match <[Value; 2]>::try_from(values) {
            Ok([Value::String(text), Value::Object(mut more)]) => {
                more.insert("text".into(), Value::String(text));
                Some(more)
            }
            Ok(pair) => numbered(pair.into()),
            Err(values) => numbered(values),
        },
        _ => None,
    }
}

fn numbered(values: Vec<Value>) -> Option<Map<String, Value>> {
    let is_flat = !values.is_empty() && values.iter().all(|value| !value.is_array() && !value.is_object());
    let named = values.into_iter().enumerate().map(|(at, value)| ((at + 1).to_string(), value));
    is_flat.then(|| named.collect())
}

/// The columns of the rows so far, in order of appearance.
#[derive(Default)]
pub struct Keys {
    pub names: Vec<String>,
    at: HashMap<String, usize>,
}

impl Keys {
    /// Returns the fields of a row: one for each column so far and for those that the row adds. An inner object has a
    /// column for each of its leaves, such as `data.text`. So has a list of objects, with lists of their values; any
    /// other list is one field.
    ///
    /// # Errors
    /// There are too many columns, or a field is too long.
    pub fn fields(&mut self, file: &str, line: u64, object: Map<String, Value>) -> Result<Vec<String>> {
        let mut fields = vec![String::new(); self.names.len()];
        for (key, value) in object {
            self.leaf(file, line, key, value, &mut fields)?;
        }
        Ok(fields)
    }

    fn leaf(
        &mut self,
        file: &str,
        line: u64,
        path: String,
        value: Value,
        fields: &mut Vec<String>,
    ) -> Result<()> {
        let value = match value {
            Value::Object(object) if !is_choices(&object) => {
                for (key, value) in object {
                    self.leaf(file, line, below(file, line, &path, &key)?, value, fields)?;
                }
                return Ok(());
            }
            Value::Array(rows) if are_alike(&rows) => {
                for (key, values) in by_key(rows) {
                    let path = below(file, line, &path, &key)?;
                    self.leaf(file, line, path, Value::Array(values), fields)?;
                }
                return Ok(());
            }
            value => value,
        };
        let field = field(value);
        check_field(file, line, field.len())?;
        let column = match self.at.get(&path) {
            Some(&column) => column,
            None => {
                self.at.insert(path.clone(), self.names.len());
                self.names.push(path);
                fields.push(String::new());
                self.names.len() - 1
            }
        };
        if self.names.len() > MAX_COLUMNS {
            let message = format!(
                "the objects have more than {MAX_COLUMNS} different keys; expected a few, such as \"text\" and \"label\""
            );
            return Err(Error::data(file, line, message));
        }
        fields[column] = field;
        Ok(())
    }
}

/// The path to the value under a key.
fn below(file: &str, line: u64, path: &str, key: &str) -> Result<String> {
    if path.len() + key.len() >= MAX_PATH_BYTES {
        let message = "the keys down to a value have more than 1000 bytes; expected short ones";
        return Err(Error::data(file, line, message));
    }
    Ok(format!("{path}.{key}"))
}

/// Whether these are objects with a few keys.
fn are_alike(rows: &[Value]) -> bool {
    const MOST_KEYS: usize = 20;
    let mut keys = HashSet::new();
    let is_object = |row: &Value| {
        row.as_object().is_some_and(|row| {
            if keys.len() <= MOST_KEYS {
                keys.extend(row.keys().cloned());
            }
            !is_choices(row)
        })
    };
    !rows.is_empty() && rows.iter().all(is_object) && keys.len() <= MOST_KEYS
}

/// The values of objects by key, with the keys in order of appearance.
fn by_key(rows: Vec<Value>) -> Vec<(String, Vec<Value>)> {
    let mut values: Vec<(String, Vec<Value>)> = Vec::new();
    for row in rows {
        let Value::Object(row) = row else { continue };
        for (key, value) in row {
            match values.iter_mut().find(|(other, _)| *other == key) {
                Some((_, values)) => values.push(value),
                None => values.push((key, vec![value])),
            }
        }
    }
    values
}

/// Label Studio writes several choices as `{"choices": ["a", "b"]}`.
fn is_choices(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.get("choices").is_some_and(Value::is_array)
}

/// Writes a value as a field: null is empty, and a list of one is its item.
pub fn field(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value,
        Value::Array(mut values) => match &mut values[..] {
            [] => String::new(),
            [Value::Array(_)] => Value::Array(values).to_string(),
            [one] => field(std::mem::take(one)),
            _ => Value::Array(values).to_string(),
        },
        Value::Object(mut object) => match object.remove("choices") {
            Some(choices) if object.is_empty() => field(choices),
            Some(choices) => {
                object.insert("choices".into(), choices);
                Value::Object(object).to_string()
            }
            None => Value::Object(object).to_string(),
        },
    }
}

/// Writes several labels as one field.
pub fn list(labels: Vec<String>) -> String {
    field(Value::Array(labels.into_iter().map(Value::String).collect()))
}

/// Finds the table in a JSON document: an array of objects, at the top or under a key; lists or objects of values by
/// column; or lists of texts by label.
///
/// # Errors
/// The text is not JSON, or holds no rows, or several tables and none of them named for training.
pub fn document(file: &str, text: &str) -> Result<Table> {
    let made = match raw(text) {
        Ok(_) => None,
        Err(error) => Some(plain(text).filter(|plain| raw(plain).is_ok()).ok_or_else(|| {
            let message =
                format!("not JSON at column {} ({error}); expected an array of objects", error.column());
            Error::data(file, error.line() as u64, message)
        })?),
    };
    let text = made.as_deref().unwrap_or(text);
    let mut found = find(file, text)?;
    let mut lines = LineCount { text, at: 0, line: 1 };
    let parts: Vec<(u64, Part)> =
        found.rows.drain(..).map(|part| (lines.line_at(part.place()), part)).collect();
    let sample = parts.iter().take(SAMPLE_ROWS).map(|(line, part)| part.object(file, *line));
    let export = Export::recognise(&sample.collect::<Result<Vec<_>>>()?);
    let mut keys = Keys::default();
    let mut rows = Vec::new();
    for (line, part) in parts {
        let mut object = part.object(file, line)?;
        if let Some(export) = &export {
            object = export.row(object);
        }
        rows.push(Row { line, fields: keys.fields(file, line, object)? });
        check_rows(file, rows.len(), keys.names.len())?;
    }
    found.notes.extend(export.as_ref().and_then(Export::note));
    let format = export.map_or(found.format, |export| export.name());
    Ok(even(file, format, keys, rows, found.notes))
}

/// Makes a table of rows, filling those that end before columns that later rows added.
pub fn even(file: &str, format: &str, keys: Keys, mut rows: Vec<Row>, notes: Vec<String>) -> Table {
    for row in &mut rows {
        row.fields.resize(keys.names.len(), String::new());
    }
    let has_header = keys.names.iter().enumerate().any(|(at, name)| *name != (at + 1).to_string());
    let reading = Reading { format: format.into(), rows: rows.len(), ..Reading::default() };
    Table { file: file.into(), columns: keys.names, has_header, rows, reading, notes }
}

/// Finds the lines of parts of a text. Requests must come in the order of the text.
struct LineCount<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl LineCount<'_> {
    fn line_at(&mut self, part: &str) -> u64 {
        let at = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if let Some(between) = self.text.get(self.at..at) {
            self.line += between.bytes().filter(|&byte| byte == b'\n').count() as u64;
            self.at = at;
        }
        self.line
    }
}

/// The rows found in a document.
struct Found<'a> {
    format: &'static str,
    rows: Vec<Part<'a>>,
    notes: Vec<String>,
}

/// A row of a document.
enum Part<'a> {
    Json(&'a str),
    /// If values stand by column or by label: the first value, and the row that the values make.
    Made(&'a str, Map<String, Value>),
}

impl<'a> Part<'a> {
    fn place(&self) -> &'a str {
        match self {
            Part::Json(text) | Part::Made(text, _) => text,
        }
    }

    fn object(&self, file: &str, line: u64) -> Result<Map<String, Value>> {
        match self {
            Part::Json(text) => line_value(file, line, text),
            Part::Made(_, object) => Ok(object.clone()),
        }
    }
}

fn find<'a>(file: &str, text: &'a str) -> Result<Found<'a>> {
    let json = |rows: Vec<&'a str>| rows.into_iter().map(Part::Json).collect();
    let text = text.trim();
    let mut arrays = Vec::new();
    // the object is one row of an export, not one that holds rows
    if text.starts_with('{')
        && text.len() <= MAX_LINE_BYTES
        && Export::recognise(&[line_value(file, 1, text)?]).is_some()
    {
        return Ok(Found { format: "JSON Lines", rows: json(vec![text]), notes: Vec::new() });
    }
    arrays_of_rows(text, String::new(), 0, &mut arrays);
    if text.starts_with('[') {
        return match arrays.pop() {
            Some((_, rows)) => Ok(Found { format: "JSON array", rows: json(rows), notes: Vec::new() }),
            None => Err(Error::data(
                file,
                1,
                "found a JSON array without objects; expected objects in it, such as {\"text\": \"...\", \"label\": \
                 \"...\"}",
            )),
        };
    }
    let names: Vec<String> = arrays.iter().map(|(path, _)| path.clone()).collect();
    let of_training = |path: &String| {
        let last = path.rsplit('.').next().unwrap_or("");
        matches!(last, "train" | "utterances" | "common_examples" | "data")
    };
    let chosen = match &names[..] {
        [_] => Some(0),
        names => names.iter().position(of_training),
    };
    if let Some(chosen) = chosen {
        let (path, rows) = arrays.swap_remove(chosen);
        let others: Vec<&String> = names.iter().filter(|name| **name != path).collect();
        let mut notes = Vec::new();
        if !others.is_empty() {
            notes.push(format!(
                "the rows under {} were read, and not those under {}",
                quoted(&path),
                quoted_list(&others)
            ));
        }
        if let Some(rows) = by_intent(&rows) {
            return Ok(Found { format: "intents with examples", rows, notes });
        }
        let rows = named(text, &rows).unwrap_or_else(|| json(rows));
        return Ok(Found { format: "JSON object", rows, notes });
    }
    if names.is_empty()
        && let Some(rows) = by_column(text).or_else(|| by_number(text)).or_else(|| by_label(text))
    {
        return Ok(Found { format: "JSON object", rows, notes: Vec::new() });
    }
    if names.is_empty() && !text.contains('\n') {
        return Ok(Found { format: "JSON Lines", rows: json(vec![text]), notes: Vec::new() });
    }
    let message = match names.len() {
        0 => format!(
            "found a JSON object without rows; expected an array of objects in it, or {}",
            &EXPECTED[9..]
        ),
        _ => format!(
            "found rows under {}; expected one table: keep one of them, or name the one for training \"train\"",
            quoted_list(&names)
        ),
    };
    Err(Error::data(file, 1, message))
}

/// Finds the arrays of rows in a JSON text, with the keys down to them.
fn arrays_of_rows<'a>(text: &'a str, path: String, depth: usize, found: &mut Vec<(String, Vec<&'a str>)>) {
    if text.starts_with('[') {
        let Some(rows) = elements(text) else { return };
        let is_row =
            |row: &&str| row.starts_with('{') || row.starts_with('[') && line_value("", 0, row).is_ok();
        if !rows.is_empty() && rows.iter().take(SAMPLE_ROWS).all(is_row) {
            found.push((path, rows));
        }
        return;
    }
    for (key, value) in members(text).filter(|_| depth < MAX_DEPTH).unwrap_or_default() {
        let path = if path.is_empty() { key } else { format!("{path}.{key}") };
        if path.len() <= MAX_PATH_BYTES {
            arrays_of_rows(value, path, depth + 1, found);
        }
    }
}

fn elements(text: &str) -> Option<Vec<&str>> {
    let raw: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(raw.into_iter().map(RawValue::get).collect())
}

fn members(text: &str) -> Option<Vec<(String, &str)>> {
    let object: Object<&RawValue> = serde_json::from_str(text).ok()?;
    Some(object.fields.into_iter().map(|(key, value)| (key, value.get())).collect())
}

/// Reads `{"text": ["a", "b"], "label": ["x", "y"]}`, or `{"text": {"0": "a", "1": "b"}, ...}` as pandas writes it.
fn by_column(text: &str) -> Option<Vec<Part<'_>>> {
    let members = members(text)?;
    let mut columns: Vec<(&str, Vec<(String, &str)>)> = Vec::new();
    for (name, values) in &members {
        let values = match elements(values) {
            Some(values) => {
                values.into_iter().enumerate().map(|(row, value)| (row.to_string(), value)).collect()
            }
            None => self::members(values)?,
        };
        columns.push((name, values));
    }
    let rows: Vec<&String> = columns.first()?.1.iter().map(|(row, _)| row).collect();
    let is_even =
        columns.iter().all(|(_, values)| values.iter().map(|(row, _)| row).eq(rows.iter().copied()));
    if !is_even
        || columns.len() < 2
        || rows.is_empty()
        || !columns.iter().any(|(name, _)| is_well_known(name))
    {
        return None;
    }
    let row = |at: usize| {
        let fields = columns.iter().map(|(name, values)| Some((name.to_string(), value(values[at].1).ok()?)));
        Some(Part::Made(columns[0].1[at].1, fields.collect::<Option<Map<_, _>>>()?))
    };
    (0..rows.len()).map(row).collect()
}

/// Reads `{"0": {"text": "a", "label": "x"}, "1": {...}}`, as pandas writes it.
fn by_number(text: &str) -> Option<Vec<Part<'_>>> {
    let members = members(text)?;
    let keys =
        |row: &str| self::members(row).map(|row| row.into_iter().map(|(key, _)| key).collect::<Vec<_>>());
    let first = keys(members.first()?.1)?;
    let is_alike = |(_, row): &(String, &str)| keys(row).as_ref() == Some(&first);
    let is_table = members.len() > 1 && first.iter().any(|name| is_well_known(name));
    (is_table && members.iter().all(is_alike))
        .then(|| members.into_iter().map(|(_, row)| Part::Json(row)).collect())
}

/// Reads rows of values with their names beside them: `{"columns": ["text", "label"], "data": [["a", "x"], ...]}`, as
/// pandas writes it.
fn named<'a>(text: &str, rows: &[&'a str]) -> Option<Vec<Part<'a>>> {
    let (_, columns) = members(text)?.into_iter().find(|(key, _)| key == "columns")?;
    let names: Vec<String> = serde_json::from_str(columns).ok()?;
    let row = |row: &&'a str| {
        let values: Vec<Value> = serde_json::from_str(row).ok()?;
        let is_whole = values.len() == names.len();
        is_whole.then(|| Part::Made(row, names.iter().cloned().zip(values).collect()))
    };
    rows.iter().map(row).collect()
}

/// Reads a chatbot's `[{"tag": "billing", "patterns": ["a text", "another"], "responses": [...]}, ...]`, or one with
/// `"intent"` and `"examples": [{"text": "a text"}]` and the like.
fn by_intent<'a>(intents: &[&'a str]) -> Option<Vec<Part<'a>>> {
    let mut rows = Vec::new();
    for intent in intents {
        let members = members(intent)?;
        let member = |names: &[&str]| {
            let named = |name: &&str| members.iter().find(|(key, _)| key == name);
            names.iter().find_map(named).map(|(_, value)| *value)
        };
        let label: String = serde_json::from_str(member(&["tag", "intent", "label", "name"])?).ok()?;
        for place in elements(member(&["patterns", "examples", "utterances", "text", "texts"])?)? {
            let text = match value(place).ok()? {
                Value::String(text) => text,
                Value::Object(mut example) => match example.remove("text")? {
                    Value::String(text) => text,
                    _ => return None,
                },
                _ => return None,
            };
            let fields = [("text", text), ("label", label.clone())];
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value)));
            rows.push(Part::Made(place, fields.collect()));
        }
    }
    (!rows.is_empty()).then_some(rows)
}

/// Reads `{"billing": ["a text", "another"], "delivery": [...]}`.
fn by_label(text: &str) -> Option<Vec<Part<'_>>> {
    let members = members(text)?;
    let mut rows = Vec::new();
    for (label, texts) in &members {
        for place in elements(texts)? {
            let text: String = serde_json::from_str(place).ok()?;
            let fields = [("text", text), ("label", label.clone())];
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value)));
            rows.push(Part::Made(place, fields.collect()));
        }
    }
    (members.len() > 1 && !rows.is_empty()).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Table {
        document("f.json", text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        read(text).rows.into_iter().map(|row| (row.line, row.fields)).collect()
    }

    fn row(line: u64, fields: [&str; 2]) -> (u64, Vec<String>) {
        (line, fields.map(String::from).to_vec())
    }

    #[test]
    fn rows_are_found_wherever_the_document_holds_them() {
        let expected = vec![row(1, ["a b", "x"]), row(1, ["c", "y"])];
        for text in [
            r#"[{"text": "a b", "label": "x"}, {"text": "c", "label": "y"}]"#,
            r#"{"version": 1, "data": [{"text": "a b", "label": "x"}, {"text": "c", "label": "y"}]}"#,
            r#"{"result": {"rows": [{"text": "a b", "label": "x"}, {"text": "c", "label": "y"}], "count": 2}}"#,
            r#"{"text": ["a b", "c"], "label": ["x", "y"]}"#,
            r#"{"text": {"0": "a b", "1": "c"}, "label": {"0": "x", "1": "y"}}"#,
            r#"{"x": ["a b"], "y": ["c"]}"#,
            r#"{"train": [["a b", "x"], ["c", "y"]], "test": [["d", "x"]]}"#,
            "[{'text': 'a b', 'label': 'x'}, {'text': 'c', 'label': 'y'}]",
        ] {
            assert_eq!(rows(text), expected, "{text}");
        }
        assert!(
            read(r#"{"train": [["a", "x"]], "test": [["d", "x"]]}"#).notes[0]
                .contains("not those under \"test\"")
        );
    }

    #[test]
    fn rows_have_the_lines_on_which_they_begin() {
        let text = "[\n {\n  \"text\": \"a\",\n  \"label\": 1\n },\n {\"text\": \"b\"}\n]\n";
        assert_eq!(rows(text), [row(2, ["a", "1"]), row(6, ["b", ""])]);
        let text = "{\"data\": [\n {\"text\": NaN, \"label\": 1},\n {\"text\": \"b\"}\n]}\n";
        assert_eq!(rows(text), [row(2, ["", "1"]), row(3, ["b", ""])]);
    }

    #[test]
    fn documents_without_one_table_are_refused_with_what_was_found() {
        for (text, says) in [
            (r#"{"a": [{"t": 1}], "b": [{"t": 2}]}"#, r#"found rows under "a", "b"; expected one table"#),
            ("{\n\"a\": 1}", "found a JSON object without rows"),
            ("[1, 2]", "found a JSON array without objects"),
            ("[]", "found a JSON array without objects"),
            ("[{\"text\": \"a\"},\n{\"text\": ]", "line 2: not JSON at column 10"),
        ] {
            let error = document("f.json", text).unwrap_err().to_string();
            assert!(error.starts_with("f.json, line ") && error.contains(says), "{error}");
        }
    }

    #[test]
    fn leaves_are_columns_and_lists_are_fields() {
        let object = r#"{"data": {"text": "a", "n": {"b": null}}, "tags": ["x", "y"], "one": ["z"], "none": [], "c": {"choices": ["p", "q"]}}"#;
        let mut keys = Keys::default();
        let fields = keys.fields("f", 1, line_value("f", 1, object).unwrap()).unwrap();
        assert_eq!(keys.names, ["data.text", "data.n.b", "tags", "one", "none", "c"]);
        assert_eq!(fields, ["a", "", r#"["x","y"]"#, "z", "", r#"["p","q"]"#]);
    }

    #[test]
    fn what_python_prints_is_read_as_it_was_meant() {
        for (python, json) in [
            ("{'a': 'it\\'s \"so\"', 'b': None}", r#"{"a":"it's \"so\"","b":null}"#),
            (r#"{'a': "it's", 'b': True, 'c': -Infinity}"#, r#"{"a":"it's","b":true,"c":null}"#),
            (r"{'a': 'x\ny\\ \xe9 \u00e9 \d'}", r#"{"a":"x\ny\\ é é \\d"}"#),
            (r#"{"NaN": "NaN", "b": NaN}"#, r#"{"NaN":"NaN","b":null}"#),
        ] {
            assert_eq!(value(python).unwrap().to_string(), json);
        }
        assert!(value("{'a': 'b}").is_err() && value("{a: 1}").is_err());
    }

    #[test]
    fn the_shape_follows_from_the_first_lines() {
        for (extension, text, expected) in [
            ("jsonl", "{\"a\": 1}\n{\"a\": 2}\n", Some(Shape::Lines)),
            ("json", "{\"a\": 1}\n{\"a\": 2}\n", Some(Shape::Lines)),
            ("csv", "{\"a\": 1}\n{\"a\": 2}\n", Some(Shape::Lines)),
            ("json", "{'a': 1}\n{'a': 2}\n", Some(Shape::Lines)),
            ("jsonl", "{\"a\": 1\n{\"a\": 2}\n", Some(Shape::Lines)),
            ("jsonl", "[{\"a\": 1}]", Some(Shape::Document)),
            ("json", "[\n{\"a\": 1},\n{\"a\": 2}\n]\n", Some(Shape::Document)),
            ("txt", "[\n{\"a\": 1}\n]\n", Some(Shape::Document)),
            ("json", "[\"a\", \"x\"]\n[\"b\", \"y\"]\n", Some(Shape::Lines)),
            ("json", "text,label\na,x\n", None),
            ("csv", "[sic] a text,label\nb,x\n", None),
            ("csv", "{name} wrote,x\nb,y\n", None),
            ("csv", "[1],x\n[2],y\n", None),
        ] {
            assert_eq!(shape(extension, text, true), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\[{'\"a:,\\\\NaN é\n1}\\]]{0,40}") {
            let _ = (shape("", &text, true), shape("json", &text, false), document("f", &text), line_value("f", 1, &text));
        }

        #[test]
        fn strings_survive_pythons_quotes(text in "[a\"\\\\é\n\t ]{0,20}") {
            let python = format!("'{}'", text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t"));
            prop_assert_eq!(value(&python).unwrap(), Value::String(text));
        }
    }
}
