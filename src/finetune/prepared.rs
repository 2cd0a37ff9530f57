//! All that a run needs, read and checked before a device is touched.

use std::path::PathBuf;

use serde_json::Value;

use super::course::{Course, resolved, trainer};
use super::running::{Running, Saved, model_fingerprint};
use crate::bert::{BertConfig, Remembered};
use crate::device::Chosen;
use crate::error::Result;
use crate::model::{Loaded, ModelFolder};
use crate::spec::DataArguments;
use crate::text::{Encoded, Sets, Source, Task, TokenCount, Understood};
use crate::train::{Checkpoint, Data, Event, Trainer, TrainingArguments, default_learning_rate};

pub struct Prepared {
    /// Of the model that is started from.
    pub stored: BertConfig,
    data: Data,
    layers: Option<usize>,
    arguments: TrainingArguments,
    kept: Kept,
}

/// What a run does not train on, but needs in the end.
struct Kept {
    folder: ModelFolder,
    source: Source,
    sets: Sets,
    /// As reports name them.
    model_name: PathBuf,
    train_file: PathBuf,
    /// For whoever uses the model.
    remembered: Remembered,
    origin: Value,
}

impl Prepared {
    /// `model_name` and `train_file` are what reports call the model and the data.
    ///
    /// # Errors
    /// The model's configuration or tokenizer, the data or a setting cannot be used.
    pub fn new(
        (model_name, folder): (PathBuf, ModelFolder),
        (train_file, source): (PathBuf, Source),
        data: &DataArguments,
        arguments: TrainingArguments,
    ) -> Result<Self> {
        let stored = folder.config()?;
        let tokenizer = folder.tokenizer(&stored, arguments.max_length)?;
        arguments.check(source.task == Task::Regression)?;
        data.check_ranges()?;
        let layers = data.layers;
        let (arguments, divided) = resolved(&folder, &source, data, arguments)?;
        let sets = source.divide(&divided, arguments.seed)?;
        let names = source.label_names(arguments.label_names)?;
        let mut data = Data::new(&tokenizer, source.task.clone(), &sets, &names, stored.vocab_size)?;
        let tokens = token_counts(&data, &source, tokenizer.unknown_id());
        let findings = source.check(&tokens, arguments.max_length);
        let mut understood = Understood { findings, ..source.understood.clone() };
        understood.notes.extend(
            folder
                .classifier_note(&source.task, arguments.pooling)?
                .into_iter()
                .chain(folder.reading_notes(&stored)?),
        );
        data.understood = Some(understood);
        let Understood { text, pair, label, .. } = &source.understood;
        let pair = pair.as_ref().map(|pair| pair.column.as_str());
        let remembered = Remembered::new(arguments.max_length, &text.column, pair, &label.column)
            .with_prompt(folder.prompt(&stored)?);
        let kept = Kept { folder, source, sets, model_name, train_file, remembered, origin: Value::Null };
        Ok(Prepared { stored, data, layers, arguments, kept })
    }

    /// Puts into every checkpoint of the run what the face needs to prepare it again, in its own words.
    pub fn with_origin(mut self, origin: Value) -> Self {
        self.kept.origin = origin;
        self
    }

    /// How the data files were read, and what a person should know about the examples.
    pub fn understood(&self) -> &Understood {
        self.data.understood.as_ref().expect("set when it was prepared")
    }

    /// # Errors
    /// The model's weights cannot be used, or there is nothing to train on.
    pub fn start(self, chosen: &Chosen) -> Result<Running> {
        let loaded = self.load(chosen)?;
        let config = loaded.config.clone();
        let learning_rate = self.learning_rate(&config);
        let Prepared { data, arguments, kept, .. } = self;
        let trainer = trainer(arguments, learning_rate, loaded, data, chosen.device.clone(), chosen.name())?;
        Ok(kept.run(trainer, chosen.clone(), config, learning_rate, Vec::new()))
    }

