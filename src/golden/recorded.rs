//! The files of a recorded run.

use std::collections::BTreeMap;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde::Deserialize;

use crate::dps::Frozen;
use crate::error::{Error, Result};

/// The content of `run.json`.
#[derive(Deserialize)]
pub struct RecordedRun {
    pub name: String,
    pub method: String,
    pub frozen: Frozen,
    pub max_steps: usize,
    pub update_ratio: f64,
    pub p: f64,
    pub peak_lr: f64,
    pub warmup_steps: usize,
    pub betas: [f64; 2],
    pub eps: f64,
    pub weight_decay: f64,
    pub max_grad_norm: f64,
    pub covered: Vec<String>,
    pub steps: Vec<Logged>,
}

#[derive(Deserialize)]
pub struct Logged {
    pub step: usize,
    pub lr: f64,
    pub loss: f64,
    pub grad_norm: f64,
}

pub fn differs(what: String) -> Error {
    Error::model("recorded run", format!("{what}: this differs from the recording"))
}

pub fn require(holds: bool, what: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(differs(what())) }
}

/// # Errors
/// There is no such file.
pub fn file<'a>(files: &'a BTreeMap<String, Vec<u8>>, name: &str) -> Result<&'a [u8]> {
    let missing = || Error::model(name, "is missing; expected the files of a recorded run");
    files.get(name).map(Vec::as_slice).ok_or_else(missing)
}

/// The tensors of a file.
pub struct Tensors<'a> {
    file: String,
    tensors: SafeTensors<'a>,
}

impl<'a> Tensors<'a> {
    /// # Errors
    /// The bytes are not a safetensors file.
    pub fn new(file: &str, bytes: &'a [u8]) -> Result<Self> {
        let wrong = |error| Error::model(file, format!("is not a complete safetensors file ({error})"));
        Ok(Tensors { file: file.into(), tensors: SafeTensors::deserialize(bytes).map_err(wrong)? })
    }

    fn view(&self, name: &str) -> Result<TensorView<'_>> {
        self.tensors.tensor(name).map_err(|_| Error::model(&self.file, format!("has no tensor {name}")))
    }

    /// Whether the file has a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.tensor(name).is_ok()
    }

    /// The shape of a tensor.
    ///
    /// # Errors
    /// There is no such tensor.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>> {
        Ok(self.view(name)?.shape().to_vec())
    }

    /// Reads a tensor of bytes.
    ///
    /// # Errors
    /// There is no such tensor.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        Ok(self.view(name)?.data().to_vec())
    }

    /// Reads a tensor of float32.
    ///
    /// # Errors
    /// There is no such tensor.
    pub fn floats(&self, name: &str) -> Result<Vec<f32>> {
        Ok(self.view(name)?.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// Reads a tensor of unsigned 32-bit integers.
    ///
    /// # Errors
    /// There is no such tensor.
    pub fn counts(&self, name: &str) -> Result<Vec<u32>> {
        Ok(self.view(name)?.data().as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }

    /// Reads a tensor of 64-bit integers.
    pub fn ints(&self, name: &str) -> Result<Vec<i32>> {
        let chunks = self.view(name)?.data().as_chunks().0.to_vec();
        Ok(chunks.into_iter().map(|bytes| i64::from_le_bytes(bytes) as i32).collect())
    }
}
