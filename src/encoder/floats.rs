//! The number formats of a checkpoint.

use half::{bf16, f16};
use safetensors::tensor::{Dtype as StoredDtype, TensorView};

use crate::error::{Error, Result};
use crate::spec::Dtype;

impl Dtype {
    /// The safetensors type of this format.
    pub fn stored(self) -> StoredDtype {
        match self {
            Dtype::Float32 => StoredDtype::F32,
            Dtype::Float16 => StoredDtype::F16,
        }
    }

    /// Encodes the values of a parameter in this format, little-endian. Errors name `file` and `name`.
    ///
    /// # Errors
    /// A finite value is too large for this format.
    pub fn encode_checked(self, file: &str, name: &str, values: &[f32]) -> Result<Vec<u8>> {
        let overflows = |value: &&f32| value.is_finite() && !f16::from_f32(**value).is_finite();
        match values.iter().find(overflows) {
            Some(value) if self == Dtype::Float16 => Err(Error::model(
                file,
                format!("{name} holds {value:e}; float16 ends at 65504: export the model as float32"),
            )),
            _ => Ok(self.encode(values)),
        }
    }

    /// Rounds a value as storing it in this format would.
    pub fn round(self, value: f32) -> f32 {
        match self {
            Dtype::Float32 => value,
            Dtype::Float16 => f16::from_f32(value).to_f32(),
        }
    }

    /// Encodes values in this format, little-endian. A value that is too large becomes infinite.
    pub fn encode(self, values: &[f32]) -> Vec<u8> {
        fn bytes<const N: usize>(values: &[f32], one: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
            let mut bytes = Vec::with_capacity(N * values.len());
            values.iter().for_each(|value| bytes.extend(one(*value)));
            bytes
        }
        match self {
            Dtype::Float32 => bytes(values, f32::to_le_bytes),
            Dtype::Float16 => bytes(values, |value| f16::from_f32(value).to_le_bytes()),
        }
    }
}

/// Whether a stored tensor holds floats of 16 or 32 bits.
pub fn decodes(view: &TensorView<'_>) -> bool {
    matches!(view.dtype(), StoredDtype::F32 | StoredDtype::F16 | StoredDtype::BF16)
}

/// Decodes a stored tensor of type F32, F16 or BF16. Returns `None` for any other type.
pub fn decode(view: &TensorView<'_>) -> Option<Vec<f32>> {
    fn read<const N: usize>(data: &[u8], one: impl Fn([u8; N]) -> f32) -> Option<Vec<f32>> {
        Some(data.as_chunks().0.iter().map(|bytes| one(*bytes)).collect())
    }
    match view.dtype() {
        StoredDtype::F32 => read(view.data(), f32::from_le_bytes),
        StoredDtype::F16 => read(view.data(), |bytes| f16::from_le_bytes(bytes).to_f32()),
        StoredDtype::BF16 => read(view.data(), |bytes| bf16::from_le_bytes(bytes).to_f32()),
        _ => None,
    }
}
