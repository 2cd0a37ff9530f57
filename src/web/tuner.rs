//! A model on a device, before and after training.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::convert::{data_file, data_files, files, plain, plain_json, record};
use super::error::{js_error, misused};
use super::training::{Training, read};
use crate::tuner::{self, Text};

type Thrown<T> = Result<T, JsValue>;

/// A model on a device, and its fine-tuned copy once there is one.
#[wasm_bindgen]
pub struct Tuner(tuner::Tuner);

#[wasm_bindgen]
impl Tuner {
    /// Reads a model's files, by name, and opens the device `auto`, `webgpu` or `cpu`. Reports and messages call the model
    /// `name`.
    pub async fn load(name: String, model: Object, device: String) -> Thrown<Tuner> {
        tuner::Tuner::load(name, files(&model)?, device).await.map(Tuner).map_err(js_error)
    }

    /// Describes the device, the model, and the task that it was trained for.
    pub fn describe(&self) -> Thrown<JsValue> {
        plain(&self.0.describe())
    }

    /// Reopens a device that was lost, such as that of a laptop that slept.
    pub async fn ready(&mut self) -> Thrown<()> {
        self.0.ready().await.map_err(js_error)
    }

    /// Inspects a data file `{ name, bytes }`: preview, columns, task, classes, findings.
    pub fn inspect(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        plain(&self.0.inspect(&data_file(&file)?, &plain_json(settings)?).map_err(js_error)?)
    }

    /// Reads a data file `{ name, bytes }`: all its rows, and the columns of texts and labels as far as they are clear.
    pub fn rows(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        plain(&self.0.rows(&data_file(&file)?, &plain_json(settings)?).map_err(js_error)?)
    }

    /// Reads and checks all parts of a run, then prepares its first step. `files` has `train`, and may have `validation` and
    /// `test`.
    pub async fn start(&self, files: Object, settings: JsValue) -> Thrown<Training> {
        self.0.start(&data_files(&files)?, plain_json(settings)?).map(Training).map_err(js_error)
    }

    /// Continues a run on the same data files from its checkpoint, as if it had never stopped. Errors call the checkpoint
    /// `place`.
    pub async fn resume(&self, files: Object, place: String, checkpoint: Object) -> Thrown<Training> {
        let checkpoint = read(&place, &checkpoint)?;
        self.0.resume(&data_files(&files)?, checkpoint).await.map(Training).map_err(js_error)
    }

    /// Takes the result of a training: its model predicts from now on. Returns the predictions for the held-out examples, if
    /// there are any.
    pub async fn finish(&mut self, training: Training) -> Thrown<JsValue> {
        plain(&self.0.finish(training.0).map_err(js_error)?)
    }

    /// Makes a delta of the loaded model the one that predicts, or, without one, the loaded model itself.
    #[wasm_bindgen(js_name = "useDelta")]
    pub fn use_delta(&mut self, delta: Option<Vec<u8>>) -> Thrown<()> {
        self.0.use_delta(delta.as_deref()).map_err(js_error)
    }

    /// Predicts each `{ text, pair? }`, to `{ label, probability, probabilities }` or `{ value }`.
    pub async fn predict(&self, texts: JsValue) -> Thrown<JsValue> {
        plain(&self.0.predict(texts_of(texts)?).await.map_err(js_error)?)
    }

    /// Evaluates the model on a data file `{ name, bytes }`.
    pub async fn evaluate(&self, file: JsValue, settings: JsValue) -> Thrown<JsValue> {
        plain(&self.0.evaluate(&data_file(&file)?, &plain_json(settings)?).await.map_err(js_error)?)
    }

    /// For a data file `{ name, bytes }` with some labels or none: the texts to label next, and the most probable labels
    /// of the texts without one.
    pub async fn suggest(&mut self, file: JsValue, settings: JsValue, count: usize) -> Thrown<JsValue> {
        let (file, settings) = (data_file(&file)?, plain_json(settings)?);
        plain(&self.0.suggest(&file, &settings, count).await.map_err(js_error)?)
    }

    /// Tokenises each `{ text, pair? }`, to `{ input_ids, token_type_ids, truncated }`.
    pub fn tokenize(&self, texts: JsValue, max_length: usize) -> Thrown<JsValue> {
        plain(&self.0.tokenize(texts_of(texts)?, max_length).map_err(js_error)?)
    }

    /// A folder of the fine-tuned model: contents by file name. `format` is `safetensors`, `onnx` or `delta`, and `dtype`
    /// is `float32`, `float16` or, for ONNX, `q8`.
    pub fn export(&self, format: &str, dtype: &str) -> Thrown<Object> {
        Ok(record(self.0.export(format, dtype).map_err(js_error)?.files()))
    }
}

fn texts_of(texts: JsValue) -> Thrown<Vec<Text>> {
    serde_wasm_bindgen::from_value(texts).map_err(|error| misused(&format!("texts: {error}")))
}
