//! What the CPU twins share.

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor};

/// Entries of one unit of parallel work; a multiple of 32, so that a mask word never straddles two.
pub(super) const CHUNK: usize = 65_536;

/// The tensor with its entries in row-major order from the start of its storage.
pub(super) fn contiguous(tensor: FloatTensor<Flex>) -> FloatTensor<Flex> {
    let whole =
        tensor.layout().start_offset() == 0 && tensor.storage::<f32>().len() == tensor.shape().num_elements();
    if tensor.is_contiguous() && whole { tensor } else { tensor.to_contiguous() }
}

/// Whether entry `i` of a bit-packed mask is selected.
#[inline(always)]
pub(super) fn is_kept(mask: &[u32], i: usize) -> bool {
    mask[i / 32] >> (i % 32) & 1 == 1
}
