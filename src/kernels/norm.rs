//! The global gradient norm, in two passes: partial sums of squares of each gradient, then their sum. Two passes fix
//! the order of the additions, which atomics would not, and the norm stays on the device.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SIZES, clip, floats, mask, numbers, upload};
use super::cpu::{self, wide};
use super::gpu::{self, CHUNK, Scalars, Shader, WORKGROUP, launch, own, shader};

static SQUARE_SUM: Shader = shader!(
    "square_sum",
    faults: [
        ("let g = gradient[i]", "let g = gradient[i / 2u]"),
        ("chunk * WORKGROUP + local]", "chunk * WORKGROUP]"),
        ("sum += g * g", "sum -= g * g"),
        ("i < end", "i + 1u < end"),
    ],
);

static SQUARE_SUM_MASKED: Shader = shader!(
    "square_sum_masked",
    faults: [
        ("gradient[i], keep", "gradient[i / 2u], keep"),
        ("!= Lane(0.0)", "== Lane(0.0)"),
        ("sum += g * g", "sum -= g * g"),
        ("i < end", "i + 1u < end"),
    ],
);

static NORM_FINALIZE: Shader = shader!(
    "norm_finalize",
    faults: [
        ("sums[local + half]", "sums[local + half - 1u]"),
        ("workgroupBarrier();", ""),
        ("min(1.0, clip", "max(1.0, clip"),
        ("select(0.0, 1.0, finite)", "select(1.0, 0.0, finite)"),
        ("var i = local; i < clip.count", "var i = local; i + 256u < clip.count"),
    ],
);

/// The number of partial sums of a gradient with `entries` entries: one for each invocation.
pub fn partial_sums(entries: usize) -> usize {
    entries.div_ceil(CHUNK) * WORKGROUP
}

/// Writes the partial sums of squares of a gradient, or of its entries in `mask`, to
/// `partials[offset..offset + partial_sums(entries)]`.
pub fn square_sum(
    gradient: Tensor<1>,
    mask: Option<Tensor<1, Int>>,
    partials: Tensor<1>,
    offset: usize,
) -> Tensor<1> {
    let (gradient, partials) = (gradient.into_dispatch(), partials.into_dispatch());
    Tensor::from_dispatch(match mask {
        None => Dispatch::square_sum(gradient, partials, offset),
        Some(mask) => Dispatch::square_sum_masked(gradient, mask.into_dispatch(), partials, offset),
    })
}

/// Updates the state `norm` from the partial sums of a step. `max_norm` 0 means no clipping.
pub fn norm_finalize(partials: Tensor<1>, norm: Tensor<1>, max_norm: f32) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::norm_finalize(partials.into_dispatch(), norm.into_dispatch(), max_norm))
}

#[backend_extension(Cube, Flex)]
trait NormOps: Backend {
    fn square_sum(
        gradient: FloatTensor<Self>,
        partials: FloatTensor<Self>,
        offset: usize,
    ) -> FloatTensor<Self>;
    fn square_sum_masked(
        gradient: FloatTensor<Self>,
        mask: IntTensor<Self>,
        partials: FloatTensor<Self>,
        offset: usize,
    ) -> FloatTensor<Self>;
    fn norm_finalize(
        partials: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        max_norm: f32,
    ) -> FloatTensor<Self>;
}

/// Launches either shader of the first pass.
fn sum(
    shader: &'static Shader,
    gradient: CubeTensor,
    mask: Option<CubeTensor>,
    partials: CubeTensor,
    offset: usize,
) -> CubeTensor {
    let (gradient, partials) = (gpu::contiguous(gradient), own(partials));
    let entries = gradient.shape().num_elements();
    let width = shader.width(entries);
    let mut buffers = vec![&gradient];
    buffers.extend(&mask);
    buffers.push(&partials);
    let scalars = Scalars::default().u32(entries / width).u32(offset);
    launch(shader, width, entries.div_ceil(CHUNK), &buffers, scalars);
    partials
}

impl NormOps for CubeBackend {
    fn square_sum(gradient: CubeTensor, partials: CubeTensor, offset: usize) -> CubeTensor {
        sum(&SQUARE_SUM, gradient, None, partials, offset)
    }

    fn square_sum_masked(
        gradient: CubeTensor,
        mask: CubeTensor,
        partials: CubeTensor,
        offset: usize,
    ) -> CubeTensor {
        sum(&SQUARE_SUM_MASKED, gradient, Some(mask), partials, offset)
    }

