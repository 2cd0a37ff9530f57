//! A model on a device, before and after training: the calls of a page, whether its engine runs in the browser or in
//! `subtune ui`. What a call takes and returns is the same for both faces, under the names of the terminal's JSON lines.
//! www/src/engine/wasm.ts declares the types for JavaScript.

pub mod device;
mod files;
mod inspect;
mod rows;
mod settings;
mod training;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use files::{DataFile, DataFiles};
pub use inspect::Inspection;
pub use rows::Rows;
use settings::Settings;
pub use training::Training;

use crate::device::{Chosen, DeviceChoice, summaries};
use crate::doctor::{Examination, examine};
use crate::encoder::ModelConfig;
use crate::error::{Error, Result};
use crate::finetune::{Prepared, RunSpec};
use crate::model::ModelFolder;
use crate::predict::{Answer, Deltas, Predictor, Tuned};
use crate::session::Store;
use crate::spec::{ExportFormat, Precision};
use crate::suggest::{Embeddings, Sheet, Suggestions};
use crate::text::{ColumnChoice, Example, Task};
use crate::train::{Checkpoint, HeldOut, Prediction, TrainingArguments, encode};

/// A model on a device, and its fine-tuned copy once there is one.
pub struct Tuner {
    name: String,
    /// The model that every training starts from.
    folder: ModelFolder,
    config: ModelConfig,
    /// `auto`, `webgpu` or `cpu`.
    device: String,
    chosen: Chosen,
    /// The model that predicts: the result of the last training, or the loaded one.
    tuned: Option<Predictor>,
    /// The deltas of the model that was loaded, once one is used.
    deltas: Option<Deltas>,
    /// The vectors of texts that were computed for suggestions.
    embeddings: Option<Embeddings>,
}

/// A text, or a pair of texts.
#[derive(Deserialize)]
pub struct Text {
    text: String,
    pair: Option<String>,
}

/// A text in tokens.
#[derive(Serialize)]
pub struct Tokens {
    input_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
    truncated: usize,
}

impl Tuner {
    /// Reads a model's files, by name, and opens the device `auto`, `webgpu` or `cpu`. Reports and messages call the model
    /// `name`.
    ///
    /// # Errors
    /// The model cannot be used, or there is no such device.
    pub async fn load(name: String, files: BTreeMap<String, Vec<u8>>, device: String) -> Result<Tuner> {
        let folder = ModelFolder::new(&name, files)?;
        let config = folder.config()?;
        let most = TrainingArguments::default().max_length.min(config.max_position_embeddings);
        folder.tokenizer(&config, most)?;
        let fine_tuned = folder.check()?;
        let chosen = device::choose(&device).await?;
        chosen.check_tensor(config.largest_parameter_bytes())?;
        let tuned = match fine_tuned {
            true => Some(predictor(folder.clone(), &chosen)?),
            false => None,
        };
        Ok(Tuner { name, folder, config, device, chosen, tuned, deltas: None, embeddings: None })
    }

    /// Describes the device, the model, and the task that it was trained for.
    pub fn describe(&self) -> Value {
        let Tuner { name, config, chosen, .. } = self;
        let tuned = self.tuned.as_ref().map(|predictor| {
            let Task { kind, labels, .. } = &predictor.tuned.task;
            json!({
                "task": kind.name(),
                "labels": labels,
                "max_length": predictor.tuned.options.max_length,
            })
        });
        json!({
            "device": {
                "kind": if chosen.adapter.is_some() { "webgpu" } else { "cpu" },
                "name": chosen.name(),
                "software": chosen.adapter.as_ref().is_some_and(|adapter| adapter.software),
                "reason": chosen.reason,
            },
            "model": {
                "name": name,
                "layers": config.num_hidden_layers,
                "hidden_size": config.hidden_size,
                "vocab_size": config.vocab_size,
                "max_length": config.max_tokens(),
                "parameters": config.parameter_count(),
            },
            "tuned": tuned,
        })
    }

    /// Reopens a device that was lost, such as that of a laptop that slept.
    ///
    /// # Errors
    /// No device can be opened; the error tells why the first one was lost.
    pub async fn ready(&mut self) -> Result<()> {
        let Err(lost) = self.chosen.check_health() else { return Ok(()) };
        self.chosen = device::choose(&self.device).await.map_err(|_| lost)?;
        self.deltas = None;
        if let Some(predictor) = &mut self.tuned {
            predictor.move_to(self.chosen.clone())?;
        }
        if let Some(embeddings) = &mut self.embeddings {
            embeddings.move_to(self.chosen.clone());
        }
        Ok(())
    }

