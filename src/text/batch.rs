//! Makes padded batches of encoded examples, and orders them.

use super::tokenizer::Encoding;
use crate::random::{Random, Stream};
use crate::spec::Target;

/// The number of batches within which examples are sorted by length, as in Hugging Face's `group_by_length`. More would
/// make the order less random.
const MEGABATCH: usize = 50;

/// An example as token ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// The token ids.
    pub encoding: Encoding,
    /// The target; `None` without a label.
    pub target: Option<Target>,
    /// The line of the file on which the example begins, from 1.
    pub line: u64,
}

impl Encoded {
    /// The ids of the text's labels; none for a number, or without a target.
    pub fn classes(&self) -> &[usize] {
        self.target.as_ref().map_or(&[], Target::classes)
    }
}

/// Examples padded to one length, each window of a text in a row of its own; the matrices are row-major, `size` by `length`.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The number of windows of all texts together; a text that is not long has one.
    pub size: usize,
    /// The padded length, in tokens.
    pub length: usize,
    /// Token ids; padding has the id of the padding token.
    pub input_ids: Vec<i32>,
    /// 1 for a token, 0 for padding.
    pub attention_mask: Vec<i32>,
    /// Token types; 0 for padding.
    pub token_type_ids: Vec<i32>,
    /// The number of windows of each text.
    pub windows: Vec<usize>,
    /// One target for each text, or empty if a text has none.
    pub targets: Vec<Target>,
    /// The places of the texts in the encoded set.
    pub rows: Vec<usize>,
}

/// The padded length for a number of tokens: the next multiple of 8 up to 32, of 16 up to 64, of 32 above, but at most
/// `max_length`. With few lengths, a GPU compiles its kernels for few shapes.
pub fn bucket_length(tokens: usize, max_length: usize) -> usize {
    let step = match tokens {
        0..=32 => 8,
        33..=64 => 16,
        _ => 32,
    };
    tokens.next_multiple_of(step).max(8).min(max_length).max(tokens)
}

/// The length to which the examples of these rows are padded. `rows` are indices into `encoded`.
pub fn padded_length(encoded: &[Encoded], rows: &[usize], max_length: usize) -> usize {
    let tokens = |row: &usize| encoded[*row].encoding.input_ids.len();
    bucket_length(rows.iter().map(tokens).max().unwrap_or(0), max_length)
}

/// Makes a batch of some rows of the encoded set. `rows` must be indices into `encoded`, and `max_length` that of the
/// tokenizer.
pub fn collate(encoded: &[Encoded], rows: &[usize], pad_id: u32, max_length: usize) -> Batch {
    let length = padded_length(encoded, rows, max_length);
    let windows: Vec<usize> = rows.iter().map(|row| encoded[*row].encoding.window_count()).collect();
    let size = windows.iter().sum();
    let cells = size * length;
    let (mut input_ids, mut attention_mask, mut token_type_ids) =
        (vec![pad_id as i32; cells], vec![0; cells], vec![0; cells]);
    let all = rows.iter().flat_map(|row| encoded[*row].encoding.windows());
    for (index, (ids, type_ids)) in all.enumerate() {
        let start = index * length;
        for (position, (id, type_id)) in ids.iter().zip(type_ids).enumerate() {
            input_ids[start + position] = *id as i32;
            attention_mask[start + position] = 1;
            token_type_ids[start + position] = *type_id as i32;
        }
    }
    let targets: Option<Vec<Target>> = rows.iter().map(|row| encoded[*row].target.clone()).collect();
    Batch {
        size,
        length,
        input_ids,
        attention_mask,
        token_type_ids,
        windows,
        targets: targets.unwrap_or_default(),
        rows: rows.to_vec(),
    }
}

/// A new random order of `count` examples for each epoch.
pub fn training_order(count: usize, epoch: u64, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    Random::new(seed, Stream::Shuffle, epoch).shuffle(&mut order);
    order
}

/// A random order that puts examples of similar length into one batch. It shuffles the examples, sorts them by length
/// within every 50 batches, and shuffles the batches. A smaller last batch stays last.
pub fn length_grouped_order(lengths: &[usize], batch_size: usize, epoch: u64, seed: u64) -> Vec<usize> {
    let batch_size = batch_size.max(1);
    let mut random = Random::new(seed, Stream::Shuffle, epoch);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    random.shuffle(&mut order);
    // with few examples it sorts within a quarter of them, so that the epochs still differ
    let batches_sorted = (lengths.len() / batch_size / 4).clamp(1, MEGABATCH);
    for megabatch in order.chunks_mut(batch_size.saturating_mul(batches_sorted)) {
        megabatch.sort_by_key(|row| std::cmp::Reverse(lengths[*row]));
    }
    let full = order.chunks_exact(batch_size);
    let last = full.remainder();
    let mut full: Vec<&[usize]> = full.collect();
    random.shuffle(&mut full);
    [full.concat().as_slice(), last].concat()
}

