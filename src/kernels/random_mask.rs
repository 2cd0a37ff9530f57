//! Random masks, drawn where they are needed from counters: nothing is uploaded and nothing is to be saved.

use burn::backend::{Flex, TensorMetadata, tensor::IntTensor};
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch, own};
use super::twin::CHUNK;
use crate::random::{Stream, philox4x32};

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
    use super::*;

    pub fn random_mask(mut mask: IntTensor<Flex>, draw: Draw) -> IntTensor<Flex> {
        let (key, threshold) = (draw.key(), draw.threshold());
        let [entries, stride] = [draw.entries, draw.stride].map(|size| size as u32);
        mask.storage_mut::<u32>().par_iter_mut().with_min_len(CHUNK / 32).enumerate().for_each(
            |(word, bits)| {
                let first = word as u32 * 32;
                let mut drawn = u32::MAX;
                let mut words = [0; 4];
                *bits = 0;
                for i in first..entries.min(first + 32) {
                    let run = i / stride;
                    if run / 4 != drawn {
                        drawn = run / 4;
                        words = philox4x32([drawn, draw.stream as u32, draw.step, draw.matrix], key);
                    }
                    *bits |= u32::from(words[run as usize % 4] >> 8 < threshold) << (i % 32);
                }
            },
        );
        mask
    }
}
