//! A model on a device, before and after training.

use std::path::PathBuf;

use js_sys::Object;
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use super::convert::{DataFile, files, plain, record};
use super::device;
use super::error::{js_error, misused};
use super::inspect::Inspection;
use super::rows::Rows;
use super::settings::{Settings, plain_json};
use super::training::{Training, read};
use crate::device::Chosen;
use crate::encoder::ModelConfig;
use crate::error::{Error, Result};
use crate::finetune::{Prepared, RunSpec};
use crate::model::ModelFolder;
use crate::predict::{Answer, Deltas, Predictor, Tuned};
use crate::spec::{ExportFormat, Precision};
use crate::suggest::{Embeddings, Sheet};
use crate::text::{ColumnChoice, Example, Task};
use crate::train::{HeldOut, Prediction, TrainingArguments, encode};

type Thrown<T> = std::result::Result<T, JsValue>;

/// A model on a device, and its fine-tuned copy once there is one.
#[wasm_bindgen]
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
struct Text {
    text: String,
    pair: Option<String>,
}

#[wasm_bindgen]
impl Tuner {
    /// Reads a model's files, by name, and opens the device `auto`, `webgpu` or `cpu`. Reports and messages call the model
    /// `name`.
    pub async fn load(name: String, model: Object, device: String) -> Thrown<Tuner> {
        let folder = ModelFolder::new(&name, files(&model)?).map_err(js_error)?;
        let config = folder.config().map_err(js_error)?;
        let most = TrainingArguments::default().max_length.min(config.max_position_embeddings);
        folder.tokenizer(&config, most).map_err(js_error)?;
        let fine_tuned = folder.check().map_err(js_error)?;
        let chosen = device::choose(&device).await?;
        chosen.check_tensor(config.largest_parameter_bytes()).map_err(js_error)?;
        let tuned = match fine_tuned {
            true => Some(predictor(folder.clone(), &chosen).map_err(js_error)?),
            false => None,
        };
        Ok(Tuner { name, folder, config, device, chosen, tuned, deltas: None, embeddings: None })
    }

    /// Describes the device, the model, and the task that it was trained for.
    pub fn describe(&self) -> Thrown<JsValue> {
        let Tuner { name, config, chosen, .. } = self;
        let tuned = self.tuned.as_ref().map(|predictor| {
            let Task { kind, labels, .. } = &predictor.tuned.task;
            json!({
                "task": kind.name(),
                "labels": labels,
                "max_length": predictor.tuned.options.max_length,
            })
        });
        plain(&json!({
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
        }))
    }

    /// Reopens a device that was lost, such as that of a laptop that slept.
    pub async fn ready(&mut self) -> Thrown<()> {
        let Err(lost) = self.chosen.check_health() else { return Ok(()) };
        // if no device can be opened, report why the first one was lost
        self.chosen = device::choose(&self.device).await.map_err(|_| js_error(lost))?;
        self.deltas = None;
        if let Some(predictor) = &mut self.tuned {
            predictor.move_to(self.chosen.clone()).map_err(js_error)?;
        }
        if let Some(embeddings) = &mut self.embeddings {
            embeddings.move_to(self.chosen.clone());
        }
        Ok(())
    }

    /// Inspects a data file `{ name, bytes }`: preview, columns, task, classes, findings.
    pub fn inspect(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        let (file, settings) = (DataFile::new(&file)?, Settings::new(settings)?);
        plain(&Inspection::new(&file, &settings, &self.folder, &self.config).map_err(js_error)?)
    }

    /// Reads a data file `{ name, bytes }`: all its rows, and the columns of texts and labels as far as they are clear.
    pub fn rows(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        let (file, settings) = (DataFile::new(&file)?, Settings::new(settings)?);
        plain(&Rows::new(settings.table(&file).map_err(js_error)?, &settings.data))
    }

