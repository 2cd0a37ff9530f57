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
    /// `[batch, length, hidden]`: added to the embeddings
    noise: Option<Tensor<3>>,
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
            noise: None,
            packed,
            input_ids: upload(input_ids),
            attention_mask: upload(attention_mask),
            token_type_ids: upload(token_type_ids),
        }
    }

    /// The same texts with `noise` `[batch, length, hidden]`, which is added to their embeddings.
    pub fn with_noise(self, noise: Tensor<3>) -> Self {
        Inputs { noise: Some(noise), ..self }
    }

    /// Adds the noise, if there is any, to the embeddings: `[batch, length, hidden]`, or `[1, tokens, hidden]` if they are
    /// `packed`.
    pub(super) fn disturb(&self, embedded: Tensor<3>, packed: Option<&Packed>) -> Tensor<3> {
        match (self.noise.clone(), packed) {
            (None, _) => embedded,
            (Some(noise), None) => embedded + noise,
            (Some(noise), Some(packed)) => embedded + packed.pack(noise),
        }
    }
}