    fn norm_finalize(partials: CubeTensor, norm: CubeTensor, max_norm: f32) -> CubeTensor {
        let norm = own(norm);
        let scalars = Scalars::default().u32(partials.shape().num_elements()).f32(max_norm);
        launch(&NORM_FINALIZE, 1, 1, &[&partials, &norm], scalars);
        norm
    }
}

wide! {
    // one sum for each invocation of a workgroup, as on the GPU; neighbouring sums also fill a vector register
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

/// Writes the partial sums of each chunk of the gradient. The arguments of `sum` are the number of the chunk, the place
/// for its sums, and its entries.
fn sum_chunks(
    gradient: FloatTensor<Flex>,
    mut partials: FloatTensor<Flex>,
    offset: usize,
    sum: impl Fn(usize, &mut [f32], &[f32]) + Sync,
) -> FloatTensor<Flex> {
    let gradient = cpu::contiguous(gradient);
    let gradient = gradient.storage::<f32>();
    partials.storage_mut::<f32>()[offset..offset + partial_sums(gradient.len())]
        .par_chunks_mut(WORKGROUP)
        .zip(gradient.par_chunks(CHUNK))
        .enumerate()
        .for_each(|(chunk, (sums, gradient))| sum(chunk, sums, gradient));
    partials
}

impl NormOps for Flex {
    fn square_sum(
        gradient: FloatTensor<Flex>,
        partials: FloatTensor<Flex>,
        offset: usize,
    ) -> FloatTensor<Flex> {
        sum_chunks(gradient, partials, offset, |_, sums, gradient| squares(sums, gradient))
    }

    fn square_sum_masked(
        gradient: FloatTensor<Flex>,
        mask: IntTensor<Flex>,
        partials: FloatTensor<Flex>,
        offset: usize,
    ) -> FloatTensor<Flex> {
        let mask = mask.storage::<u32>();
        sum_chunks(gradient, partials, offset, |chunk, sums, gradient| {
            kept_squares(sums, gradient, &mask[chunk * CHUNK / 32..]);
        })
    }

    fn norm_finalize(
        partials: FloatTensor<Flex>,
        mut norm: FloatTensor<Flex>,
        max_norm: f32,
    ) -> FloatTensor<Flex> {
        let total =
            partials.storage::<f32>().chunks(WORKGROUP).map(|sums| sums.iter().sum::<f32>()).sum::<f32>();
        let value = total.sqrt();
        let finite = total.is_finite();
        // 1e-6 as in PyTorch's clip_grad_norm_
        let clip = if max_norm > 0.0 && finite { (max_norm / (value + 1e-6)).min(1.0) } else { 1.0 };
        let norm_state = norm.storage_mut::<f32>();
        norm_state[0] = value;
        norm_state[1] = clip;
        norm_state[2] = if finite { 1.0 } else { 0.0 };
        norm_state[3] += if finite { 0.0 } else { 1.0 };
        norm
    }
}

pub(super) static COMPUTATION: Computation = Computation {
    name: "norm (square_sum, square_sum_masked, norm_finalize)",
    shaders: &[&SQUARE_SUM, &SQUARE_SUM_MASKED, &NORM_FINALIZE],
    compute,
};

fn compute(device: &Device) -> Vec<Output> {
    let total: usize = SIZES.into_iter().map(partial_sums).sum();
    let run = |(masked, gradients, max_norm): (bool, [Tensor<1>; 2], f32)| {
        let mut partials = upload(vec![1.0; total], device);
        let mut offset = 0;
        for (entries, gradient) in SIZES.into_iter().zip(gradients) {
            let mask = masked.then(|| mask(entries, device));
            partials = square_sum(gradient, mask, partials, offset);
            offset += partial_sums(entries);
        }
        let norm = norm_finalize(partials, clip(true, device), max_norm);
        // two outputs, because the tolerance is a share of the largest entry and the norm is far larger than the rest
        [
            floats("norm", norm.clone().narrow(0, 0, 1)),
            floats("factor, finite, skipped", norm.narrow(0, 1, 3)),
        ]
    };
    // the last entry weighs as much as all others together, so that a norm that misses it differs
    let ending = |last: f32| {
        SIZES.map(|entries| {
            let mut values = numbers(entries, 1);
            values[entries - 1] = last;
            upload(values, device)
        })
    };
    let (gradients, broken) = (|| ending(500.0), || ending(f32::NAN));
    [(false, gradients(), 1.0), (true, gradients(), 1.0), (false, gradients(), 0.0), (false, broken(), 1.0)]
        .into_iter()
        .flat_map(run)
        .collect()
}