    /// Inspects a data file: preview, columns, task, classes, findings.
    ///
    /// # Errors
    /// Those of [`Inspection::new`], or a setting is wrong.
    pub fn inspect(&self, file: &DataFile, settings: &Value) -> Result<Inspection> {
        Inspection::new(file, &Settings::from_json(settings)?, &self.folder, &self.config)
    }

    /// Reads a data file: all its rows, and the columns of texts and labels as far as they are clear.
    ///
    /// # Errors
    /// The file is not a table, or a setting is wrong.
    pub fn rows(&self, file: &DataFile, settings: &Value) -> Result<Rows> {
        let settings = Settings::from_json(settings)?;
        Ok(Rows::new(settings.table(file)?, &settings.data))
    }

    /// Reads and checks all parts of a run, then prepares its first step.
    ///
    /// # Errors
    /// The data or a setting cannot be used, or the device failed.
    pub fn start<S: Store>(&self, files: &DataFiles, settings: Value) -> Result<Training<S>> {
        let running = self.prepare(files, settings)?.start(&self.chosen)?;
        Ok(Training::new(running, self.device.clone()))
    }

    /// Continues a run on the same data files from its checkpoint, as if it had never stopped.
    ///
    /// # Errors
    /// The checkpoint belongs to another run, or those of [`start`](Self::start).
    pub async fn resume<S: Store>(&self, files: &DataFiles, checkpoint: Checkpoint) -> Result<Training<S>> {
        let prepared = self.prepare(files, checkpoint.origin().clone())?;
        let running = prepared.resume(checkpoint, &self.chosen).await?;
        Ok(Training::new(running, self.device.clone()))
    }

    /// Takes the result of a training: its model predicts from now on. Returns the predictions for the held-out examples, if
    /// there are any.
    ///
    /// # Errors
    /// The training has not ended, or its model cannot be put on the device.
    pub fn finish<S: Store>(&mut self, mut training: Training<S>) -> Result<Option<Value>> {
        let session = training.session();
        let running = session.running();
        let held_out =
            running.held_out().map(|(examples, held_out)| outcome(&examples, held_out, &running.labels));
        // the run may have moved to another device
        self.chosen = running.device().clone();
        self.deltas = None;
        let folder = session.finish().ok_or_else(|| Error::Usage("the training has not ended".into()))?;
        drop(training);
        self.tuned = Some(predictor(folder, &self.chosen)?);
        Ok(held_out)
    }

    /// Makes a delta of the loaded model the one that predicts, or, without one, the loaded model itself.
    ///
    /// # Errors
    /// It is no delta, or one of another model.
    pub fn use_delta(&mut self, delta: Option<&[u8]>) -> Result<()> {
        self.tuned = match delta {
            Some(bytes) => {
                let deltas = match self.deltas.take() {
                    Some(deltas) => deltas,
                    None => Deltas::new(&self.folder, self.chosen.clone())?,
                };
                Some(self.deltas.insert(deltas).predictor("the delta", bytes)?)
            }
            None if self.folder.check()? => Some(predictor(self.folder.clone(), &self.chosen)?),
            None => None,
        };
        Ok(())
    }

