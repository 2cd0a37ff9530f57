//! Converts files and plain values to and from JavaScript.

use std::collections::BTreeMap;

use js_sys::{Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::error::misused;

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

/// A data file in memory.
pub struct DataFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl DataFile {
    /// Reads `{ name, bytes }`.
    pub fn new(value: &JsValue) -> Result<Self, JsValue> {
        let name = Reflect::get(value, &"name".into())?.as_string();
        let name = name.ok_or_else(|| misused("a data file has no name; expected { name, bytes }"))?;
        Ok(DataFile { name, bytes: bytes(&Reflect::get(value, &"bytes".into())?)? })
    }

    /// Reads the data file of `files` under `part`, if there is one.
    pub fn find(files: &Object, part: &str) -> Result<Option<Self>, JsValue> {
        let value = Reflect::get(files, &part.into())?;
        if value.is_undefined() || value.is_null() { Ok(None) } else { DataFile::new(&value).map(Some) }
    }
}

fn bytes(value: &JsValue) -> Result<Vec<u8>, JsValue> {
    let array: &Uint8Array =
        value.dyn_ref().ok_or_else(|| misused("a file's content is not a Uint8Array; expected its bytes"))?;
    Ok(array.to_vec())
}
