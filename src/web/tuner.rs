//! A model on a device, before and after training.

use std::path::PathBuf;

use js_sys::{Object, Reflect};
use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use super::convert::{DataFile, files, plain, record};
use super::device;
use super::error::{misused, of_checkpoint, thrown};
use super::inspect::Inspection;
use super::settings::{Settings, plain_json};
use super::training::{Training, read};
use crate::bert::{BertConfig, BertForSequenceClassification, Dtype, ProblemType};
use crate::device::Chosen;
use crate::error::{Error, Result};
use crate::finetune::Prepared;
use crate::model::{ModelFolder, convert, task_of};
use crate::text::{Columns, Example, Table, Target, examples};
use crate::train::{
    EvaluationOptions, HeldOut, Prediction, TrainingArguments, encode, evaluate, predict as label,
};

type Thrown<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
pub struct Tuner {
    name: String,
    /// What every training starts from.
    folder: ModelFolder,
    config: BertConfig,
    /// `auto`, `webgpu` or `cpu`.
    device: String,
    chosen: Chosen,
    /// What predicts: the model of the last training, or the one that was loaded.
    tuned: Option<Tuned>,
}

struct Tuned {
    folder: ModelFolder,
    config: BertConfig,
    model: BertForSequenceClassification,
}

/// A text, or a pair of texts.
#[derive(Deserialize)]
struct Text {
    text: String,
    pair: Option<String>,
}

#[wasm_bindgen]
impl Tuner {
    /// Reads a model's files (by name) and opens the device: `auto`, `webgpu` or `cpu`. `name` is what reports and
    /// messages call the model.
    pub async fn load(name: String, model: Object, device: String) -> Thrown<Tuner> {
        let folder = ModelFolder::new(&name, files(&model)?).map_err(thrown)?;
        let config = folder.config().map_err(thrown)?;
        let most = TrainingArguments::default().max_length.min(config.max_position_embeddings);
        folder.tokenizer(&config, most).map_err(thrown)?;
        let fine_tuned = folder.check().map_err(thrown)?;
        let chosen = device::choose(&device).await?;
        chosen.check_tensor(config.largest_parameter_bytes()).map_err(thrown)?;
        let tuned = match fine_tuned {
            true => {
                let (model, config) = folder.load(&chosen.device).map_err(thrown)?;
                Some(Tuned { folder: folder.clone(), config, model })
            }
            false => None,
        };
        Ok(Tuner { name, folder, config, device, chosen, tuned })
    }

    /// Device, model and what it was trained for.
    pub fn describe(&self) -> Thrown<JsValue> {
        let Tuner { name, config, chosen, .. } = self;
        let tuned = self.tuned.as_ref().map(|tuned| {
            let regression = tuned.config.problem_type == ProblemType::Regression;
            json!({
                "task": if regression { "regression" } else { "classification" },
                "labels": if regression { Vec::new() } else { tuned.config.labels() },
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
                "max_length": config.max_position_embeddings,
                "parameters": config.parameter_count(),
            },
            "tuned": tuned,
        }))
    }

    /// Opens the device anew where it was lost, as that of a laptop that slept.
    pub async fn ready(&mut self) -> Thrown<()> {
        let Err(lost) = self.chosen.check_health() else { return Ok(()) };
        // without another device, what matters is why the first is gone
        self.chosen = device::choose(&self.device).await.map_err(|_| thrown(lost))?;
        if let Some(Tuned { folder, model, .. }) = &mut self.tuned {
            (*model, _) = folder.load(&self.chosen.device).map_err(thrown)?;
        }
        Ok(())
    }

    /// Reads a data file `{ name, bytes }`: preview, columns, task, classes, findings.
    pub fn inspect(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        let (file, settings) = (DataFile::new(&file)?, Settings::new(settings)?);
        plain(&Inspection::new(&file, &settings, &self.folder, &self.config).map_err(thrown)?)
    }

