//! All that a run needs, read and checked before a device is touched.

use std::path::PathBuf;

use super::running::Running;
use crate::bert::BertConfig;
use crate::device::Chosen;
use crate::error::Result;
use crate::model::ModelFolder;
use crate::text::{Finding, Sets, Shares, Source, Task, check};
use crate::train::{Data, Trainer, TrainingArguments, default_learning_rate};

pub struct Prepared {
    folder: ModelFolder,
    /// Of the model that is started from.
    pub stored: BertConfig,
    source: Source,
    sets: Sets,
    data: Data,
    layers: Option<usize>,
    arguments: TrainingArguments,
    /// As reports name them.
    model_name: PathBuf,
    train_file: PathBuf,
}

impl Prepared {
    /// `model_name` and `train_file` are what reports call the model and the data. `layers` is how many of the
    /// model's first layers are kept; all, where nothing is said.
    ///
    /// # Errors
    /// The model's configuration or tokenizer, the data or a setting cannot be used.
    pub fn new(
        (model_name, folder): (PathBuf, ModelFolder),
        (train_file, source): (PathBuf, Source),
        shares: Shares,
        layers: Option<usize>,
        arguments: TrainingArguments,
    ) -> Result<Self> {
        let stored = folder.config()?;
        let tokenizer = folder.tokenizer(&stored, arguments.max_length)?;
        arguments.check(source.task == Task::Regression)?;
        let sets = source.divide(shares, arguments.seed)?;
        let data = Data::new(&tokenizer, source.task.clone(), &sets)?;
        Ok(Prepared { folder, stored, source, sets, data, layers, arguments, model_name, train_file })
    }

    /// What a person should know about the files and the training examples.
    pub fn notes(&self) -> Vec<String> {
        let lengths: Vec<usize> =
            self.data.train.iter().map(|one| one.encoding.input_ids.len() + one.encoding.truncated).collect();
        let findings: Vec<Finding> =
            check(&self.sets.train, &self.source.task, Some(&lengths), self.arguments.max_length);
        let found = findings.into_iter().map(|finding| finding.message);
        self.source.notes.iter().cloned().chain(found).collect()
    }

    /// # Errors
    /// The model's weights cannot be used, or there is nothing to train on.
    pub fn start(self, chosen: &Chosen) -> Result<Running> {
        let Prepared { folder, source, sets, data, layers, arguments, model_name, train_file, .. } = self;
        let autodiff = chosen.device.clone().autodiff();
        let (model, config) = folder.load_for_training(&source.task, layers, arguments.seed, &autodiff)?;
        let learning_rate =
            arguments.learning_rate.unwrap_or_else(|| default_learning_rate(config.hidden_size));
        let labels = source.labels();
        let trainer =
            Trainer::new(arguments, learning_rate, model, data, chosen.device.clone(), chosen.name())?;
        let events = Vec::new();
        let chosen = chosen.clone();
        Ok(Running {
            trainer,
            chosen,
            folder,
            config,
            learning_rate,
            labels,
            sets,
            model_name,
            train_file,
            events,
        })
    }
}