    /// Reads and checks all parts of a run, then prepares its first step. `files` has `train`, and may have `validation` and
    /// `test`.
    pub async fn start(&self, files: Object, settings: JsValue) -> Thrown<Training> {
        let prepared = self.prepare(&files, plain_json(settings)?)?;
        let running = prepared.start(&self.chosen).map_err(js_error)?;
        Ok(Training::new(running, self.device.clone()))
    }

    /// Continues a run on the same data files from its checkpoint, as if it had never stopped. Errors call the checkpoint
    /// `place`.
    pub async fn resume(&self, files: Object, place: String, checkpoint: Object) -> Thrown<Training> {
        let checkpoint = read(&place, &checkpoint)?;
        let prepared = self.prepare(&files, checkpoint.origin().clone())?;
        let running = prepared.resume(checkpoint, &self.chosen).await;
        let running = running.map_err(js_error)?;
        Ok(Training::new(running, self.device.clone()))
    }

    /// Takes the result of a training: its model predicts from now on. Returns the predictions for the held-out examples, if
    /// there are any.
    pub async fn finish(&mut self, mut training: Training) -> Thrown<JsValue> {
        let session = training.session();
        let running = session.running();
        let held_out =
            running.held_out().map(|(examples, held_out)| outcome(&examples, held_out, &running.labels));
        // the run may have moved to another device
        self.chosen = running.device().clone();
        self.deltas = None;
        let folder = session.finish().ok_or_else(|| misused("the training has not ended"))?;
        drop(training);
        self.tuned = Some(predictor(folder, &self.chosen).map_err(js_error)?);
        plain(&held_out)
    }

    /// Makes a delta of the loaded model the one that predicts, or, without one, the loaded model itself.
    #[wasm_bindgen(js_name = "useDelta")]
    pub fn use_delta(&mut self, delta: Option<Vec<u8>>) -> Thrown<()> {
        self.tuned = match delta {
            Some(bytes) => {
                let deltas = match self.deltas.take() {
                    Some(deltas) => deltas,
                    None => Deltas::new(&self.folder, self.chosen.clone()).map_err(js_error)?,
                };
                Some(self.deltas.insert(deltas).predictor("the delta", &bytes).map_err(js_error)?)
            }
            None if self.folder.check().map_err(js_error)? => {
                Some(predictor(self.folder.clone(), &self.chosen).map_err(js_error)?)
            }
            None => None,
        };
        Ok(())
    }

    /// Predicts each `{ text, pair? }`, to `{ label, probability, probabilities }` or `{ value }`.
    pub async fn predict(&self, texts: JsValue) -> Thrown<JsValue> {
        let predictor = self.tuned()?;
        let encoded = predictor.tuned.encode(&texts_of(texts)?).map_err(js_error)?;
        let predictions = predictor.predict(&encoded).await.map_err(js_error)?;
        let labels = &predictor.tuned.task.labels;
        let answers: Vec<Answer> =
            predictions.iter().map(|prediction| Answer::new(prediction, labels)).collect();
        plain(&answers)
    }

    /// Evaluates the model on a data file `{ name, bytes }`.
    pub async fn evaluate(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        let predictor = self.tuned()?;
        let (file, settings) = (DataFile::new(&file)?, Settings::new(settings)?);
        let labelled = settings
            .table(&file)
            .and_then(|table| predictor.tuned.labelled(&table, &ColumnChoice::new(&settings.data)))
            .map_err(js_error)?;
        let (metrics, predictions) = predictor.evaluate(&labelled.encoded).await.map_err(js_error)?;
        let labels = &predictor.tuned.task.labels;
        let rows: Vec<Value> = labelled
            .examples
            .iter()
            .zip(&predictions)
            .map(|(example, prediction)| row(example, prediction, labels))
            .collect();
        plain(&json!({ "metrics": metrics, "examples": rows, "notes": labelled.notes }))
    }

