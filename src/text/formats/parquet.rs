//! Parquet: the rows of all row groups, with a column for each leaf.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Map, Value};

use super::json::{Keys, even};
use crate::error::{Error, Result};
use crate::text::records::check_rows;
use crate::text::table::{Row, Table};

/// Reads a file like JSON Lines with the same values. Numbers of a label become the names that Hugging Face's datasets
/// keep for them.
///
/// # Errors
/// The file is damaged, or has more than a table may have.
pub fn table(file: &str, bytes: Vec<u8>) -> Result<Table> {
    // the crate has assertions that damaged files violate
    catch_unwind(AssertUnwindSafe(|| read(file, bytes.into())))
        .unwrap_or_else(|_| Err(broken(file, &"its parts contradict each other")))
}

fn broken(file: &str, error: &dyn std::fmt::Display) -> Error {
    Error::data(
        file,
        None,
        format!("cannot be read as Parquet ({error}); write it again, or export it as CSV"),
    )
}

fn read(file: &str, bytes: bytes::Bytes) -> Result<Table> {
    let failed = |error: ParquetError| broken(file, &error);
    let reader = SerializedFileReader::new(bytes).map_err(failed)?;
    let metadata = reader.metadata().file_metadata();
    let rows = usize::try_from(metadata.num_rows()).unwrap_or(usize::MAX);
    check_rows(file, rows, metadata.schema_descr().num_columns())?;
    let classes = classes(
        metadata
            .key_value_metadata()
            .into_iter()
            .flatten()
            .find_map(|pair| (pair.key == "huggingface").then_some(pair.value.as_deref()).flatten()),
    );
    let mut keys = Keys::default();
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None).map_err(failed)? {
        let line = rows.len() as u64 + 1;
        let row = row.map_err(failed)?;
        let fields =
            row.get_column_iter().map(|(name, field)| (name.clone(), named(&classes, name, json(field))));
        rows.push(Row { line, fields: keys.fields(file, line, fields.collect())? });
        check_rows(file, rows.len(), keys.names.len())?;
    }
    if rows.is_empty() {
        return Err(Error::data(
            file,
            None,
            "the file has no rows; expected a table with a text and a label column",
        ));
    }
    Ok(even(file, "Parquet", keys, rows, Vec::new()))
}

/// The names of the classes, by column.
fn classes(huggingface: Option<&str>) -> Map<String, Value> {
    let described: Option<Value> = huggingface.and_then(|text| serde_json::from_str(text).ok());
    let features =
        described.as_ref().and_then(|all| all.pointer("/info/features")).and_then(Value::as_object);
    let names = features.into_iter().flatten().filter_map(|(column, feature)| {
        let names = feature.get("names").filter(|names| names.is_array())?;
        Some((column.clone(), names.clone()))
    });
    names.collect()
}

fn named(classes: &Map<String, Value>, column: &str, value: Value) -> Value {
    let name = value.as_u64().and_then(|number| classes.get(column)?.get(number as usize));
    name.cloned().unwrap_or(value)
}

fn json(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => (*value).into(),
        Field::Byte(value) => (*value).into(),
        Field::Short(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::Long(value) => (*value).into(),
        Field::UByte(value) => (*value).into(),
        Field::UShort(value) => (*value).into(),
        Field::UInt(value) => (*value).into(),
        Field::ULong(value) => (*value).into(),
        // a float32 0.1 must become 0.1, not 0.10000000149011612
        Field::Float(value) => value.to_string().parse::<f64>().map_or(Value::Null, Value::from),
        Field::Double(value) => (*value).into(),
        Field::Str(value) => value.as_str().into(),
        // bytes without a logical type may be text
        Field::Bytes(value) => String::from_utf8_lossy(value.data()).into(),
        Field::Group(row) => row.get_column_iter().map(|(name, field)| (name.clone(), json(field))).collect(),
        Field::ListInternal(list) => list.elements().iter().map(json).collect(),
        Field::MapInternal(map) => {
            map.entries().iter().map(|(key, value)| (super::json::field(json(key)), json(value))).collect()
        }
        dates_and_decimals => dates_and_decimals.to_string().into(),
    }
}
