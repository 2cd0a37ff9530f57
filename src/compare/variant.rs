//! What a row of a comparison stands for: a method, with its settings of the grid.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dps::Method;

/// A method, and the settings in which its runs differ from the settings that all runs share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The method.
    pub method: Method,
    /// The settings by name. Empty without a grid, and in files of versions that had no grids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, Value>,
}

impl From<Method> for Variant {
    fn from(method: Method) -> Self {
        Variant { method, settings: BTreeMap::new() }
    }
}

/// "dps-dense, learning_rate 0.0001".
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.method)?;
        self.settings.iter().try_for_each(|(name, value)| match value {
            Value::String(text) => write!(f, ", {name} {text}"),
            value => write!(f, ", {name} {value}"),
        })
    }
}
