//! Random masks, drawn where they are needed from counters: nothing is uploaded and nothing is to be saved.

use burn::backend::{Flex, TensorMetadata, tensor::IntTensor};
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch, own};
use super::twin::UNIT;
use crate::random::{Stream, philox4x32, philox4x32_lanes};

pub static RANDOM_MASK: Shader = Shader {
    name: "random_mask",
    parts: &[include_str!("../../shaders/shared/philox.wgsl")],
    body: include_str!("../../shaders/random_mask.wgsl"),
    lanes: false,
};

/// One random mask. Draw `i` of it is word `i % 4` of Philox at the counter (`i / 4`, stream, step, matrix)
/// under the key `seed`; its upper 24 bits are compared with the kept share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// Entries of the matrix.
    pub entries: usize,
    /// Successive entries that share a draw.
    pub stride: usize,
    /// The kept share, to 24 bits.
    pub fraction: f64,
    pub stream: Stream,
    pub seed: u64,
    pub step: u32,
    pub matrix: u32,
}

impl Draw {
    /// A draw of 24 bits below this is kept.
    fn threshold(&self) -> u32 {
        (self.fraction * f64::from(1u32 << 24)).round() as u32
    }

    fn key(&self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }

    fn words(&self) -> Words {
        let [low, high] = self.key();
        let scalars = [self.threshold(), self.stream as u32, self.step, self.matrix, low, high];
        let words = Words::default().u32(self.entries).u32(self.stride);
        scalars.into_iter().fold(words, |words, scalar| words.u32(scalar as usize))
    }
}

pub(super) mod gpu {
    use super::*;

    pub fn random_mask(mask: CubeTensor, draw: Draw) -> CubeTensor {
        let mask = own(mask);
        let words = mask.shape().num_elements();
        launch(&RANDOM_MASK, 1, words.div_ceil(WORKGROUP), &[&mask], draw.words());
        mask
    }
}

pub(super) mod cpu {
    use std::array::from_fn;

    use super::*;
    use crate::kernels::wide::wide;

    /// The lowest `count` bits, of 1 to 32.
    #[inline(always)]
    fn ones(count: u32) -> u32 {
        u32::MAX >> (32 - count)
    }

    wide! {
        /// Words from `first` on, of a mask with a draw for each entry: those of a word are eight counters' words.
        fn draw_entries(mask: &mut [u32], first: u32, draw: Draw) {
            let (key, threshold) = (draw.key(), draw.threshold());
            for (word, bits) in (first..).zip(mask) {
                let counters = from_fn(|lane| word * 8 + lane as u32);
                let [stream, step, matrix] = [draw.stream as u32, draw.step, draw.matrix].map(|scalar| [scalar; 8]);
                let drawn = philox4x32_lanes([counters, stream, step, matrix], key);
                let mut fours = [0; 8];
                for (k, words) in (0u32..).zip(drawn) {
                    for (four, word) in fours.iter_mut().zip(words) {
                        *four |= u32::from(word >> 8 < threshold) << k;
                    }
                }
                *bits = (0u32..).zip(fours).fold(0, |bits, (lane, four)| bits | four << (4 * lane));
            }
        }
    }

    /// As [`draw_entries`], of a mask in which runs of `stride` entries share a draw.
    fn draw_runs(mask: &mut [u32], first: u32, draw: Draw) {
        let (key, threshold, stride) = (draw.key(), draw.threshold(), draw.stride as u64);
        let (mut drawn, mut words) = (u64::MAX, [0; 4]);
        for (word, bits) in (first..).zip(mask) {
            let (mut entry, end) = (u64::from(word) * 32, u64::from(word) * 32 + 32);
            *bits = 0;
            while entry < end {
                let run = entry / stride;
                let next = end.min((run + 1) * stride);
                if run / 4 != drawn {
                    drawn = run / 4;
                    let counter = [drawn as u32, draw.stream as u32, draw.step, draw.matrix];
                    words = philox4x32(counter, key);
                }
                if words[run as usize % 4] >> 8 < threshold {
                    *bits |= ones((next - entry) as u32) << (entry % 32);
                }
                entry = next;
            }
        }
    }

    pub fn random_mask(mut mask: IntTensor<Flex>, draw: Draw) -> IntTensor<Flex> {
        const WORDS: usize = UNIT / 32;
        let words = mask.storage_mut::<u32>();
        words.par_chunks_mut(WORDS).enumerate().for_each(|(chunk, mask)| {
            let first = (chunk * WORDS) as u32;
            match draw.stride {
                1 => draw_entries(mask, first, draw),
                _ => draw_runs(mask, first, draw),
            }
        });
        let rest = draw.entries as u32 % 32;
        if let (Some(last), 1..) = (words.last_mut(), rest) {
            *last &= ones(rest);
        }
        mask
    }
}
