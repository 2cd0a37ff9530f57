//! The blend of a weight with its anchor.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SIZES, floats, mask, random};
use super::cpu::{self, Fresh, UNIT, wide};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, shader};

static MIX_WEIGHT: Shader = shader!(
    "mix_weight",
    faults: [
        ("mask[entry / 32u]", "mask[(entry + 1u) / 32u]"),
        ("(weight[i] - anchor[i])", "(anchor[i] - weight[i])"),
        ("i >= blend.count", "i + 1u >= blend.count"),
    ],
);

/// Computes `((1 - m) * anchor + m * weight - (1 - fraction) * anchor) / fraction` for the mask m. The mean over random
/// masks that keep this fraction is `weight`.
pub fn mix_weight<const D: usize>(
    weight: Tensor<D>,
    anchor: Tensor<1>,
    mask: Tensor<1, Int>,
    fraction: f64,
) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::mix_weight(
        weight.into_dispatch(),
        anchor.into_dispatch(),
        mask.into_dispatch(),
        fraction,
    ))
}

#[backend_extension(Cube, Flex)]
trait MixWeightOps: Backend {
    fn mix_weight(
        weight: FloatTensor<Self>,
        anchor: FloatTensor<Self>,
        mask: IntTensor<Self>,
        fraction: f64,
    ) -> FloatTensor<Self>;
}

// rounded once, from f64, so that every device multiplies by the same bits
fn kept_factor(fraction: f64) -> f32 {
    (1.0 / fraction) as f32
}

impl MixWeightOps for CubeBackend {
    fn mix_weight(weight: CubeTensor, anchor: CubeTensor, mask: CubeTensor, fraction: f64) -> CubeTensor {
        let (weight, anchor) = (gpu::contiguous(weight), gpu::contiguous(anchor));
        let blended = gpu::empty(&weight, weight.shape());
        let entries = weight.shape().num_elements();
        let width = MIX_WEIGHT.width(entries);
        let lanes = entries / width;
        let scalars = Scalars::default().u32(lanes).f32(kept_factor(fraction));
        let buffers = [&weight, &anchor, &mask, &blended];
        launch(&MIX_WEIGHT, width, lanes.div_ceil(WORKGROUP), &buffers, scalars);
        blended
    }
}

wide! {
    fn blend(weight: &mut [f32], anchor: &[f32], mask: &[u32], factor: f32) {
        for ((weight, anchor), word) in weight.chunks_mut(32).zip(anchor.chunks(32)).zip(mask) {
            for ((w, a), bit) in weight.iter_mut().zip(anchor).zip(0u32..) {
                // the anchor plus a multiple of the difference, which is exact because weight and anchor are close
                *w = if word >> bit & 1 == 1 { a + (*w - a) * factor } else { *a };
            }
        }
    }
}

impl MixWeightOps for Flex {
    fn mix_weight(
        weight: FloatTensor<Flex>,
        anchor: FloatTensor<Flex>,
        mask: IntTensor<Flex>,
        fraction: f64,
    ) -> FloatTensor<Flex> {
        let (weight, anchor) = (cpu::contiguous(weight), cpu::contiguous(anchor));
        let factor = kept_factor(fraction);
        // each thread copies and blends its own block; a copy of the whole weight first would run on one thread
        let mut blended = Fresh::new(weight.shape().num_elements());
        blended
            .par_blocks(UNIT)
            .zip(weight.storage::<f32>().par_chunks(UNIT))
            .zip(anchor.storage::<f32>().par_chunks(UNIT))
            .zip(mask.storage::<u32>().par_chunks(UNIT / 32))
            .for_each(|(((blended, weight), anchor), mask)| {
                blend(blended.copy_of(weight), anchor, mask, factor);
            });
        blended.tensor(&weight.shape())
    }
}

pub(super) static COMPUTATION: Computation =
    Computation { name: "mix_weight", shaders: &[&MIX_WEIGHT], compute };

fn compute(device: &Device) -> Vec<Output> {
    let run = |entries: usize| {
        let (weight, anchor) = (random(entries, 0, device), random(entries, 1, device));
        floats("weight", mix_weight(weight, anchor, mask(entries, device), 0.7))
    };
    SIZES.map(run).into()
}
