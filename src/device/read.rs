//! Tensors on the host.

use std::fmt::Debug;

use burn::tensor::{Int, Tensor};

use crate::error::{Error, Result};

/// The values of a tensor of float32, row by row.
///
/// # Errors
/// The device failed.
pub async fn read_floats<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.into_data_async().await.map_err(unread)?;
    data.try_into_vec::<f32>().map_err(unread)
}

/// The values of a tensor of 32-bit integers, such as the words of a mask.
///
/// # Errors
/// The device failed.
pub async fn read_integers(tensor: Tensor<1, Int>) -> Result<Vec<u32>> {
    let data = tensor.into_data_async().await.map_err(unread)?;
    data.try_into_vec::<u32>().map_err(unread)
}

/// A result that could not be read back: the device is gone, or has failed.
fn unread(error: impl Debug) -> Error {
    let cause = format!("{error:?}").split_whitespace().collect::<Vec<_>>().join(" ");
    Error::DeviceLost(format!("the device stopped while a result was read: {cause}"))
}
