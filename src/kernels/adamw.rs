//! The fused AdamW step, plain and masked.

use burn::backend::{Flex, TensorMetadata, tensor::FloatTensor, tensor::IntTensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch, own};
use super::twin::{UNIT, contiguous};

const PARTS: &[&str] =
    &[include_str!("../../shaders/shared/norm.wgsl"), include_str!("../../shaders/shared/adamw.wgsl")];

pub static ADAMW: Shader =
    Shader { name: "adamw", parts: PARTS, body: include_str!("../../shaders/adamw.wgsl"), lanes: true };
pub static ADAMW_MASKED: Shader = Shader {
    name: "adamw_masked",
    parts: PARTS,
    body: include_str!("../../shaders/adamw_masked.wgsl"),
    lanes: true,
};

/// Items of one invocation; as in the shader.
const ITEMS: usize = 4;

/// The scalars of one AdamW step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    pub learning_rate: f32,
    pub weight_decay: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    /// The optimiser step, from 1; sets the bias correction.
    pub step: u32,
    /// Masked-out entries keep weight and moments (otherwise decay and momentum still act on them).
    pub strict: bool,
    /// Factor on the gradient of the entries that a mask keeps.
    pub gradient_scale: f32,
}

impl AdamW {
    fn decay(&self) -> f32 {
        1.0 - self.learning_rate * self.weight_decay
    }

    /// 1 / (1 - beta^t), in f64 because beta2^t is close to 1 for small t.
    fn correction(&self, beta: f32) -> f32 {
        (1.0 / (1.0 - f64::from(beta).powf(f64::from(self.step)))) as f32
    }

    fn words(&self, lanes: usize) -> Words {
        Words::default()
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

fn run(shader: &'static Shader, buffers: &[&CubeTensor], step: AdamW) {
    let entries = buffers[0].shape().num_elements();
    let width = shader.width(entries);
    let lanes = entries / width;
    launch(shader, width, lanes.div_ceil(WORKGROUP * ITEMS), buffers, step.words(lanes));
}

pub(super) mod gpu {
    use super::*;

    pub fn adamw(
        [weight, gradient, first, second]: [CubeTensor; 4],
        norm: CubeTensor,
        step: AdamW,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let (weight, first, second) = (own(weight), own(first), own(second));
        let gradient = into_contiguous(gradient);
        run(&ADAMW, &[&weight, &gradient, &first, &second, &norm], step);
        (weight, first, second)
    }

    pub fn adamw_masked(
        [weight, gradient, first, second]: [CubeTensor; 4],
        mask: CubeTensor,
        norm: CubeTensor,
        step: AdamW,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let (weight, first, second) = (own(weight), own(first), own(second));
        let gradient = into_contiguous(gradient);
        run(&ADAMW_MASKED, &[&weight, &gradient, &first, &second, &mask, &norm], step);
        (weight, first, second)
    }
}

pub(super) mod cpu {
    use super::*;
    use crate::kernels::wide::wide;

    type Float = FloatTensor<Flex>;

    /// The scalars as the shader sees them.
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
                    let [weight, first, second] = hyper.apply(*w, *m, *v, if keep { *g * scale } else { 0.0 });
                    let changes = keep || !hyper.step.strict;
                    *w = if changes { weight } else { *w };
                    *m = if changes { first } else { *m };
                    *v = if changes { second } else { *v };
                }
            }
        }
    }

    /// Clip factor, or nothing where the step is to be skipped.
    fn scale(norm: &Float) -> Option<f32> {
        let norm = norm.storage::<f32>();
        (norm[2] != 0.0).then_some(norm[1])
    }

    pub fn adamw(
        [mut weight, gradient, mut first, mut second]: [Float; 4],
        norm: Float,
        step: AdamW,
    ) -> (Float, Float, Float) {
        let gradient = contiguous(gradient);
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

    pub fn adamw_masked(
        [mut weight, gradient, mut first, mut second]: [Float; 4],
        mask: IntTensor<Flex>,
        norm: Float,
        step: AdamW,
    ) -> (Float, Float, Float) {
        let gradient = contiguous(gradient);
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
