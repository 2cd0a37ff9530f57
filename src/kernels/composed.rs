//! Shorthand for burn's operations on a backend's own tensors.

use burn::backend::{Backend, TensorMetadata, tensor::FloatTensor};

pub(super) fn reshape<B: Backend>(x: FloatTensor<B>, shape: &[usize]) -> FloatTensor<B> {
    B::float_reshape(x, shape.to_vec().into())
}

/// The transpose of the last two dimensions.
pub(super) fn transpose<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let rank = x.shape().num_dims();
    B::float_swap_dims(x, rank - 2, rank - 1)
}
