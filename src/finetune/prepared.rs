//! Reads and checks everything that a run needs, before it touches a device.

use std::path::PathBuf;

use serde_json::Value;

use super::course::{Course, resolved, trainer};
use super::running::{Running, Saved, model_fingerprint};
use crate::device::Chosen;
use crate::dps::Method;
use crate::encoder::{ModelConfig, Remembered};
use crate::error::Result;
use crate::model::{Loaded, ModelFolder};
use crate::spec::DataArguments;
use crate::text::{Sets, Source, TokenCount, Understood};
use crate::train::{Checkpoint, Data, Event, Trainer, TrainerSpec, TrainingArguments, default_learning_rate};

/// The parts of a run.
pub struct RunSpec {
    /// The starting model.
    pub folder: ModelFolder,
    /// Its name in reports.
    pub model_name: PathBuf,
    /// The task and the labelled texts.
    pub source: Source,
    /// The name of the training file in reports.
    pub train_file: PathBuf,
    /// The settings of the data, and the number of layers.
    pub data: DataArguments,
    /// The settings of training.
    pub arguments: TrainingArguments,
    /// The face's own record of how to prepare the run again. Every checkpoint holds it.
    pub origin: Value,
}

/// A run that is read and checked, but not on a device yet.
#[derive(Clone)]
pub struct Prepared {
    /// The configuration of the starting model.
    pub stored: ModelConfig,
    data: Data,
    layers: Option<usize>,
    arguments: TrainingArguments,
    kept: Kept,
}

/// The parts of a run that training does not need, but its end does.
#[derive(Clone)]
struct Kept {
    folder: ModelFolder,
    labels: Vec<String>,
    sets: Sets,
    /// The names in reports.
    model_name: PathBuf,
    train_file: PathBuf,
    /// The record for users of the model.
    remembered: Remembered,
    origin: Value,
}

impl Prepared {
    /// Checks the parts of a run, and fills in the settings that the user left out.
    ///
    /// # Errors
    /// The model's configuration or tokenizer, the data or a setting cannot be used.
    pub fn new(spec: RunSpec) -> Result<Self> {
        let RunSpec { folder, model_name, source, train_file, data: settings, arguments, origin } = spec;
        let stored = folder.config()?;
        let tokenizer = folder.tokenizer(&stored, arguments.max_length)?.with_long(arguments.long);
        arguments.check(source.task.kind)?;
        settings.check_ranges()?;
        let (arguments, settings) = resolved(&folder, &source, &settings, arguments)?;
        let sets = source.divide(&settings, arguments.seed)?;
        let names = source.label_names(arguments.label_names)?;
        let unlabelled = match arguments.self_trains(source.task.kind) {
            true => source.unlabelled(arguments.seed),
            false => Vec::new(),
        };
        let further = [&names[..], &unlabelled];
        let mut data = Data::new(&tokenizer, source.task.clone(), &sets, further, stored.vocab_size)?;
        let tokens = token_counts(&data, &source, tokenizer.unknown_id());
        let findings = source.check(&tokens, (arguments.max_length, arguments.long));
        let mut understood = Understood { findings, ..source.understood.clone() };
        understood.notes.extend(
            folder
                .classifier_note(&source.task, arguments.pooling)?
                .into_iter()
                .chain(folder.reading_notes(&stored)?),
        );
        let Understood { text, pair, label, .. } = &understood;
        let pair = pair.as_ref().map(|pair| pair.column.as_str());
        let remembered = Remembered::new(arguments.max_length, &text.column, pair, &label.column)
            .with_long(arguments.long)
            .with_prompt(folder.prompt(&stored)?);
        data.understood = Some(understood);
        let labels = source.task.labels.clone();
        let kept = Kept { folder, labels, sets, model_name, train_file, remembered, origin };
        Ok(Prepared { stored, data, layers: settings.layers, arguments, kept })
    }

    /// The same run with another method.
    pub fn with_method(&self, method: Method) -> Self {
        Prepared { arguments: TrainingArguments { method, ..self.arguments.clone() }, ..self.clone() }
    }

    /// The same run, whose checkpoints hold other words of the face.
    pub fn with_origin(self, origin: Value) -> Self {
        Prepared { kept: Kept { origin, ..self.kept }, ..self }
    }

