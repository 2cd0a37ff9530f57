//! Exports a model for another program, or in another number format.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::delta::{Base, WEIGHTS};
use super::folder::{ModelFolder, with_field};
use crate::encoder::{Dtype, ModelConfig};
use crate::error::{Error, Result};
use crate::onnx::{Parameters, to_onnx};
use crate::spec::{ExportFormat, Precision};

/// The name of a delta file.
pub const DELTA: &str = "delta.safetensors";

impl ModelFolder {
    /// Makes the folder for this format. For safetensors it is the same folder with weights in `precision`. For ONNX it
    /// holds the file that transformers.js looks for (`onnx/model.onnx`, `onnx/model_fp16.onnx` or
    /// `onnx/model_quantized.onnx`), `config.json` and the tokenizer's files. For a delta it holds only
    /// `delta.safetensors`, the differences from the model `base`.
    ///
    /// # Errors
    /// The model cannot be used, has a weight that is too large for `precision`, or the format has no such precision. For
    /// ONNX and for a delta also: the model has no classifier. For a delta also: its tokenizer differs from the base's.
    pub fn export_as(
        &self,
        format: ExportFormat,
        precision: Precision,
        base: impl FnOnce() -> Result<ModelFolder>,
    ) -> Result<ModelFolder> {
        let floats = || match precision {
            Precision::Float32 => Ok(Dtype::Float32),
            Precision::Float16 => Ok(Dtype::Float16),
            Precision::Q8 => {
                let message = "dtype q8 is for ONNX alone; choose format onnx, or dtype float32 or float16";
                Err(Error::Usage(message.into()))
            }
        };
        match format {
            ExportFormat::Safetensors => self.whole()?.with_weights_as(floats()?),
            ExportFormat::Onnx => self.whole()?.for_onnx(precision),
            ExportFormat::Delta => {
                let dtype = floats()?;
                let bytes = Base::new(&base()?)?.delta(self, dtype)?;
                Ok(ModelFolder::from_files(BTreeMap::new()).with_file(DELTA, bytes))
            }
        }
    }

    fn with_weights_as(&self, dtype: Dtype) -> Result<ModelFolder> {
        let others = self.files().iter().filter(|(name, _)| *name != WEIGHTS);
        let files = others.map(|(name, bytes)| (name.clone(), bytes.clone())).collect();
        Ok(ModelFolder::from_files(files).with_file(WEIGHTS, self.converted(dtype)?))
    }

    fn for_onnx(&self, precision: Precision) -> Result<ModelFolder> {
        let (weights, config) = self.fine_tuned()?;
        let values = |place: &str, shape: &[usize]| weights.trained_values(&config, place, shape);
        let parameters = Parameters { file: &self.place(WEIGHTS), values: &values };
        let model = to_onnx(&config, parameters, precision)?;
        // transformers.js's names for these files and number formats
        let (file, dtype) = match precision {
            Precision::Float32 => ("onnx/model.onnx", "fp32"),
            Precision::Float16 => ("onnx/model_fp16.onnx", "fp16"),
            Precision::Q8 => ("onnx/model_quantized.onnx", "q8"),
        };
        // without it, transformers.js looks for q8 in one browser and for float32 in another
        let chosen = Value::Object(Map::from_iter([("dtype".into(), dtype.into())]));
        let folder = ModelFolder::from_files(self.tokenizer_files())
            .with_file("config.json", with_field(self.bytes("config.json"), "transformers.js_config", chosen))
            .with_file("tokenizer_config.json", self.tokenizer_config(&config));
        Ok(folder.with_file(file, model))
    }

    /// Writes `tokenizer_config.json` with the maximum length, because transformers.js cuts texts by nothing else.
    fn tokenizer_config(&self, config: &ModelConfig) -> Vec<u8> {
        const LENGTH: &str = "model_max_length";
        let bytes = self.bytes("tokenizer_config.json");
        let stored: Option<Map<String, Value>> = serde_json::from_slice(bytes).ok();
        let says = stored.as_ref().and_then(|fields| fields.get(LENGTH)).and_then(Value::as_f64);
        let most = config.max_tokens();
        let length = match &config.remembered {
            Some(remembered) => remembered.max_length,
            None => says.filter(|says| (1.0..most as f64).contains(says)).map_or(most, |says| says as usize),
        };
        let bytes = if stored.is_some() { bytes } else { br#"{"tokenizer_class": "BertTokenizer"}"# };
        with_field(bytes, LENGTH, length.into())
    }
}
