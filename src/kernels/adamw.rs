//! The fused AdamW step, plain and masked.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SIZES, clip, floats, mask, random, squares};
use super::cpu::{self, UNIT, wide};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, own, shader};

static ADAMW: Shader = shader!(
    "adamw",
    faults: [
        ("gradient[i]", "gradient[i / 2u]"),
        ("- hyper.learning_rate", "+ hyper.learning_rate"),
        ("k * WORKGROUP", "k * (WORKGROUP - 1u)"),
        ("i >= h.count", "i + 1u >= h.count"),
    ],
);

static ADAMW_MASKED: Shader = shader!(
    "adamw_masked",
    faults: [
        ("gradient[i]", "gradient[i / 2u]"),
        ("mask[entry / 32u]", "mask[(entry + 1u) / 32u]"),
        ("keep != Lane(0.0)", "keep == Lane(0.0)"),
        ("k * WORKGROUP", "k * (WORKGROUP - 1u)"),
        ("i >= h.count", "i + 1u >= h.count"),
    ],
);

/// The numbers of one AdamW step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The learning rate of the step.
    pub learning_rate: f32,
    /// The decoupled weight decay.
    pub weight_decay: f32,
    /// The decay of the first moment.
    pub beta1: f32,
    /// The decay of the second moment.
    pub beta2: f32,
    /// The term that keeps the denominator above 0.
    pub epsilon: f32,
    /// The number of the optimiser step, counted from 1. It sets the bias correction.
    pub step: u32,
    /// Whether entries outside the mask keep weight and moments. Otherwise decay and momentum still act on them.
    pub strict: bool,
    /// The factor on the gradient of the entries in the mask.
    pub gradient_scale: f32,
}

/// One AdamW step on the clipped gradient. Returns the new weight and moments.
pub fn adamw<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<1>,
    [first, second]: [Tensor<1>; 2],
    norm: Tensor<1>,
    step: AdamW,
) -> (Tensor<D>, [Tensor<1>; 2]) {
    let (weight, first, second) = Dispatch::adamw(
        weight.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        norm.into_dispatch(),
        step,
    );
    (Tensor::from_dispatch(weight), [first, second].map(Tensor::from_dispatch))
}

/// Like [`adamw`], with a gradient that is zero outside `mask` and multiplied by `step.gradient_scale` inside.
pub fn adamw_masked<const D: usize>(
    weight: Tensor<D>,
    gradient: Tensor<1>,
    [first, second]: [Tensor<1>; 2],
    mask: Tensor<1, Int>,
    norm: Tensor<1>,
    step: AdamW,
) -> (Tensor<D>, [Tensor<1>; 2]) {
    let (weight, first, second) = Dispatch::adamw_masked(
        weight.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        mask.into_dispatch(),
        norm.into_dispatch(),
        step,
    );
    (Tensor::from_dispatch(weight), [first, second].map(Tensor::from_dispatch))
}

