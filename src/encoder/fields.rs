//! Reads the fields of a `config.json` by BERT's names, whatever the family calls them.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::activation::Activation;
use super::family::Family;
use crate::error::{Error, Result};

/// The fields of a `config.json`. Null counts as absent.
pub struct Fields<'a> {
    pub file: &'a str,
    pub family: &'static Family,
    pub fields: Map<String, Value>,
}

impl Fields<'_> {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(self.family.setting(name)?).filter(|value| !value.is_null())
    }

    /// # Errors
    /// Always: it makes the error for a field that does not hold what is `expected`.
    pub fn wrong<T>(&self, name: &str, expected: &str) -> Result<T> {
        let name = self.family.setting(name).unwrap_or(name);
        let found = self.fields.get(name).map_or("nothing".into(), abridged);
        Err(Error::model(self.file, format!("{name} is {found}; expected {expected}")))
    }

    /// Checks that a field is absent or has this value.
    ///
    /// # Errors
    /// It has another value.
    pub fn only(&self, name: &str, value: impl Into<Value>) -> Result<()> {
        let value = value.into();
        match self.get(name) {
            Some(found) if *found != value => self.wrong(name, &format!("{value}; no other is supported")),
            _ => Ok(()),
        }
    }

    /// Reads a whole number.
    ///
    /// # Errors
    /// The field is not a whole number, is out of range, or is absent without a default.
    pub fn whole(&self, name: &str, default: Option<u64>, range: RangeInclusive<u64>) -> Result<u64> {
        match (self.get(name), default) {
            (None, Some(default)) => Ok(default),
            (found, _) => match found.and_then(Value::as_u64).filter(|found| range.contains(found)) {
                Some(found) => Ok(found),
                None => {
                    let expected = format!("a whole number from {} to {}", range.start(), range.end());
                    self.wrong(name, &expected)
                }
            },
        }
    }

    /// Reads an activation. An absent field means GELU.
    ///
    /// # Errors
    /// The activation is unknown.
    pub fn activation(&self, name: &str) -> Result<Activation> {
        let Some(found) = self.get(name) else { return Ok(Activation::Gelu) };
        match found.as_str().and_then(Activation::find) {
            Some(found) => Ok(found),
            None => self.wrong(name, &Activation::names()),
        }
    }

    /// Reads a number between `least` and 1.
    ///
    /// # Errors
    /// The field is not a number, or is out of range.
    pub fn share(&self, name: &str, default: f64, least: f64) -> Result<f64> {
        let Some(found) = self.get(name) else { return Ok(default) };
        match found.as_f64().filter(|found| (least..=1.0).contains(found)) {
            Some(found) => Ok(found),
            None => self.wrong(name, &format!("a number from {least:?} to 1")),
        }
    }
}

/// Writes a value as JSON, cut after 60 characters.
pub fn abridged(value: &Value) -> String {
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(60) {
        text.replace_range(end.., "...");
    }
    text
}