    /// The number of training examples.
    pub fn train_examples(&self) -> usize {
        self.data.train.len()
    }

    /// The interpretation of the data files, with findings about the examples.
    pub fn understood(&self) -> &Understood {
        self.data.understood.as_ref().expect("set when it was prepared")
    }

    /// Puts the run on a device.
    ///
    /// # Errors
    /// The model's weights cannot be used, or there is nothing to train on.
    pub fn start(self, chosen: &Chosen) -> Result<Running> {
        let (kept, spec, has_head) = self.load(chosen)?;
        let config = spec.config.clone();
        Ok(kept.run(trainer(spec, has_head)?, chosen.clone(), config, Vec::new()))
    }

    /// Continues a run from its checkpoint as if it had never stopped. The same device gives the same bits.
    ///
    /// # Errors
    /// Those of [`start`](Self::start), or the checkpoint belongs to other data, another model or other settings.
    pub async fn resume(self, checkpoint: Checkpoint, chosen: &Chosen) -> Result<Running> {
        let (kept, spec, _) = self.load(chosen)?;
        let config = spec.config.clone();
        if let Some(change) = changed_labels(&checkpoint.state.events, &kept.labels) {
            return Err(checkpoint.wrong(change));
        }
        if checkpoint.state.model != model_fingerprint(&kept.folder, &config) {
            return Err(checkpoint.wrong(
                "is of another model: config.json or model.safetensors is not what the run was started from; put it \
                 back, or start a new run in another folder",
            ));
        }
        let (was_on, is_on) = (checkpoint.state.device.clone(), chosen.name());
        let mut trainer = Trainer::resume(spec, checkpoint).await?;
        let events = trainer.take_events();
        if was_on != is_on {
            trainer.warn(format!(
                "the run started on {was_on} and continues on {is_on}; results may differ in the last digits"
            ));
        }
        Ok(kept.run(trainer, chosen.clone(), config, events))
    }

    /// Loads the parts of the trainer. The flag says whether the model came with a classifier for the task.
    fn load(self, chosen: &Chosen) -> Result<(Kept, TrainerSpec, bool)> {
        let Prepared { data, arguments, kept, layers, .. } = self;
        let device = chosen.device.clone();
        let (shape, autodiff) = ((layers, arguments.pooling), device.clone().autodiff());
        let Loaded { model, config, has_head } =
            kept.folder.load_for_training(&data.task, &data.used, shape, arguments.seed, &autodiff)?;
        let default = || default_learning_rate(config.hidden_size);
        let learning_rate = arguments.learning_rate.unwrap_or_else(default);
        let device_name = chosen.name();
        let spec = TrainerSpec { arguments, learning_rate, model, config, data, device, device_name };
        Ok((kept, spec, has_head))
    }
}

/// Counts the tokens of all examples that come from files, for the findings about them.
fn token_counts(data: &Data, source: &Source, unknown: Option<u32>) -> Vec<TokenCount> {
    let place = |unknown| data.used.ids().binary_search(&unknown).ok().map(|row| row as u32);
    let unknown = unknown.and_then(place);
    let of_file = |set, file: &Option<_>| if file.is_none() { set } else { &[][..] };
    let sets =
        [&data.train[..], of_file(&data.validation, &source.validation), of_file(&data.test, &source.test)];
    sets.into_iter().flatten().map(|example| TokenCount::new(example, unknown)).collect()
}

/// Describes changed labels. Without this check, the error would only say that the model or the data changed.
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
                 back, or start a new run in another folder",
                only_in(earlier, labels),
                only_in(labels, earlier)
            ))
        }
        _ => None,
    }
}

impl Kept {
    fn run(self, trainer: Trainer, chosen: Chosen, config: ModelConfig, events: Vec<Event>) -> Running {
        let Kept { folder, labels, sets, model_name, train_file, remembered, origin } = self;
        let saved = Saved::new(trainer.progress());
        Running {
            seed: trainer.arguments().seed,
            learning_rate: trainer.learning_rate(),
            course: Course::new(trainer),
            chosen,
            folder,
            config,
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
            ended: false,
        }
    }
}
