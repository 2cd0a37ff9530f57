//! A checkpoint in another number format, tensor by tensor, without building the model.

use safetensors::tensor::{SafeTensors, TensorView};

use crate::encoder::{Dtype, decode};
use crate::error::{Error, Result};

/// Converts the floats of a `model.safetensors` to `dtype`. It leaves out tensors of integers (position ids), which are not
/// weights. `replaced` names a tensor that gets other values.
///
/// # Errors
/// The file is not a safetensors file, or a weight is too large for `dtype`.
pub(super) fn convert(
    file: &str,
    bytes: &[u8],
    dtype: Dtype,
    replaced: Option<(String, Vec<f32>)>,
) -> Result<Vec<u8>> {
    let wrong = |error: safetensors::SafeTensorError| {
        Error::model(file, format!("is not a complete safetensors file ({error})"))
    };
    let stored = SafeTensors::deserialize(bytes).map_err(wrong)?;
    let converted: Vec<(&str, Vec<usize>, Vec<u8>)> = stored
        .iter()
        .filter_map(|(name, view)| Some((name, view.shape().to_vec(), decode(&view)?)))
        .map(|(name, shape, values)| match &replaced {
            Some((place, other)) if place == name => (name, shape, other.clone()),
            _ => (name, shape, values),
        })
        .map(|(name, shape, values)| Ok((name, shape, dtype.encode_checked(file, name, &values)?)))
        .collect::<Result<_>>()?;
    let views = converted
        .iter()
        .map(|(name, shape, bytes)| Ok((*name, TensorView::new(dtype.stored(), shape.clone(), bytes)?)))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(wrong)?;
    let metadata = Some([("format".to_owned(), "pt".to_owned())].into_iter().collect());
    safetensors::tensor::serialize(views, metadata).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_beyond_float16_is_refused_by_name() {
        let file = |values: [f32; 2]| {
            let bytes = Dtype::Float32.encode(&values);
            let view = TensorView::new(Dtype::Float32.stored(), vec![2], &bytes).unwrap();
            safetensors::tensor::serialize([("a.weight", view)], None).unwrap()
        };
        // a value that rounds to the largest one fits
        assert!(convert("f", &file([65504.0, 65519.0]), Dtype::Float16, None).is_ok());
        let error = convert("f", &file([1.0, -65520.0]), Dtype::Float16, None).unwrap_err().to_string();
        assert_eq!(error, "f: a.weight holds -6.552e4; float16 ends at 65504: export the model as float32");
        assert!(convert("f", &file([1.0, 3e38]), Dtype::Float32, None).is_ok());
    }
}
