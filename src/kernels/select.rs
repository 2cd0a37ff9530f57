//! Exact selection of the k largest scores of a matrix, without a sort and without a read-back: three
//! passes over the digits of the float's bits, then the mask.

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor, tensor::IntTensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch, own};
use super::twin::{CHUNK, UNIT, contiguous};

const PARTS: &[&str] = &[include_str!("../../shaders/shared/selection.wgsl")];

pub static SELECT_HISTOGRAM: Shader = Shader {
    name: "select_histogram",
    parts: PARTS,
    body: include_str!("../../shaders/select_histogram.wgsl"),
    lanes: false,
};
pub static SELECT_NARROW: Shader = Shader {
    name: "select_narrow",
    parts: PARTS,
    body: include_str!("../../shaders/select_narrow.wgsl"),
    lanes: false,
};
pub static PACK_MASK: Shader = Shader {
    name: "pack_mask",
    parts: PARTS,
    body: include_str!("../../shaders/pack_mask.wgsl"),
    lanes: false,
};

/// Bins of the widest digit.
pub const HISTOGRAM_BINS: usize = 2048;

/// One pass of the radix selection: a digit of the score's 32 bits.
#[derive(Clone, Copy, Debug)]
pub struct Digit {
    shift: u32,
    bits: u32,
}

/// The digits from the top down: 11, 11 and 10 bits.
pub const DIGITS: [Digit; 3] =
    [Digit { shift: 21, bits: 11 }, Digit { shift: 10, bits: 11 }, Digit { shift: 0, bits: 10 }];

impl Digit {
    fn bins(self) -> usize {
        1 << self.bits
    }

    /// The bits above this digit.
    fn known(self) -> u32 {
        u32::MAX.checked_shl(self.shift + self.bits).unwrap_or(0)
    }

    fn words(self, count: usize) -> Words {
        Words::default().u32(count).u32(self.shift as usize).u32(self.bins()).u32(self.known() as usize)
    }
}

/// Bits by which a score is ordered; its sign does not count (scores are sums of squares).
#[inline(always)]
fn key(score: f32) -> u32 {
    score.to_bits() & 0x7fff_ffff
}

pub(super) mod gpu {
    use super::*;

    pub fn select_histogram(
        score: CubeTensor,
        selection: CubeTensor,
        histogram: CubeTensor,
        digit: Digit,
    ) -> CubeTensor {
        let (score, histogram) = (into_contiguous(score), own(histogram));
        let count = score.shape().num_elements();
        launch(
            &SELECT_HISTOGRAM,
            1,
            count.div_ceil(CHUNK),
            &[&score, &selection, &histogram],
            digit.words(count),
        );
        histogram
    }

    pub fn select_narrow(
        selection: CubeTensor,
        histogram: CubeTensor,
        digit: Digit,
    ) -> (CubeTensor, CubeTensor) {
        let (selection, histogram) = (own(selection), own(histogram));
        launch(&SELECT_NARROW, 1, 1, &[&selection, &histogram], digit.words(0));
        (selection, histogram)
    }

    pub fn pack_mask(score: CubeTensor, selection: CubeTensor, mask: CubeTensor) -> (CubeTensor, CubeTensor) {
        let (score, selection, mask) = (into_contiguous(score), own(selection), own(mask));
        let count = score.shape().num_elements();
        let workgroups = count.div_ceil(32 * WORKGROUP);
        launch(&PACK_MASK, 1, workgroups, &[&score, &selection, &mask], DIGITS[2].words(count));
        (selection, mask)
    }
}

pub(super) mod cpu {
    use super::*;
    use crate::kernels::wide::wide;

    pub fn select_histogram(
        score: FloatTensor<Flex>,
        selection: IntTensor<Flex>,
        mut histogram: IntTensor<Flex>,
        digit: Digit,
    ) -> IntTensor<Flex> {
        let score = contiguous(score);
        let threshold = selection.storage::<u32>()[0] & digit.known();
        let counts = score
            .storage::<f32>()
            .par_chunks(CHUNK)
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

    pub fn select_narrow(
        mut selection: IntTensor<Flex>,
        mut histogram: IntTensor<Flex>,
        digit: Digit,
    ) -> (IntTensor<Flex>, IntTensor<Flex>) {
        let bins = histogram.storage_mut::<u32>();
        let state = selection.storage_mut::<u32>();
        let mut bin = digit.bins() - 1;
        while bin > 0 && bins[bin] < state[1] {
            state[1] -= bins[bin];
            bin -= 1;
        }
        state[0] |= (bin as u32) << digit.shift;
        bins.fill(0);
        (selection, histogram)
    }

    wide! {
        /// Bits of the scores that reach the threshold, and how many there are, now and before too.
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

    pub fn pack_mask(
        score: FloatTensor<Flex>,
        mut selection: IntTensor<Flex>,
        mut mask: IntTensor<Flex>,
    ) -> (IntTensor<Flex>, IntTensor<Flex>) {
        let score = contiguous(score);
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
