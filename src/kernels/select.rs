//! Exact selection of the k largest scores, without a sort and without a read-back. Floats that are not negative order
//! like their bits, so three passes over the digits of the bits find the k-th largest score; a fourth writes the mask.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SIZES, integers, mask, numbers, upload};
use super::cpu::{self, UNIT, wide};
use super::gpu::{self, CHUNK, Scalars, Shader, WORKGROUP, launch, own, shader};
use super::mask::u32_tensor;

static SELECT_HISTOGRAM: Shader = shader!(
    "select_histogram",
    faults: [
        ("(key >> digit.shift)", "(key >> (digit.shift + 1u))"),
        ("== (threshold", "!= (threshold"),
        ("workgroupBarrier();\n    let start", "let start"),
        ("workgroupBarrier();\n    for", "for"),
        ("i < end", "i + 1u < end"),
    ],
);

static SELECT_NARROW: Shader = shader!(
    "select_narrow",
    faults: [
        ("block * width + width - 1u", "block * width + width - 2u"),
        ("histogram[bin] < remaining", "histogram[bin] > remaining"),
        ("workgroupBarrier();", ""),
    ],
);

static PACK_MASK: Shader = shader!(
    "pack_mask",
    faults: [
        ("<< (i % 32u)", "<< ((i + 1u) % 32u)"),
        (">= threshold", "> threshold"),
        ("mask[word] = bits;\n    }\n    workgroupBarrier();", "mask[word] = bits;\n    }"),
        ("min(digit.count, word", "min(digit.count - 1u, word"),
    ],
);

/// Bins of the widest digit.
const HISTOGRAM_BINS: usize = 2048;

/// One pass of the radix selection: one digit of the score's 32 bits.
#[derive(Clone, Copy, Debug)]
struct Digit {
    shift: u32,
    bits: u32,
}

/// The digits from the top down: 11, 11 and 10 bits. Three passes with 2048 bins, because a histogram of that size fits
/// a workgroup's memory.
const DIGITS: [Digit; 3] =
    [Digit { shift: 21, bits: 11 }, Digit { shift: 10, bits: 11 }, Digit { shift: 0, bits: 10 }];

impl Digit {
    fn bins(self) -> usize {
        1 << self.bits
    }

    /// A mask of the bits above this digit, which earlier passes have found.
    fn known(self) -> u32 {
        u32::MAX.checked_shl(self.shift + self.bits).unwrap_or(0)
    }

    fn scalars(self, count: usize) -> Scalars {
        Scalars::default().u32(count).u32(self.shift as usize).u32(self.bins()).u32(self.known() as usize)
    }
}

/// Selects the `k` scores with the largest absolute value of all matrices together. Each matrix comes as its scores
/// and its previous mask, from which the overlap is counted. Returns its new mask and the selection's state with its
/// counts. Scores that equal the k-th largest are all kept.
pub fn select(
    matrices: Vec<(Tensor<1>, Tensor<1, Int>)>,
    k: usize,
    device: &Device,
) -> Vec<(Tensor<1, Int>, Tensor<1, Int>)> {
    // the threshold is still 0, and `k` entries are still to find
    let mut selection = u32_tensor(&[0, k as u32, 0, 0], device).into_dispatch();
    let mut histogram = u32_tensor(&[0; HISTOGRAM_BINS], device).into_dispatch();
    for digit in DIGITS {
        // all matrices add to one histogram, so they share the threshold
        for (score, _) in &matrices {
            let score = score.clone().into_dispatch();
            histogram = Dispatch::select_histogram(score, selection.clone(), histogram, digit);
        }
        (selection, histogram) = Dispatch::select_narrow(selection, histogram, digit);
    }
    let pack = |(score, mask): (Tensor<1>, Tensor<1, Int>)| {
        let (selection, mask) =
            Dispatch::pack_mask(score.into_dispatch(), selection.clone(), mask.into_dispatch());
        (Tensor::from_dispatch(mask), Tensor::from_dispatch(selection))
    };
    matrices.into_iter().map(pack).collect()
}

#[backend_extension(Cube, Flex)]
trait SelectOps: Backend {
    /// Counts the values of the digit and adds them to the histogram. It counts only scores that share the threshold's
    /// higher digits.
    fn select_histogram(
        score: FloatTensor<Self>,
        selection: IntTensor<Self>,
        histogram: IntTensor<Self>,
        digit: Digit,
    ) -> IntTensor<Self>;
    /// Returns the selection with this digit of the threshold, and an empty histogram.
    fn select_narrow(
        selection: IntTensor<Self>,
        histogram: IntTensor<Self>,
        digit: Digit,
    ) -> (IntTensor<Self>, IntTensor<Self>);
    /// Returns the selection with the entries counted, and the mask.
    fn pack_mask(
        score: FloatTensor<Self>,
        selection: IntTensor<Self>,
        mask: IntTensor<Self>,
    ) -> (IntTensor<Self>, IntTensor<Self>);
}

impl SelectOps for CubeBackend {
    fn select_histogram(
        score: CubeTensor,
        selection: CubeTensor,
        histogram: CubeTensor,
        digit: Digit,
    ) -> CubeTensor {
        let (score, histogram) = (gpu::contiguous(score), own(histogram));
        let count = score.shape().num_elements();
        launch(
            &SELECT_HISTOGRAM,
            1,
            count.div_ceil(CHUNK),
            &[&score, &selection, &histogram],
            digit.scalars(count),
        );
        histogram
    }