    /// For a data file `{ name, bytes }` with some labels or none: the texts to label next, and the most probable labels
    /// of the texts without one.
    pub async fn suggest(&mut self, file: JsValue, settings: JsValue, count: usize) -> Thrown<JsValue> {
        let (file, settings) = (DataFile::new(&file)?, Settings::new(settings)?);
        let sheet =
            settings.table(&file).and_then(|table| Sheet::new(&table, &ColumnChoice::new(&settings.data)));
        let sheet = sheet.map_err(js_error)?;
        let embeddings = match &mut self.embeddings {
            Some(embeddings) => embeddings,
            none => none.insert(Embeddings::new(self.folder.clone(), self.chosen.clone()).map_err(js_error)?),
        };
        let found = sheet.suggest(embeddings, count, settings.arguments.seed).await;
        plain(&found.map_err(js_error)?)
    }

    /// Tokenises each `{ text, pair? }`, to `{ input_ids, token_type_ids, truncated }`.
    pub fn tokenize(&self, texts: JsValue, max_length: usize) -> Thrown<JsValue> {
        let tokenizer = self.folder.tokenizer(&self.config, max_length).map_err(js_error)?;
        let encoded = encode(&tokenizer, &texts_of(texts)?).map_err(js_error)?;
        let one = |encoding: &crate::text::Encoding| {
            json!({
                "input_ids": encoding.input_ids,
                "token_type_ids": encoding.token_type_ids,
                "truncated": encoding.truncated,
            })
        };
        plain(&encoded.iter().map(|encoded| one(&encoded.encoding)).collect::<Vec<_>>())
    }

    /// A folder of the fine-tuned model: contents by file name. `format` is `safetensors`, `onnx` or `delta`, and `dtype`
    /// is `float32`, `float16` or, for ONNX, `q8`.
    pub fn export(&self, format: &str, dtype: &str) -> Thrown<Object> {
        let format: ExportFormat = format.parse().map_err(js_error)?;
        let precision: Precision = dtype.parse().map_err(js_error)?;
        let folder = &self.tuned()?.tuned.folder;
        let exported = folder.export_as(format, precision, || Ok(self.folder.clone()));
        Ok(record(exported.map_err(js_error)?.files()))
    }
}

impl Tuner {
    /// Prepares a run on the data files. Its checkpoints will hold the settings.
    fn prepare(&self, files: &Object, settings: Value) -> Thrown<Prepared> {
        let parsed = Settings::from_json(&settings).map_err(js_error)?;
        let train = DataFile::find(files, "train")?.ok_or_else(|| misused("the training data is missing"))?;
        let [validation, test] = ["validation", "test"].map(|part| DataFile::find(files, part));
        let source = parsed.source(&train, validation?.as_ref(), test?.as_ref()).map_err(js_error)?;
        let spec = RunSpec {
            folder: self.folder.clone(),
            model_name: PathBuf::from(&self.name),
            source,
            train_file: PathBuf::from(&train.name),
            data: parsed.data,
            arguments: parsed.arguments,
            origin: settings,
        };
        Prepared::new(spec).map_err(js_error)
    }

    fn tuned(&self) -> Thrown<&Predictor> {
        self.tuned.as_ref().ok_or_else(|| {
            let message =
                format!("{} has no classifier yet; train it first, or load a fine-tuned model", self.name);
            js_error(Error::Usage(message))
        })
    }
}

/// Loads the model of a folder. It cuts texts as in training.
fn predictor(folder: ModelFolder, chosen: &Chosen) -> Result<Predictor> {
    let batch_size = TrainingArguments::default().per_device_eval_batch_size;
    Predictor::new(Tuned::new(folder, None, batch_size)?, chosen.clone())
}

impl Drop for Tuner {
    fn drop(&mut self) {
        (self.tuned, self.deltas) = (None, None);
        self.chosen.device.memory_cleanup();
    }
}

fn texts_of(texts: JsValue) -> Thrown<Vec<Example>> {
    let texts: Vec<Text> =
        serde_wasm_bindgen::from_value(texts).map_err(|error| misused(&format!("texts: {error}")))?;
    let example = |(index, Text { text, pair }): (usize, Text)| Example {
        line: index as u64 + 1,
        text,
        pair,
        target: None,
    };
    Ok(texts.into_iter().enumerate().map(example).collect())
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
