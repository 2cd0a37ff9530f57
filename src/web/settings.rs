//! What JavaScript says of a run besides its files.

use serde::Deserialize;
use serde_json::Value;
use wasm_bindgen::JsValue;

use super::convert::DataFile;
use super::error::{misused, thrown};
use crate::error::{Error, Result};
use crate::text::{ColumnChoice, ReadOptions, Shares, Source, Table, TaskKind};
use crate::train::TrainingArguments;

/// By way of JSON, as `serde_wasm_bindgen` passes over names that are unknown.
pub fn plain_json(value: JsValue) -> std::result::Result<Value, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| misused(&error.to_string()))
}

/// The defaults are the terminal's.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    has_header: Option<bool>,
    /// Of a workbook: a name, or a number from 1.
    sheet: Option<String>,
    text_column: Option<String>,
    pair_column: Option<String>,
    label_column: Option<String>,
    task: Option<TaskKind>,
    merge_labels: Option<bool>,
    validation_split: Option<f64>,
    test_split: Option<f64>,
    max_train_samples: Option<usize>,
    pub layers: Option<usize>,
    pub arguments: TrainingArguments,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            has_header: None,
            sheet: None,
            text_column: None,
            pair_column: None,
            label_column: None,
            task: None,
            merge_labels: None,
            validation_split: None,
            test_split: None,
            max_train_samples: None,
            layers: None,
            arguments: TrainingArguments::default(),
        }
    }
}

impl Settings {
    pub fn new(value: JsValue) -> std::result::Result<Self, JsValue> {
        Settings::of(&plain_json(value)?).map_err(thrown)
    }

    /// # Errors
    /// A name is unknown, or a value is not of its type or out of range.
    pub fn of(json: &Value) -> Result<Self> {
        let settings = serde_json::from_value::<Settings>(json.clone())
            .map_err(|error| Error::Usage(error.to_string()))?;
        settings.shares().check()?;
        Ok(settings)
    }

    pub fn columns(&self) -> ColumnChoice {
        ColumnChoice {
            text: self.text_column.clone(),
            pair: self.pair_column.clone(),
            label: self.label_column.clone(),
        }
    }

    pub fn shares(&self) -> Shares {
        Shares {
            validation: self.validation_split,
            test: self.test_split,
            train_examples: self.max_train_samples,
        }
    }

    /// A data file, read as the person says.
    pub fn table(&self, file: &DataFile) -> Result<Table> {
        let options =
            ReadOptions { has_header: self.has_header, sheet: self.sheet.clone(), ..ReadOptions::default() };
        Table::parse_with(&file.name, &file.bytes, &options)
    }

    /// The task and the examples of a training file.
    pub fn source_of(&self, train: &Table) -> Result<Source> {
        Source::new(train, self.columns(), self.task, self.merge_labels)
    }

    pub fn source(
        &self,
        train: &DataFile,
        validation: Option<&DataFile>,
        test: Option<&DataFile>,
    ) -> Result<Source> {
        let mut source = self.source_of(&self.table(train)?)?;
        let mut read = |file: Option<&DataFile>| file.map(|file| source.read(&self.table(file)?)).transpose();
        let (validation, test) = (read(validation)?, read(test)?);
        (source.validation, source.test) = (validation, test);
        Ok(source)
    }
}
