//! Divides batches so that every tensor fits the device.

use burn::tensor::Device;

use crate::device::largest_tensor_bytes;
use crate::encoder::Model;
use crate::text::{Encoded, padded_length};

/// Divides the rows of a batch, which are indices into `encoded`, into as few passes as the device allows: no tensor of
/// a pass may be larger than the device can bind. A pass has at most `batch_size` windows of up to `max_length` tokens, but
/// the windows of a text stay together.
pub(super) fn passes<'a>(
    model: &Model,
    encoded: &[Encoded],
    rows: &'a [usize],
    (batch_size, max_length): (usize, usize),
    device: &Device,
) -> Vec<&'a [usize]> {
    let most = texts_at_once(model, padded_length(encoded, rows, max_length), device).min(batch_size);
    divided(rows, most, |row| encoded[*row].encoding.window_count())
}

/// Divides items into parts of at most `most` windows, or of one item that has more.
pub(super) fn divided<T>(items: &[T], most: usize, windows: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut parts = Vec::new();
    let (mut start, mut taken) = (0, 0);
    for (place, item) in items.iter().enumerate() {
        let count = windows(item);
        if taken > 0 && taken + count > most {
            parts.push(&items[start..place]);
            (start, taken) = (place, 0);
        }
        taken += count;
    }
    if taken > 0 {
        parts.push(&items[start..]);
    }
    parts
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
    fn the_windows_of_a_text_stay_together() {
        let parts = |windows: &[usize], most| -> Vec<usize> {
            divided(windows, most, |count| *count).into_iter().map(<[usize]>::len).collect()
        };
        assert_eq!(parts(&[1; 7], 3), [3, 3, 1]);
        assert_eq!(parts(&[2, 1, 1, 5, 1, 2], 3), [2, 1, 1, 2]);
        assert_eq!(parts(&[], 3), [0; 0]);
    }

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
