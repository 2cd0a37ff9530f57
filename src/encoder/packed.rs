//! A batch without its padding. The texts of a batch differ in length, and half of its cells can be padding. Nearly all
//! computations treat each token alone; without padding they run for the tokens only.

use burn::backend::DispatchDevice;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::kernels;

/// The tokens of a padded batch side by side, and the way back. Results equal those of the padded batch, except that the
/// gradients of weights are summed in another order.
#[derive(Clone, Debug)]
pub struct Packed {
    /// `[1, tokens]`
    pub input_ids: Tensor<2, Int>,
    /// `[1, tokens]`: 1 in the second text of a pair, else 0
    pub token_type_ids: Tensor<2, Int>,
    /// `[1, tokens]`: the position of each token in its text, from 0
    pub positions: Tensor<2, Int>,
    /// `[1, tokens]`: the cell of each token in the padded batch.
    cells: Tensor<2, Int>,
    /// `[batch, length]`: the token of each cell. Padding gets token 0.
    tokens: Tensor<2, Int>,
}

impl Packed {
    /// Packs row-major ids of `shape` `[batch, length]`. Returns `None` if that would not save time: on a GPU, which
    /// prepares kernels for each new shape, while nearly every packed batch has a shape of its own; or if there is little
    /// padding.
    pub(super) fn new(
        shape: [usize; 2],
        input_ids: &[i32],
        attention_mask: &[i32],
        token_type_ids: &[i32],
        device: &Device,
    ) -> Option<Self> {
        /// Below this share of padding, the copies cost more than they save.
        const LEAST_PADDING: f64 = 0.1;
        let [batch, length] = shape;
        let cells: Vec<usize> = (0..batch * length).filter(|cell| attention_mask[*cell] != 0).collect();
        let is_cpu = matches!(device.as_dispatch(), DispatchDevice::Flex(_));
        let padding = (batch * length - cells.len()) as f64;
        if !is_cpu || cells.is_empty() || padding < LEAST_PADDING * (batch * length) as f64 {
            return None;
        }
        let upload =
            |ids: Vec<i32>, shape: [usize; 2]| Tensor::from_data(TensorData::new(ids, shape), device);
        let packed = |value: &dyn Fn(usize) -> i32| {
            upload(cells.iter().map(|cell| value(*cell)).collect(), [1, cells.len()])
        };
        let mut tokens = vec![0; batch * length];
        cells.iter().enumerate().for_each(|(token, cell)| tokens[*cell] = token as i32);
        Some(Packed {
            input_ids: packed(&|cell| input_ids[cell]),
            token_type_ids: packed(&|cell| token_type_ids[cell]),
            positions: packed(&|cell| (cell % length) as i32),
            cells: packed(&|cell| cell as i32),
            tokens: upload(tokens, shape),
        })
    }

    /// Packs `[batch, length, features]` to `[1, tokens, features]`.
    pub fn pack(&self, padded: Tensor<3>) -> Tensor<3> {
        let [batch, length, features] = padded.dims();
        kernels::lookup(padded.reshape([batch * length, features]), self.cells.clone())
    }

    /// Unpacks `[1, tokens, features]` to `[batch, length, features]`. The padding holds arbitrary values: later
    /// computations must not depend on it, nor give it a gradient.
    pub fn unpack(&self, packed: Tensor<3>) -> Tensor<3> {
        let [_, tokens, features] = packed.dims();
        kernels::lookup(packed.reshape([tokens, features]), self.tokens.clone())
    }
}
