//! A checkpoint in another number format, tensor by tensor, without building the model.

use safetensors::tensor::{SafeTensors, TensorView};

use crate::bert::{Dtype, decode};
use crate::error::{Error, Result};

/// `model.safetensors` with its floats as `dtype`. Tensors that hold no floats (position ids) are left out:
/// they are no weights.
///
/// # Errors
/// The file is no safetensors file.
pub fn convert(file: &str, bytes: &[u8], dtype: Dtype) -> Result<Vec<u8>> {
    let wrong = |error: safetensors::SafeTensorError| {
        Error::model(file, format!("is no whole safetensors file ({error})"))
    };
    let stored = SafeTensors::deserialize(bytes).map_err(wrong)?;
    let converted: Vec<(&str, Vec<usize>, Vec<u8>)> = stored
        .iter()
        .filter_map(|(name, view)| Some((name, view.shape().to_vec(), dtype.encode(&decode(&view)?))))
        .collect();
    let views = converted
        .iter()
        .map(|(name, shape, bytes)| Ok((*name, TensorView::new(dtype.stored(), shape.clone(), bytes)?)))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(wrong)?;
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into_iter().collect());
    safetensors::tensor::serialize(views, metadata).map_err(wrong)
}