/// Cuts the order into batches; the last may be smaller.
pub fn batches(order: &[usize], batch_size: usize) -> impl ExactSizeIterator<Item = &[usize]> {
    order.chunks(batch_size.max(1))
}

/// All rows in batches of similar length, the longest first, so that memory runs out immediately or never.
pub fn evaluation_batches(lengths: &[usize], batch_size: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|row| std::cmp::Reverse(lengths[*row]));
    batches(&order, batch_size).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn encoded(tokens: &[u32], target: Option<Target>) -> Encoded {
        let encoding = Encoding::whole(tokens.to_vec(), vec![1; tokens.len()]);
        Encoded { encoding, target, line: 1 }
    }

    #[test]
    fn lengths_fall_into_few_buckets() {
        let buckets: BTreeSet<usize> = (0..=128).map(|tokens| bucket_length(tokens, 128)).collect();
        assert_eq!(buckets, BTreeSet::from([8, 16, 24, 32, 48, 64, 96, 128]));
        assert_eq!(bucket_length(90, 100), 96);
        assert_eq!(bucket_length(97, 100), 100);
    }

    #[test]
    fn batches_are_padded_to_the_bucket_of_the_longest() {
        let set = [encoded(&[5, 6], Some(Target::Class(1))), encoded(&[7; 9], Some(Target::Class(0)))];
        let batch = collate(&set, &[1, 0], 3, 128);
        assert_eq!((batch.size, batch.length), (2, 16));
        assert_eq!(batch.input_ids[7..20], [7, 7, 3, 3, 3, 3, 3, 3, 3, 5, 6, 3, 3]);
        assert_eq!(batch.attention_mask[14..20], [0, 0, 1, 1, 0, 0]);
        assert_eq!(batch.token_type_ids[14..20], [0, 0, 1, 1, 0, 0]);
        assert_eq!(batch.targets, [Target::Class(0), Target::Class(1)]);
        assert_eq!(batch.rows, [1, 0]);
        assert!(collate(&[encoded(&[5], None)], &[0], 0, 128).targets.is_empty());
        assert!(collate(&set, &[], 0, 128).input_ids.is_empty());
    }

    #[test]
    fn each_epoch_and_seed_has_its_own_order() {
        assert_eq!(training_order(100, 0, 1), training_order(100, 0, 1));
        assert_ne!(training_order(100, 0, 1), training_order(100, 1, 1));
        assert_ne!(training_order(100, 0, 1), training_order(100, 0, 2));
    }

    proptest! {
        #[test]
        fn orders_are_permutations(lengths in prop::collection::vec(0usize..50, 0..300), batch_size in 0usize..20, epoch: u64, seed: u64) {
            let sorted = |mut order: Vec<usize>| {
                order.sort_unstable();
                order
            };
            let all: Vec<usize> = (0..lengths.len()).collect();
            let grouped = length_grouped_order(&lengths, batch_size, epoch, seed);
            prop_assert_eq!(&grouped, &length_grouped_order(&lengths, batch_size, epoch, seed));
            prop_assert_eq!(sorted(grouped), all.clone());
            prop_assert_eq!(sorted(training_order(lengths.len(), epoch, seed)), all.clone());
            prop_assert_eq!(sorted(evaluation_batches(&lengths, batch_size).concat()), all);
        }
    }

    #[test]
    fn grouping_by_length_saves_padding() {
        let lengths: Vec<usize> = training_order(2000, 0, 9).iter().map(|number| number % 100).collect();
        let padded = |order: &[usize]| -> usize {
            batches(order, 16)
                .map(|rows| rows.iter().map(|row| lengths[*row]).max().unwrap() * rows.len())
                .sum()
        };
        let (random, grouped) =
            (padded(&training_order(2000, 0, 1)), padded(&length_grouped_order(&lengths, 16, 0, 1)));
        assert!(grouped * 10 < random * 7, "{grouped} of {random}");
        assert_ne!(length_grouped_order(&lengths, 16, 0, 1), length_grouped_order(&lengths, 16, 1, 1));
    }

    /// `tests/pytorch/compare.py` draws the same order, so that it trains in it too.
    #[test]
    fn the_order_is_that_of_the_pytorch_reference() {
        let lengths: Vec<usize> = (0..40).map(|row| row * 7 % 13).collect();
        let order = length_grouped_order(&lengths, 16, 1, 2);
        assert_eq!(order[..8], [37, 22, 9, 7, 31, 3, 29, 14]);
        assert_eq!(order[32..], [11, 18, 38, 8, 32, 15, 13, 39]);
    }
}
