//! The global gradient norm, in two passes: partial sums of squares of each gradient, then all of them.

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor, tensor::IntTensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch, own};
use super::twin::{CHUNK, contiguous};

pub static SQUARE_SUM: Shader = Shader {
    name: "square_sum",
    parts: &[],
    body: include_str!("../../shaders/square_sum.wgsl"),
    lanes: true,
};
pub static SQUARE_SUM_MASKED: Shader = Shader {
    name: "square_sum_masked",
    parts: &[],
    body: include_str!("../../shaders/square_sum_masked.wgsl"),
    lanes: true,
};
pub static NORM_FINALIZE: Shader = Shader {
    name: "norm_finalize",
    parts: &[include_str!("../../shaders/shared/norm.wgsl")],
    body: include_str!("../../shaders/norm_finalize.wgsl"),
    lanes: false,
};

/// How many partial sums a gradient of `entries` floats takes: one for each invocation.
pub fn partial_sums(entries: usize) -> usize {
    entries.div_ceil(CHUNK) * WORKGROUP
}

pub(super) mod gpu {
    use super::*;

    pub fn square_sum(
        gradient: CubeTensor,
        mask: Option<CubeTensor>,
        partials: CubeTensor,
        offset: usize,
    ) -> CubeTensor {
        let (gradient, partials) = (into_contiguous(gradient), own(partials));
        let entries = gradient.shape().num_elements();
        let shader = if mask.is_some() { &SQUARE_SUM_MASKED } else { &SQUARE_SUM };
        let width = shader.width(entries);
        let mut buffers = vec![&gradient];
        buffers.extend(&mask);
        buffers.push(&partials);
        let words = Words::default().u32(entries / width).u32(offset);
        launch(shader, width, entries.div_ceil(CHUNK), &buffers, words);
        partials
    }

    pub fn norm_finalize(partials: CubeTensor, norm: CubeTensor, max_norm: f32) -> CubeTensor {
        let norm = own(norm);
        let words = Words::default().u32(partials.shape().num_elements()).f32(max_norm);
        launch(&NORM_FINALIZE, 1, 1, &[&partials, &norm], words);
        norm
    }
}

pub(super) mod cpu {
    use super::*;
    use crate::kernels::wide::wide;

    wide! {
        fn squares(sums: &mut [f32], gradient: &[f32]) {
            sums.fill(0.0);
            for entries in gradient.chunks(WORKGROUP) {
                sums.iter_mut().zip(entries).for_each(|(sum, g)| *sum += g * g);
            }
        }

        fn kept_squares(sums: &mut [f32], gradient: &[f32], mask: &[u32]) {
            sums.fill(0.0);
            for (entries, words) in gradient.chunks(WORKGROUP).zip(mask.chunks(WORKGROUP / 32)) {
                let groups = sums.chunks_mut(32).zip(entries.chunks(32)).zip(words);
                for ((sums, entries), word) in groups {
                    for ((sum, g), bit) in sums.iter_mut().zip(entries).zip(0u32..) {
                        *sum += if word >> bit & 1 == 1 { g * g } else { 0.0 };
                    }
                }
            }
        }
    }

    pub fn square_sum(
        gradient: FloatTensor<Flex>,
        mask: Option<IntTensor<Flex>>,
        mut partials: FloatTensor<Flex>,
        offset: usize,
    ) -> FloatTensor<Flex> {
        let gradient = contiguous(gradient);
        let gradient = gradient.storage::<f32>();
        let mask = mask.as_ref().map(|mask| mask.storage::<u32>());
        partials.storage_mut::<f32>()[offset..offset + partial_sums(gradient.len())]
            .par_chunks_mut(WORKGROUP)
            .zip(gradient.par_chunks(CHUNK))
            .enumerate()
            .for_each(|(chunk, (sums, gradient))| match mask {
                None => squares(sums, gradient),
                Some(mask) => kept_squares(sums, gradient, &mask[chunk * CHUNK / 32..]),
            });
        partials
    }

    pub fn norm_finalize(
        partials: FloatTensor<Flex>,
        mut norm: FloatTensor<Flex>,
        max_norm: f32,
    ) -> FloatTensor<Flex> {
        let total =
            partials.storage::<f32>().chunks(WORKGROUP).map(|sums| sums.iter().sum::<f32>()).sum::<f32>();
        let value = total.sqrt();
        let finite = total.is_finite();
        let clip = if max_norm > 0.0 && finite { (max_norm / (value + 1e-6)).min(1.0) } else { 1.0 };
        let norm_state = norm.storage_mut::<f32>();
        norm_state[0] = value;
        norm_state[1] = clip;
        norm_state[2] = if finite { 1.0 } else { 0.0 };
        norm_state[3] += if finite { 0.0 } else { 1.0 };
        norm
    }
}