#[backend_extension(Cube, Flex)]
trait AdamWOps: Backend {
    fn adamw(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        step: AdamW,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    fn adamw_masked(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        mask: IntTensor<Self>,
        norm: FloatTensor<Self>,
        step: AdamW,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl AdamW {
    // the host computes these factors once, so that every device multiplies by the same bits
    fn decay(&self) -> f32 {
        1.0 - self.learning_rate * self.weight_decay
    }

    /// 1 / (1 - beta^t), in f64 because beta2^t is close to 1 for small t.
    fn correction(&self, beta: f32) -> f32 {
        (1.0 / (1.0 - f64::from(beta).powf(f64::from(self.step)))) as f32
    }

    fn scalars(&self, lanes: usize) -> Scalars {
        Scalars::default()
            .u32(lanes)
            .f32(self.learning_rate)
            .f32(self.decay())
            .f32(self.beta1)
            .f32(self.beta2)
            .f32(self.correction(self.beta1))
            .f32(self.correction(self.beta2))
            .f32(self.epsilon)
            .f32(self.gradient_scale)
            .u32(self.strict.into())
    }
}

/// Launches either shader over the entries of the first buffer, the weight.
fn run(shader: &'static Shader, buffers: &[&CubeTensor], step: AdamW) {
    /// Items of one invocation, as in `shaders/shared/adamw.wgsl`. Several, because an emulated GPU fetches the scalars
    /// again in each invocation.
    const ITEMS: usize = 4;
    let entries = buffers[0].shape().num_elements();
    let width = shader.width(entries);
    let lanes = entries / width;
    launch(shader, width, lanes.div_ceil(WORKGROUP * ITEMS), buffers, step.scalars(lanes));
}

impl AdamWOps for CubeBackend {
    fn adamw(
        weight: CubeTensor,
        gradient: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        norm: CubeTensor,
        step: AdamW,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        // the kernel writes to these three, so they must not share a buffer with anything else
        let (weight, first, second) = (own(weight), own(first), own(second));
        let gradient = gpu::contiguous(gradient);
        run(&ADAMW, &[&weight, &gradient, &first, &second, &norm], step);
        (weight, first, second)
    }

    fn adamw_masked(
        weight: CubeTensor,
        gradient: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        mask: CubeTensor,
        norm: CubeTensor,
        step: AdamW,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let (weight, first, second) = (own(weight), own(first), own(second));
        let gradient = gpu::contiguous(gradient);
        run(&ADAMW_MASKED, &[&weight, &gradient, &first, &second, &mask, &norm], step);
        (weight, first, second)
    }
}

/// The scalars of the shader, computed once for all entries.
#[derive(Clone, Copy)]
struct Hyper {
    step: AdamW,
    decay: f32,
    correction1: f32,
    correction2: f32,
}

impl Hyper {
    fn new(step: AdamW) -> Self {
        Hyper {
            step,
            decay: step.decay(),
            correction1: step.correction(step.beta1),
            correction2: step.correction(step.beta2),
        }
    }

    #[inline(always)]
    fn apply(&self, weight: f32, first: f32, second: f32, gradient: f32) -> [f32; 3] {
        let AdamW { learning_rate, beta1, beta2, epsilon, .. } = self.step;
        let first = beta1 * first + (1.0 - beta1) * gradient;
        let second = beta2 * second + (1.0 - beta2) * gradient * gradient;
        let denominator = (second * self.correction2).sqrt() + epsilon;
        [weight * self.decay - learning_rate * (first * self.correction1) / denominator, first, second]
    }
}

wide! {
    fn update(
        weight: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
        hyper: Hyper,
        scale: f32,
    ) {
        for (((w, g), m), v) in weight.iter_mut().zip(gradient).zip(first).zip(second) {
            [*w, *m, *v] = hyper.apply(*w, *m, *v, *g * scale);
        }
    }

    fn update_masked(
        weight: &mut [f32],
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
        mask: &[u32],
        hyper: Hyper,
        scale: f32,
    ) {
        // 32 entries at a time, so that each word of the mask is loaded once
        let words = weight
            .chunks_mut(32)
            .zip(gradient.chunks(32))
            .zip(first.chunks_mut(32))
            .zip(second.chunks_mut(32))
            .zip(mask);
        for ((((weight, gradient), first), second), word) in words {
            let items = weight.iter_mut().zip(gradient).zip(first).zip(second).zip(0u32..);
            for ((((w, g), m), v), bit) in items {
                let keep = word >> bit & 1 == 1;
                // a choice, not a product with 0 or 1: a dropped gradient may be infinite, and infinity times 0 is NaN
                let [weight, first, second] = hyper.apply(*w, *m, *v, if keep { *g * scale } else { 0.0 });
                // the assignments have no branch, so that the compiler vectorises the loop
                let changes = keep || !hyper.step.strict;
                *w = if changes { weight } else { *w };
                *m = if changes { first } else { *m };
                *v = if changes { second } else { *v };
            }
        }
    }
}

/// The clip factor, or `None` if the step must be skipped.
fn scale(norm: &FloatTensor<Flex>) -> Option<f32> {
    let norm = norm.storage::<f32>();
    (norm[2] != 0.0).then_some(norm[1])
}

impl AdamWOps for Flex {
    fn adamw(
        mut weight: FloatTensor<Flex>,
        gradient: FloatTensor<Flex>,
        mut first: FloatTensor<Flex>,
        mut second: FloatTensor<Flex>,
        norm: FloatTensor<Flex>,
        step: AdamW,
    ) -> (FloatTensor<Flex>, FloatTensor<Flex>, FloatTensor<Flex>) {
        let gradient = cpu::contiguous(gradient);
        if let Some(scale) = scale(&norm) {
            let hyper = Hyper::new(step);
            weight
                .storage_mut::<f32>()
                .par_chunks_mut(UNIT)
                .zip(gradient.storage::<f32>().par_chunks(UNIT))
                .zip(first.storage_mut::<f32>().par_chunks_mut(UNIT))
                .zip(second.storage_mut::<f32>().par_chunks_mut(UNIT))
                .for_each(|(((weight, gradient), first), second)| {
                    update(weight, gradient, first, second, hyper, scale);
                });
        }
        (weight, first, second)
    }

    fn adamw_masked(
        mut weight: FloatTensor<Flex>,
        gradient: FloatTensor<Flex>,
        mut first: FloatTensor<Flex>,
        mut second: FloatTensor<Flex>,
        mask: IntTensor<Flex>,
        norm: FloatTensor<Flex>,
        step: AdamW,
    ) -> (FloatTensor<Flex>, FloatTensor<Flex>, FloatTensor<Flex>) {
        let gradient = cpu::contiguous(gradient);
        if let Some(scale) = scale(&norm) {
            let hyper = Hyper::new(step);
            let scale = scale * step.gradient_scale;
            weight
                .storage_mut::<f32>()
                .par_chunks_mut(UNIT)
                .zip(gradient.storage::<f32>().par_chunks(UNIT))
                .zip(first.storage_mut::<f32>().par_chunks_mut(UNIT))
                .zip(second.storage_mut::<f32>().par_chunks_mut(UNIT))
                .zip(mask.storage::<u32>().par_chunks(UNIT / 32))
                .for_each(|((((weight, gradient), first), second), mask)| {
                    update_masked(weight, gradient, first, second, mask, hyper, scale);
                });
        }
        (weight, first, second)
    }
}

pub(super) static PLAIN: Computation = Computation { name: "adamw", shaders: &[&ADAMW], compute: plain };

const STEP: AdamW = AdamW {
    learning_rate: 0.01,
    weight_decay: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    step: 2,
    gradient_scale: 1.0,
    strict: false,
};

fn plain(device: &Device) -> Vec<Output> {
    let run = |(entries, finite): (usize, bool)| {
        // a second moment is never negative; the step takes its square root
        let moments = [random(entries, 2, device), squares(entries, 3, device)];
        let (weight, gradient) = (random(entries, 0, device), random(entries, 1, device));
        let (weight, [first, second]) = adamw(weight, gradient, moments, clip(finite, device), STEP);
        [floats("weight", weight), floats("first moment", first), floats("second moment", second)]
    };
    [(SIZES[0], true), (SIZES[1], true), (SIZES[1], false)].into_iter().flat_map(run).collect()
}

pub(super) static MASKED: Computation =
    Computation { name: "adamw_masked", shaders: &[&ADAMW_MASKED], compute: masked };

fn masked(device: &Device) -> Vec<Output> {
    let run = |(entries, strict): (usize, bool)| {
        let moments = [random(entries, 2, device), squares(entries, 3, device)];
        let (weight, gradient) = (random(entries, 0, device), random(entries, 1, device));
        let step = AdamW { strict, gradient_scale: 1.5, ..STEP };
        let (weight, [first, second]) =
            adamw_masked(weight, gradient, moments, mask(entries, device), clip(true, device), step);
        [floats("weight", weight), floats("first moment", first), floats("second moment", second)]
    };
    SIZES.into_iter().flat_map(|entries| [(entries, false), (entries, true)]).flat_map(run).collect()
}
