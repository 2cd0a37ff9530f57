//! Converts files and plain values to and from JavaScript.

use std::collections::BTreeMap;

use js_sys::{Object, Reflect, Uint8Array};
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};

use super::error::misused;
use crate::tuner::{DataFile, DataFiles};

/// Makes a plain object: without `Map`s, and `null` for `None`.
pub fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| misused(&error.to_string()))
}

/// Reads an object of `Uint8Array`s by file name.
pub fn files(record: &Object) -> Result<BTreeMap<String, Vec<u8>>, JsValue> {
    let entry = |name: JsValue| {
        let bytes = bytes(&Reflect::get(record, &name)?)?;
        Ok((name.as_string().unwrap_or_default(), bytes))
    };
    Object::keys(record).iter().map(|name| entry(name.into())).collect()
}

/// Makes an object with a `Uint8Array` for each file.
pub fn record(files: &BTreeMap<String, Vec<u8>>) -> Object {
    let record = Object::new();
    for (name, bytes) in files {
        let bytes = Uint8Array::from(bytes.as_slice());
        Reflect::set(&record, &name.into(), &bytes).expect("a new object is extensible");
    }
    record
}

/// Reads a data file `{ name, bytes }`.
pub fn data_file(value: &JsValue) -> Result<DataFile, JsValue> {
    let name = Reflect::get(value, &"name".into())?.as_string();
    let name = name.ok_or_else(|| misused("a data file has no name; expected { name, bytes }"))?;
    Ok(DataFile { name, bytes: bytes(&Reflect::get(value, &"bytes".into())?)? })
}

/// Reads the data files of a run: `train`, and perhaps `validation` and `test`.
pub fn data_files(files: &Object) -> Result<DataFiles, JsValue> {
    let find = |part: &str| {
        let value = Reflect::get(files, &part.into())?;
        if value.is_undefined() || value.is_null() { Ok(None) } else { data_file(&value).map(Some) }
    };
    let train = find("train")?.ok_or_else(|| misused("the training data is missing"))?;
    Ok(DataFiles { train, validation: find("validation")?, test: find("test")? })
}

/// Converts a value to JSON first, because `serde_wasm_bindgen` ignores unknown names in a struct.
pub fn plain_json(value: JsValue) -> Result<Value, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| misused(&error.to_string()))
}

fn bytes(value: &JsValue) -> Result<Vec<u8>, JsValue> {
    let array: &Uint8Array =
        value.dyn_ref().ok_or_else(|| misused("a file's content is not a Uint8Array; expected its bytes"))?;
    Ok(array.to_vec())
}
