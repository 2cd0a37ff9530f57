//! Divides batches so that every tensor fits the device.

use std::slice::Chunks;

use burn::tensor::Device;

use crate::device::largest_tensor_bytes;
use crate::encoder::Model;
use crate::text::{Encoded, padded_length};

/// Divides the rows of a batch, which are indices into `encoded`, into as few passes as the device allows: no tensor of
/// a pass may be larger than the device can bind.
pub(super) fn passes<'a>(
    model: &Model,
    encoded: &[Encoded],
    rows: &'a [usize],
    max_length: usize,
    device: &Device,
) -> Chunks<'a, usize> {
    rows.chunks(texts_at_once(model, padded_length(encoded, rows, max_length), device))
}

/// The number of texts of `length` tokens in one pass.
pub(super) fn texts_at_once(model: &Model, length: usize, device: &Device) -> usize {
    most_texts(length, model.floats_per_token(length), largest_tensor_bytes(device))
}

fn most_texts(length: usize, floats_per_token: usize, largest: u64) -> usize {
    let text = 4 * length.max(1) as u64 * floats_per_token as u64;
    usize::try_from(largest / text).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tensor_is_larger_than_what_the_device_takes() {
        // 128 MiB and 128 tokens of 2048 floats, which have 1 MiB
        assert_eq!(most_texts(128, 2048, 1 << 27), 128);
        assert_eq!(most_texts(128, 2048, (1 << 27) - 1), 127);
        assert_eq!(most_texts(128, 2048, u64::MAX), (1 << 44) - 1);
        // a single text is tried in any case
        assert_eq!(most_texts(512, 4096, 1), 1);
        assert_eq!(most_texts(0, 384, 1 << 27), 87_381);
    }
}
