//! Takes the fields of a JSON object one by one. serde's derive would make many times as much WebAssembly for types
//! that have many fields, or are tagged or flattened.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Result, Value};

pub struct Fields(Map<String, Value>);

impl Fields {
    pub fn new<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Fields)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T> {
        let value = self.0.remove(name).ok_or_else(|| serde_json::Error::missing_field(name))?;
        serde_json::from_value(value).map_err(|error| serde_json::Error::custom(format!("{name}: {error}")))
    }

    /// Takes a number, and null as NaN.
    pub fn take_or_nan(&mut self, name: &'static str) -> Result<f64> {
        Ok(self.take::<Option<f64>>(name)?.unwrap_or(f64::NAN))
    }

    /// # Errors
    /// A field has not been taken.
    pub fn finish(self) -> Result<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(serde_json::Error::custom(format!("unknown field `{name}`"))),
        }
    }

    /// Reads the remaining fields as one value.
    pub fn rest<T: DeserializeOwned>(self) -> Result<T> {
        serde_json::from_value(Value::Object(self.0))
    }
}
