//! Tensors of burn's Flex backend as slices, and sums over slices.

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor};
use burn::tensor::TensorData;

/// Entries that one task of a parallel loop takes. A multiple of 32, so that a mask word never belongs to two tasks. It
/// could not be this small if threads slept between loops, because each task would have to wake one.
pub(in crate::kernels) const UNIT: usize = 8192;

/// Returns the tensor with its entries in row-major order from the start of its storage.
pub(in crate::kernels) fn contiguous(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    // `to_contiguous` returns a second handle even where it copies nothing, and then writing to the tensor would copy
    // it
    let whole =
        tensor.layout().start_offset() == 0 && tensor.storage::<f32>().len() == tensor.shape().num_elements();
    if tensor.is_contiguous() && whole { tensor } else { tensor.to_contiguous() }
}

/// Makes a tensor of these values without a copy.
pub(in crate::kernels) fn tensor(values: Vec<f32>, shape: &[usize]) -> FloatTensor<Flex> {
    FloatTensor::<Flex>::from_data(TensorData::new(values, shape))
}

/// Whether a mask selects entry `i`.
#[inline(always)]
pub(in crate::kernels) fn is_kept(mask: &[u32], i: usize) -> bool {
    mask[i / 32] >> (i % 32) & 1 == 1
}

/// Adds up `term` over the values. The order is fixed and suits vector units: eight running sums, which are then added.
#[inline(always)]
pub(in crate::kernels) fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    sum_of_pairs(values, values, |value, _| term(value))
}

/// Adds up `term` over pairs of values, in the same order as [`sum`].
#[inline(always)]
pub(in crate::kernels) fn sum_of_pairs(left: &[f32], right: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0f32; 8];
    let mut add = |left: &[f32], right: &[f32]| {
        sums.iter_mut()
            .zip(left.iter().zip(right))
            .for_each(|(sum, (left, right))| *sum += term(*left, *right));
    };
    let (left_eights, right_eights) = (left.chunks_exact(8), right.chunks_exact(8));
    let (left_rest, right_rest) = (left_eights.remainder(), right_eights.remainder());
    left_eights.zip(right_eights).for_each(|(left, right)| add(left, right));
    add(left_rest, right_rest);
    (sums[0] + sums[4]) + (sums[1] + sums[5]) + ((sums[2] + sums[6]) + (sums[3] + sums[7]))
}
