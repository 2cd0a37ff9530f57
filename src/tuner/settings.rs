//! The settings of a call, by their names in JSON.

use serde::Deserialize;
use serde_json::Value;

use super::files::{DataFile, DataFiles};
use crate::error::{Error, Result};
use crate::spec::{DataArguments, TrainingArguments};
use crate::text::{ReadOptions, Source, Table};

/// The settings of a training or an inspection.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub data: DataArguments,
    pub arguments: TrainingArguments,
}

impl Settings {
    /// # Errors
    /// A name is unknown, or a value has the wrong type or is out of range.
    pub fn from_json(json: &Value) -> Result<Self> {
        let settings = serde_json::from_value::<Settings>(json.clone())
            .map_err(|error| Error::Usage(error.to_string()))?;
        settings.data.check_ranges()?;
        Ok(settings)
    }

    /// Reads a data file with these settings.
    pub fn table(&self, file: &DataFile) -> Result<Table> {
        Table::parse_with(&file.name, &file.bytes, &ReadOptions::new(&self.data))
    }

    /// Reads the task and the examples of a training file.
    pub fn source_of(&self, train: &Table) -> Result<Source> {
        Source::new(train, &self.data)
    }

    /// Reads all data files of a run.
    pub fn source(&self, DataFiles { train, validation, test }: &DataFiles) -> Result<Source> {
        let mut source = self.source_of(&self.table(train)?)?;
        let mut read =
            |file: &Option<DataFile>| file.as_ref().map(|file| source.read(&self.table(file)?)).transpose();
        let (validation, test) = (read(validation)?, read(test)?);
        (source.validation, source.test) = (validation, test);
        Ok(source)
    }
}
