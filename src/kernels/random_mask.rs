//! Random masks. The device draws them from counters, so nothing is uploaded and a checkpoint holds no generator state.

use std::array::from_fn;

use burn::backend::tensor::IntTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SHAPES, SIZES, integers};
use super::cpu::{UNIT, wide};
use super::gpu::{Scalars, Shader, WORKGROUP, launch, own, shader};
use super::mask::empty_mask;
use crate::random::{Stream, philox4x32, philox4x32_lanes};

static RANDOM_MASK: Shader = shader!(
    "random_mask",
    faults: [
        ("words[run % 4u]", "words[(run + 1u) % 4u]"),
        (">> 8u) < draw.threshold", ">> 8u) > draw.threshold"),
        ("min(draw.count, word", "min(draw.count - 1u, word"),
    ],
);

/// One random mask. Draw `i` is word `i % 4` of Philox at the counter (`i / 4`, stream, step, matrix) under the key
/// `seed`. Its upper 24 bits are compared with the kept share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// Entries of the matrix.
    pub entries: usize,
    /// The number of successive entries that share a draw.
    pub stride: usize,
    /// The kept share, to 24 bits.
    pub fraction: f64,
    /// The purpose of the draws.
    pub stream: Stream,
    /// The seed of the run.
    pub seed: u64,
    /// The step of the run, from 1.
    pub step: u32,
    /// The matrix's place among all parameters.
    pub matrix: u32,
}

/// Overwrites `mask` with a random one.
pub fn random_mask(mask: Tensor<1, Int>, draw: Draw) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::random_mask(mask.into_dispatch(), draw))
}

#[backend_extension(Cube, Flex)]
trait RandomMaskOps: Backend {
    fn random_mask(mask: IntTensor<Self>, draw: Draw) -> IntTensor<Self>;
}

impl Draw {
    /// The bound below which a draw of 24 bits keeps its entries. A whole number, so that every device decides alike.
    fn threshold(&self) -> u32 {
        (self.fraction * f64::from(1u32 << 24)).round() as u32
    }

    fn key(&self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }

    fn scalars(&self) -> Scalars {
        let [low, high] = self.key();
        let rest = [self.threshold(), self.stream as u32, self.step, self.matrix, low, high];
        let first = Scalars::default().u32(self.entries).u32(self.stride);
        rest.into_iter().fold(first, |scalars, scalar| scalars.u32(scalar as usize))
    }
}

impl RandomMaskOps for CubeBackend {
    fn random_mask(mask: CubeTensor, draw: Draw) -> CubeTensor {
        let mask = own(mask);
        let words = mask.shape().num_elements();
        launch(&RANDOM_MASK, 1, words.div_ceil(WORKGROUP), &[&mask], draw.scalars());
        mask
    }
}

/// A word whose lowest `count` bits are set; `count` is 1 to 32.
#[inline(always)]
fn ones(count: u32) -> u32 {
    u32::MAX >> (32 - count)
}

wide! {
    /// Fills a mask with a draw for each entry. `first` is the number of the first word. A word takes eight counters of
    /// four draws, and the eight counters fill a vector register.
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

/// Like [`draw_entries`], with a draw for each run of `stride` entries.
fn draw_runs(mask: &mut [u32], first: u32, draw: Draw) {
    let (key, threshold, stride) = (draw.key(), draw.threshold(), draw.stride as u64);
    // a counter gives four draws, so it is evaluated only when the run leaves those four
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

impl RandomMaskOps for Flex {
    fn random_mask(mut mask: IntTensor<Flex>, draw: Draw) -> IntTensor<Flex> {
        const WORDS: usize = UNIT / 32;
        let words = mask.storage_mut::<u32>();
        words.par_chunks_mut(WORDS).enumerate().for_each(|(chunk, mask)| {
            let first = (chunk * WORDS) as u32;
            match draw.stride {
                1 => draw_entries(mask, first, draw),
                _ => draw_runs(mask, first, draw),
            }
        });
        // bits beyond the matrix stay clear, as the kernels that count a mask's bits expect
        let rest = draw.entries as u32 % 32;
        if let (Some(last), 1..) = (words.last_mut(), rest) {
            *last &= ones(rest);
        }
        mask
    }
}

pub(super) static COMPUTATION: Computation =
    Computation { name: "random_mask", shaders: &[&RANDOM_MASK], compute };

fn compute(device: &Device) -> Vec<Output> {
    let run = |(entries, stride): (usize, usize)| {
        let draw = Draw {
            entries,
            stride,
            fraction: 0.3,
            stream: Stream::RandomMask,
            seed: 0xfedc_ba98_7654_3210,
            step: 3,
            matrix: 5,
        };
        integers("mask", random_mask(empty_mask(entries, device), draw))
    };
    [(SIZES[0], 1), (SIZES[1], 1), (SHAPES[0][0] * SHAPES[0][1], SHAPES[0][1])].map(run).into()
}