    /// Reads and checks everything of a run, then prepares its first step. `files` has `train`, and may have
    /// `validation` and `test`.
    pub async fn start(&self, files: Object, settings: JsValue) -> Thrown<Training> {
        let prepared = self.prepare(&files, plain_json(settings)?)?;
        let running = prepared.start(&self.chosen).map_err(thrown)?;
        Ok(Training::new(running, self.device.clone()))
    }

    /// Goes on from the files of a checkpoint of a run with the same data files, as if it had never stopped. `place`
    /// names the checkpoint in errors.
    pub async fn resume(&self, files: Object, place: String, checkpoint: Object) -> Thrown<Training> {
        let checkpoint = read(&place, &checkpoint)?;
        let prepared = self.prepare(&files, checkpoint.origin().clone())?;
        let running = prepared.resume(checkpoint, &self.chosen).await;
        let running = running.map_err(|error| of_checkpoint(&place, error))?;
        Ok(Training::new(running, self.device.clone()))
    }

    /// Takes a training: its model is what predicts from now on. Gives what the model says of the examples that it was
    /// not trained on, where there are such.
    pub async fn finish(&mut self, training: Training) -> Thrown<JsValue> {
        let running = training.take().ok_or_else(|| misused("the training was finished already"))?;
        let held_out =
            running.held_out().map(|(examples, held_out)| outcome(&examples, held_out, &running.labels));
        // the run may have changed it
        self.chosen = running.device().clone();
        let folder = running.finish().ok_or_else(|| misused("the training has not ended"))?;
        self.chosen.device.memory_cleanup();
        let (model, config) = folder.load(&self.chosen.device).map_err(thrown)?;
        self.tuned = Some(Tuned { folder, config, model });
        plain(&held_out)
    }

    /// For each `{ text, pair? }` what the model says: `{ label, probabilities }` or `{ value }`.
    pub async fn predict(&self, texts: JsValue) -> Thrown<JsValue> {
        let tuned = self.tuned()?;
        let (task, labels) = (task_of(&tuned.config), tuned.config.labels());
        let options = self.options(tuned).map_err(thrown)?;
        let tokenizer = tuned.folder.tokenizer(&tuned.config, options.max_length).map_err(thrown)?;
        let encoded = encode(&tokenizer, &texts_of(texts)?).map_err(thrown)?;
        let predictions = label(&tuned.model, &encoded, &task, options, &self.chosen.device).await;
        let predictions = self.chosen.explained(predictions).await.map_err(thrown)?;
        let said: Vec<Value> = predictions.iter().map(|prediction| said(prediction, &labels)).collect();
        plain(&said)
    }

    /// How good the model is on a data file `{ name, bytes }`.
    pub async fn evaluate(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        let tuned = self.tuned()?;
        let (file, settings) = (DataFile::new(&file)?, Settings::new(settings)?);
        let task = task_of(&tuned.config);
        let read = || {
            let table = Table::parse(&file.name, &file.bytes)?;
            let columns = Columns::choose(&table, &settings.columns(), true)?;
            let found = examples(&table, &columns, Some(&task))?;
            let options = self.options(tuned)?;
            let tokenizer = tuned.folder.tokenizer(&tuned.config, options.max_length)?;
            let encoded = encode(&tokenizer, &found.examples)?;
            let notes: Vec<String> = table.notes.into_iter().chain(found.notes).collect();
            Result::Ok((found.examples, encoded, options, notes))
        };
        let (examples, encoded, options, notes) = read().map_err(thrown)?;
        let scored = evaluate(&tuned.model, &encoded, &task, options, &self.chosen.device).await;
        let (metrics, predictions) = self.chosen.explained(scored).await.map_err(thrown)?;
        let labels = tuned.config.labels();
        let rows: Vec<Value> =
            examples.iter().zip(&predictions).map(|(example, said)| row(example, said, &labels)).collect();
        plain(&json!({ "metrics": metrics, "examples": rows, "notes": notes }))
    }

