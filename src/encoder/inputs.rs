//! The input of an encoder.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::packed::Packed;

/// A padded batch on a device.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// `[batch, length]`
    pub input_ids: Tensor<2, Int>,
    /// `[batch, length]`: 1 for a token, 0 for padding
    pub attention_mask: Tensor<2, Int>,
    /// `[batch, length]`: 1 in the second text of a pair, else 0. Encoders without token types ignore it
    pub token_type_ids: Tensor<2, Int>,
    /// The same tokens without padding, if that saves time.
    pub(super) packed: Option<Packed>,
}

impl Inputs {
    /// Uploads row-major ids of `shape` `[batch, length]`.
    pub fn new(
        shape: [usize; 2],
        input_ids: Vec<i32>,
        attention_mask: Vec<i32>,
        token_type_ids: Vec<i32>,
        device: &Device,
    ) -> Self {
        let upload = |ids: Vec<i32>| Tensor::from_data(TensorData::new(ids, shape), device);
        let packed = Packed::new(shape, &input_ids, &attention_mask, &token_type_ids, device);
        Inputs {
            packed,
            input_ids: upload(input_ids),
            attention_mask: upload(attention_mask),
            token_type_ids: upload(token_type_ids),
        }
    }
}
