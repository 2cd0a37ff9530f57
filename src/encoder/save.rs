//! Reads the values of a model from its device and writes them as `model.safetensors`.

use std::borrow::Cow;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use safetensors::tensor::{Dtype as StoredDtype, View};

use super::config::ModelConfig;
use super::family::Family;
use super::model::Model;
use super::names::{Parameter, ParameterKind, Path};
use super::pooling;
use crate::device::read_floats;
use crate::error::{Error, Result};
use crate::spec::{Dtype, Pooling};

/// Transposes a row-major `[rows, columns]` matrix to `[columns, rows]`.
pub(crate) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    // not by collecting a flattened iterator: it has no exact length, so the vector would take up to twice the memory
    let mut transposed = Vec::with_capacity(values.len());
    for column in 0..columns {
        transposed.extend((0..rows).map(|row| values[row * columns + column]));
    }
    transposed
}

/// Reads the values of all parameters, with Hugging Face's names and layout, in the order of [`super::parameters`].
///
/// # Errors
/// The device failed.
pub async fn values(model: &Model) -> Result<Vec<(Parameter, Vec<f32>)>> {
    struct Collect {
        family: &'static Family,
        path: Path,
        found: Vec<(Parameter, Tensor<1>)>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, container: &str) {
            self.path.enter(name, container);
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.exit();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let tensor = param.val().inner();
            self.found
                .push((self.path.parameter(self.family, tensor.dims().to_vec()), tensor.flatten(0, D - 1)));
        }
    }
    let mut collect = Collect { family: model.family, path: Path::default(), found: Vec::new() };
    model.visit(&mut collect);
    let mut values = Vec::with_capacity(collect.found.len());
    for (mut parameter, tensor) in collect.found {
        let flat = read_floats(tensor).await?;
        let flat = if parameter.kind == ParameterKind::Matrix {
            let [inputs, outputs] = [parameter.shape[0], parameter.shape[1]];
            parameter.shape = vec![outputs, inputs];
            transposed(&flat, inputs, outputs)
        } else {
            flat
        };
        values.push((parameter, flat));
    }
    Ok(values)
}

/// Writes `model.safetensors` of a model of this configuration.
///
/// # Errors
/// The device failed while the weights were read.
pub async fn save(model: &Model, config: &ModelConfig, dtype: Dtype) -> Result<Vec<u8>> {
    to_safetensors(stored(config, values(model).await?, dtype), dtype)
}

/// Turns the [values] of a model into those of its checkpoint in `dtype`.
pub fn stored(
    config: &ModelConfig,
    values: Vec<(Parameter, Vec<f32>)>,
    dtype: Dtype,
) -> Vec<(Parameter, Vec<f32>)> {
    match config.pooling {
        Pooling::Mean => pooling::with_mean(config, dtype, values),
        Pooling::Cls => values,
    }
}

/// Writes [stored] values as `model.safetensors`.
///
/// # Errors
/// The values are too large for the format.
pub fn to_safetensors(values: Vec<(Parameter, Vec<f32>)>, dtype: Dtype) -> Result<Vec<u8>> {
    struct Stored {
        dtype: StoredDtype,
        shape: Vec<usize>,
        bytes: Vec<u8>,
    }
    impl View for Stored {
        fn dtype(&self) -> StoredDtype {
            self.dtype
        }
        fn shape(&self) -> &[usize] {
            &self.shape
        }
        fn data(&self) -> Cow<'_, [u8]> {
            Cow::Borrowed(&self.bytes)
        }
        fn data_len(&self) -> usize {
            self.bytes.len()
        }
    }
    let stored = values.into_iter().map(|(parameter, values)| {
        let stored = Stored { dtype: dtype.stored(), shape: parameter.shape, bytes: dtype.encode(&values) };
        (parameter.name, stored)
    });
    // transformers refuses a checkpoint that does not name the framework it was written for
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into_iter().collect());
    safetensors::tensor::serialize(stored, metadata)
        .map_err(|error| Error::model("model.safetensors", format!("could not be written: {error}")))
}
