//! Masks and counts on a device.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// Uploads u32 values, such as a mask or counts.
pub fn u32_tensor(values: &[u32], device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), (device, DType::U32))
}

/// A mask for a matrix of `entries` entries that selects none of them.
pub fn empty_mask(entries: usize, device: &Device) -> Tensor<1, Int> {
    Tensor::zeros([entries.div_ceil(32)], (device, DType::U32))
}