    /// For each `{ text, pair? }` its `{ input_ids, token_type_ids, truncated }`.
    pub fn tokenize(&self, texts: JsValue, max_length: usize) -> Thrown<JsValue> {
        let tokenizer = self.folder.tokenizer(&self.config, max_length).map_err(thrown)?;
        let encoded = encode(&tokenizer, &texts_of(texts)?).map_err(thrown)?;
        let one = |encoding: &crate::text::Encoding| {
            json!({
                "input_ids": encoding.input_ids,
                "token_type_ids": encoding.token_type_ids,
                "truncated": encoding.truncated,
            })
        };
        plain(&encoded.iter().map(|encoded| one(&encoded.encoding)).collect::<Vec<_>>())
    }

    /// A Hugging Face folder of the fine-tuned model: contents by file name. Weights as `float32` or `float16`.
    pub fn export(&self, dtype: &str) -> Thrown<Object> {
        let dtype = match dtype {
            "float32" => Dtype::Float32,
            "float16" => Dtype::Float16,
            other => return Err(misused(&format!("dtype is \"{other}\"; expected float32 or float16"))),
        };
        let tuned = self.tuned()?;
        let files = record(tuned.folder.files());
        if dtype == Dtype::Float16 {
            let name = "model.safetensors";
            let weights = convert(name, tuned.folder.bytes(name), dtype).map_err(thrown)?;
            Reflect::set(&files, &name.into(), &js_sys::Uint8Array::from(weights.as_slice()))?;
        }
        Ok(files)
    }
}

impl Tuner {
    /// A run on the data files with settings that its checkpoints will hold.
    fn prepare(&self, files: &Object, settings: Value) -> Thrown<Prepared> {
        let given = Settings::of(&settings).map_err(thrown)?;
        let train = DataFile::of(files, "train")?.ok_or_else(|| misused("there is no training data"))?;
        let [validation, test] = ["validation", "test"].map(|part| DataFile::of(files, part));
        let source = given.source(&train, validation?.as_ref(), test?.as_ref()).map_err(thrown)?;
        let prepared = Prepared::new(
            (PathBuf::from(&self.name), self.folder.clone()),
            (PathBuf::from(&train.name), source),
            given.shares(),
            given.layers,
            given.arguments,
        );
        Ok(prepared.map_err(thrown)?.with_origin(settings))
    }

    fn tuned(&self) -> Thrown<&Tuned> {
        self.tuned.as_ref().ok_or_else(|| {
            let message =
                format!("{} has no classifier yet; train it first, or load a fine-tuned model", self.name);
            thrown(Error::Usage(message))
        })
    }

    fn options(&self, tuned: &Tuned) -> Result<EvaluationOptions> {
        let defaults = TrainingArguments::default();
        let max_length = defaults.max_length.min(tuned.config.max_position_embeddings);
        Ok(EvaluationOptions {
            batch_size: defaults.per_device_eval_batch_size,
            max_length,
            pad_id: tuned.folder.tokenizer(&tuned.config, max_length)?.pad_id(),
        })
    }
}

impl Drop for Tuner {
    fn drop(&mut self) {
        self.tuned = None;
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

/// What the model says of the held-out examples.
fn outcome(examples: &[&Example], held_out: &HeldOut, labels: &[String]) -> Value {
    let rows: Vec<Value> = examples
        .iter()
        .zip(&held_out.predictions)
        .map(|(example, prediction)| row(example, prediction, labels))
        .collect();
    json!({ "part": held_out.part, "step": held_out.step, "examples": rows })
}

fn row(example: &Example, prediction: &Prediction, labels: &[String]) -> Value {
    let target = match example.target {
        Some(Target::Class(class)) => json!(labels.get(class)),
        Some(Target::Value(value)) => json!(value),
        None => Value::Null,
    };
    json!({
        "line": example.line,
        "text": example.text,
        "pair": example.pair,
        "target": target,
        "prediction": said(prediction, labels),
    })
}

/// The probabilities by the order of the labels.
fn said(prediction: &Prediction, labels: &[String]) -> Value {
    match prediction {
        Prediction::Classes(probabilities) => {
            let class = prediction.class().unwrap_or_default();
            json!({ "label": labels.get(class), "score": probabilities.get(class), "probabilities": probabilities })
        }
        Prediction::Value(value) => json!({ "value": value }),
    }
}