    /// Goes on from a checkpoint of this run as if it had never stopped: on the same device, to the same bits.
    ///
    /// # Errors
    /// As [`start`](Self::start), or the checkpoint is of other data, another model or other settings.
    pub async fn resume(self, checkpoint: Checkpoint, chosen: &Chosen) -> Result<Running> {
        let Loaded { model, config, .. } = self.load(chosen)?;
        let learning_rate = self.learning_rate(&config);
        let Prepared { data, arguments, kept, .. } = self;
        let model = (model, config.clone());
        if let Some(change) = changed_labels(&checkpoint.state.events, &kept.source.labels()) {
            return Err(checkpoint.wrong(change));
        }
        if checkpoint.state.model != model_fingerprint(&kept.folder, &config) {
            return Err(checkpoint.wrong(
                "is of another model: config.json or model.safetensors is not what the run was started from; put it \
                 back, or train anew in another folder",
            ));
        }
        let (was_on, is_on) = (checkpoint.state.device.clone(), chosen.name());
        let device = chosen.device.clone();
        let mut trainer =
            Trainer::resume(arguments, learning_rate, model, data, device, is_on.clone(), checkpoint).await?;
        let events = trainer.take_events();
        if was_on != is_on {
            trainer.warn(format!(
                "the run started on {was_on} and continues on {is_on}; results may differ in the last digits"
            ));
        }
        Ok(kept.run(trainer, chosen.clone(), config, learning_rate, events))
    }

    fn load(&self, chosen: &Chosen) -> Result<Loaded> {
        let autodiff = chosen.device.clone().autodiff();
        let Data { task, used, .. } = &self.data;
        let kept = (self.layers, self.arguments.pooling);
        self.kept.folder.load_for_training(task, used, kept, self.arguments.seed, &autodiff)
    }

    fn learning_rate(&self, config: &BertConfig) -> f64 {
        self.arguments.learning_rate.unwrap_or_else(|| default_learning_rate(config.hidden_size))
    }
}

/// How the tokenizer sees the examples of the training file.
fn token_counts(data: &Data, source: &Source, unknown: Option<u32>) -> Vec<TokenCount> {
    let place = |unknown| data.used.ids().binary_search(&unknown).ok().map(|row| row as u32);
    let unknown = unknown.and_then(place);
    let of_file = |set, file: &Option<_>| if file.is_none() { set } else { &[][..] };
    let sets =
        [&data.train[..], of_file(&data.validation, &source.validation), of_file(&data.test, &source.test)];
    let count = |Encoded { encoding, line, .. }: &Encoded| TokenCount {
        line: *line,
        tokens: encoding.input_ids.len() + encoding.truncated,
        unknown: encoding.input_ids.iter().filter(|id| Some(**id) == unknown).count(),
    };
    sets.into_iter().flatten().map(count).collect()
}

/// Labels that changed make another model and other data, which says less.
fn changed_labels(events: &[Event], labels: &[String]) -> Option<String> {
    let earlier = events.iter().find_map(|event| match event {
        Event::Start { labels, .. } => Some(labels),
        _ => None,
    });
    match earlier {
        Some(earlier) if earlier != labels => {
            let only_in = |one: &[String], other: &[String]| {
                let only: Vec<&String> = one.iter().filter(|label| !other.contains(label)).take(5).collect();
                if only.is_empty() { "nothing".to_owned() } else { format!("{only:?}") }
            };
            Some(format!(
                "was written with other labels than the data have now: gone are {}, new are {}; put the labels in the data \
                 back, or train anew in another folder",
                only_in(earlier, labels),
                only_in(labels, earlier)
            ))
        }
        _ => None,
    }
}

impl Kept {
    fn run(
        self,
        trainer: Trainer,
        chosen: Chosen,
        config: BertConfig,
        learning_rate: f64,
        events: Vec<Event>,
    ) -> Running {
        let labels = self.source.labels();
        let Kept { folder, sets, model_name, train_file, remembered, origin, .. } = self;
        let saved = Saved::new(trainer.progress());
        Running {
            seed: trainer.arguments().seed,
            course: Course::new(trainer),
            chosen,
            folder,
            config,
            learning_rate,
            labels,
            sets,
            model_name,
            train_file,
            remembered,
            events,
            origin,
            saved,
            losses: 0,
            exported: None,
        }
    }
}