    fn select_narrow(selection: CubeTensor, histogram: CubeTensor, digit: Digit) -> (CubeTensor, CubeTensor) {
        let (selection, histogram) = (own(selection), own(histogram));
        launch(&SELECT_NARROW, 1, 1, &[&selection, &histogram], digit.scalars(0));
        (selection, histogram)
    }

    fn pack_mask(score: CubeTensor, selection: CubeTensor, mask: CubeTensor) -> (CubeTensor, CubeTensor) {
        let (score, selection, mask) = (gpu::contiguous(score), own(selection), own(mask));
        let count = score.shape().num_elements();
        let workgroups = count.div_ceil(32 * WORKGROUP);
        launch(&PACK_MASK, 1, workgroups, &[&score, &selection, &mask], DIGITS[2].scalars(count));
        (selection, mask)
    }
}

/// The bits that order the scores by their absolute value.
#[inline(always)]
fn key(score: f32) -> u32 {
    score.to_bits() & 0x7fff_ffff
}

wide! {
    /// Writes the mask of the scores that reach the threshold. Adds to `counts` the number of these scores, and the
    /// number of them that the mask had before.
    fn pack(mask: &mut [u32], scores: &[f32], threshold: u32, counts: &mut [u32; 2]) {
        for (word, scores) in mask.iter_mut().zip(scores.chunks(32)) {
            let mut bits = 0;
            for (score, i) in scores.iter().zip(0u32..) {
                bits |= u32::from(key(*score) >= threshold) << i;
            }
            counts[0] += bits.count_ones();
            counts[1] += (bits & *word).count_ones();
            *word = bits;
        }
    }
}

impl SelectOps for Flex {
    fn select_histogram(
        score: FloatTensor<Flex>,
        selection: IntTensor<Flex>,
        mut histogram: IntTensor<Flex>,
        digit: Digit,
    ) -> IntTensor<Flex> {
        let score = cpu::contiguous(score);
        let threshold = selection.storage::<u32>()[0] & digit.known();
        let counts = score
            .storage::<f32>()
            .par_chunks(CHUNK)
            // each task counts for itself: whole numbers add up to the same sum in any order
            .map(|scores| {
                let mut counts = vec![0u32; digit.bins()];
                for key in scores.iter().map(|score| key(*score)) {
                    if key & digit.known() == threshold {
                        counts[(key >> digit.shift) as usize & (digit.bins() - 1)] += 1;
                    }
                }
                counts
            })
            .reduce(
                || vec![0u32; digit.bins()],
                |mut sum, counts| {
                    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                    sum
                },
            );
        let bins = histogram.storage_mut::<u32>().iter_mut();
        bins.zip(counts).for_each(|(bin, count)| *bin += count);
        histogram
    }

    fn select_narrow(
        mut selection: IntTensor<Flex>,
        mut histogram: IntTensor<Flex>,
        digit: Digit,
    ) -> (IntTensor<Flex>, IntTensor<Flex>) {
        let bins = histogram.storage_mut::<u32>();
        let state = selection.storage_mut::<u32>();
        // from the largest value down, until the bin that holds the k-th largest score
        let mut bin = digit.bins() - 1;
        while bin > 0 && bins[bin] < state[1] {
            state[1] -= bins[bin];
            bin -= 1;
        }
        state[0] |= (bin as u32) << digit.shift;
        bins.fill(0);
        (selection, histogram)
    }

    fn pack_mask(
        score: FloatTensor<Flex>,
        mut selection: IntTensor<Flex>,
        mut mask: IntTensor<Flex>,
    ) -> (IntTensor<Flex>, IntTensor<Flex>) {
        let score = cpu::contiguous(score);
        let state = selection.storage_mut::<u32>();
        let threshold = state[0];
        let [kept, overlap] = mask
            .storage_mut::<u32>()
            .par_chunks_mut(UNIT / 32)
            .zip(score.storage::<f32>().par_chunks(UNIT))
            .map(|(mask, scores)| {
                let mut counts = [0; 2];
                pack(mask, scores, threshold, &mut counts);
                counts
            })
            .reduce(|| [0; 2], |a, b| [a[0] + b[0], a[1] + b[1]]);
        state[2] += kept;
        state[3] += overlap;
        (selection, mask)
    }
}

pub(super) static COMPUTATION: Computation = Computation {
    name: "selection (select_histogram, select_narrow, pack_mask)",
    shaders: &[&SELECT_HISTOGRAM, &SELECT_NARROW, &PACK_MASK],
    compute,
};

fn compute(device: &Device) -> Vec<Output> {
    // scores with many ties, and scores without any, of which each one moves the threshold
    let tied = |entries: usize| numbers(entries, 4).into_iter().map(|score| score.abs().round()).collect();
    // the last entry is the largest, so that a kernel that drops the tail selects another threshold
    let distinct = |entries: usize| {
        let place = |i: usize| (i * 7919 % entries + i / entries * entries) as f32;
        (1..=entries).map(place).collect()
    };
    let run = |(scores, share): (Vec<f32>, f64)| {
        let entries = scores.len();
        let k = (entries as f64 * share) as usize;
        let matrix = (upload(scores, device), mask(entries, device));
        let selected = select(vec![matrix], k, device);
        selected.into_iter().flat_map(|(mask, state)| [integers("mask", mask), integers("state", state)])
    };
    [(distinct(SIZES[0]), 0.7), (tied(SIZES[1]), 0.3)].into_iter().flat_map(run).collect()
}