    /// Predicts each text, to `{ label, probability, probabilities }` or `{ value }`.
    ///
    /// # Errors
    /// There is no classifier yet, or the device failed.
    pub async fn predict(&self, texts: Vec<Text>) -> Result<Vec<Answer<'_>>> {
        let predictor = self.tuned()?;
        let encoded = predictor.tuned.encode(&examples(texts))?;
        let predictions = predictor.predict(&encoded).await?;
        let labels = &predictor.tuned.task.labels;
        Ok(predictions.iter().map(|prediction| Answer::new(prediction, labels)).collect())
    }

    /// Evaluates the model on a data file.
    ///
    /// # Errors
    /// There is no classifier yet, the file cannot be used, or the device failed.
    pub async fn evaluate(&self, file: &DataFile, settings: &Value) -> Result<Value> {
        let predictor = self.tuned()?;
        let settings = Settings::from_json(settings)?;
        let table = settings.table(file)?;
        let labelled = predictor.tuned.labelled(&table, &ColumnChoice::new(&settings.data))?;
        let (metrics, predictions) = predictor.evaluate(&labelled.encoded).await?;
        let labels = &predictor.tuned.task.labels;
        let rows: Vec<Value> = labelled
            .examples
            .iter()
            .zip(&predictions)
            .map(|(example, prediction)| row(example, prediction, labels))
            .collect();
        Ok(json!({ "metrics": metrics, "examples": rows, "notes": labelled.notes }))
    }

    /// For a data file with some labels or none: the texts to label next, and the most probable labels of the texts without
    /// one.
    ///
    /// # Errors
    /// The file has no texts, a setting is wrong, or the device failed.
    pub async fn suggest(&mut self, file: &DataFile, settings: &Value, count: usize) -> Result<Suggestions> {
        let settings = Settings::from_json(settings)?;
        let sheet = Sheet::new(&settings.table(file)?, &ColumnChoice::new(&settings.data))?;
        let embeddings = match &mut self.embeddings {
            Some(embeddings) => embeddings,
            none => none.insert(Embeddings::new(self.folder.clone(), self.chosen.clone())?),
        };
        sheet.suggest(embeddings, count, settings.arguments.seed).await
    }

    /// Tokenises each text. Those of more than `max_length` tokens are cut.
    ///
    /// # Errors
    /// `max_length` is out of range.
    pub fn tokenize(&self, texts: Vec<Text>, max_length: usize) -> Result<Vec<Tokens>> {
        let tokenizer = self.folder.tokenizer(&self.config, max_length)?;
        let encoded = encode(&tokenizer, &examples(texts))?;
        let tokens = encoded.into_iter().map(|encoded| Tokens {
            input_ids: encoded.encoding.input_ids,
            token_type_ids: encoded.encoding.token_type_ids,
            truncated: encoded.encoding.truncated,
        });
        Ok(tokens.collect())
    }

    /// A folder of the fine-tuned model: contents by file name. `format` is `safetensors`, `onnx` or `delta`, and `dtype`
    /// is `float32`, `float16` or, for ONNX, `q8`.
    ///
    /// # Errors
    /// There is no classifier yet, or the format has no such `dtype`.
    pub fn export(&self, format: &str, dtype: &str) -> Result<ModelFolder> {
        let format: ExportFormat = format.parse()?;
        let precision: Precision = dtype.parse()?;
        self.tuned()?.tuned.folder.export_as(format, precision, || Ok(self.folder.clone()))
    }

    /// Prepares a run on the data files. Its checkpoints will hold the settings.
    fn prepare(&self, files: &DataFiles, settings: Value) -> Result<Prepared> {
        let parsed = Settings::from_json(&settings)?;
        Prepared::new(RunSpec {
            folder: self.folder.clone(),
            model_name: PathBuf::from(&self.name),
            source: parsed.source(files)?,
            train_file: PathBuf::from(&files.train.name),
            data: parsed.data,
            arguments: parsed.arguments,
            origin: settings,
        })
    }

    fn tuned(&self) -> Result<&Predictor> {
        self.tuned.as_ref().ok_or_else(|| {
            Error::Usage(format!(
                "{} has no classifier yet; train it first, or load a fine-tuned model",
                self.name
            ))
        })
    }
}

impl Drop for Tuner {
    fn drop(&mut self) {
        (self.tuned, self.deltas) = (None, None);
        self.chosen.device.memory_cleanup();
    }
}

/// Examines the CPU and, if there is one, the GPU.
pub async fn doctor() -> Examination {
    let mut choices = vec![DeviceChoice::Cpu];
    if !summaries().await.is_empty() {
        choices.push(DeviceChoice::Gpu);
    }
    examine(&choices, |_| {}).await
}

/// Loads the model of a folder. It cuts texts as in training.
fn predictor(folder: ModelFolder, chosen: &Chosen) -> Result<Predictor> {
    let batch_size = TrainingArguments::default().per_device_eval_batch_size;
    Predictor::new(Tuned::new(folder, None, batch_size)?, chosen.clone())
}

fn examples(texts: Vec<Text>) -> Vec<Example> {
    let example = |(index, Text { text, pair }): (usize, Text)| Example {
        line: index as u64 + 1,
        text,
        pair,
        target: None,
    };
    texts.into_iter().enumerate().map(example).collect()
}

/// The model's predictions for the held-out examples.
fn outcome(examples: &[&Example], held_out: &HeldOut, labels: &[String]) -> Value {
    let rows: Vec<Value> = examples
        .iter()
        .zip(&held_out.predictions)
        .map(|(example, prediction)| row(example, prediction, labels))
        .collect();
    json!({ "part": held_out.part, "step": held_out.step, "examples": rows })
}

fn row(example: &Example, prediction: &Prediction, labels: &[String]) -> Value {
    json!({
        "line": example.line,
        "text": example.text,
        "pair": example.pair,
        "target": example.target.as_ref().map(|target| target.to_json(labels)),
        "prediction": Answer::new(prediction, labels),
    })
}
