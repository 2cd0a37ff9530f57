//! GELU and its exact derivative. burn's own derivative on wgpu is that of the tanh approximation, which is
//! off by up to 1e-3: enough to fail every golden run.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind, unary},
};
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, tensor::FloatTensor};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::launch::{Shader, WORKGROUP, Words, launch, own};
use super::layers::Layers;
use super::twin::{UNIT, contiguous};

const PARTS: &[&str] = &[include_str!("../../shaders/shared/gelu.wgsl")];

pub static GELU: Shader =
    Shader { name: "gelu", parts: PARTS, body: include_str!("../../shaders/gelu.wgsl"), lanes: true };
pub static GELU_BACKWARD: Shader = Shader {
    name: "gelu_backward",
    parts: PARTS,
    body: include_str!("../../shaders/gelu_backward.wgsl"),
    lanes: true,
};

pub(super) mod gpu {
    use super::*;

    fn run(shader: &'static Shader, input: &CubeTensor, result: &CubeTensor) {
        let entries = input.shape().num_elements();
        let width = shader.width(entries);
        let lanes = entries / width;
        let words = Words::default().u32(lanes).u32(0);
        launch(shader, width, lanes.div_ceil(WORKGROUP), &[input, result], words);
    }

    pub fn gelu(input: CubeTensor) -> CubeTensor {
        let input = into_contiguous(input);
        let (client, device) = (input.client.clone(), input.device.clone());
        let output = empty_device_contiguous_dtype(client, device, input.shape(), input.dtype);
        run(&GELU, &input, &output);
        output
    }

    pub fn backward(input: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        let (input, gradient) = (into_contiguous(input), own(gradient));
        run(&GELU_BACKWARD, &input, &gradient);
        gradient
    }
}

pub(super) mod cpu {
    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::wide::{exp_of_negative, wide};

    /// As `erf` of `shaders/shared/gelu.wgsl`; no branch, so that the loop around it is vectorised.
    #[inline(always)]
    fn erf(x: f32) -> f32 {
        let x = x.clamp(-4.0, 4.0);
        let y = x * x;
        let horner = |coefficients: &[f32]| coefficients.iter().fold(0.0, |sum, c| sum * y + c);
        let p = horner(&[
            -2.726_142e-10,
            2.770_681_4e-8,
            -2.101_024e-6,
            -5.692_506_4e-5,
            -7.349_906_4e-4,
            -2.954_6e-3,
            -1.609_603_3e-2,
        ]);
        let q = horner(&[-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2]);
        x * p / q
    }

    #[inline(always)]
    fn normal_cdf(x: f32) -> f32 {
        0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
    }

    wide! {
        fn gelu_block(output: &mut [f32], input: &[f32]) {
            for (y, x) in output.iter_mut().zip(input) {
                *y = x * normal_cdf(*x);
            }
        }

        fn backward_block(gradient: &mut [f32], input: &[f32]) {
            for (g, x) in gradient.iter_mut().zip(input) {
                let density = 0.398_942_3 * exp_of_negative(-0.5 * x * x);
                *g *= normal_cdf(*x) + x * density;
            }
        }
    }

    pub fn gelu(input: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let input = contiguous(input);
        let mut output = Fresh::new(input.shape().num_elements());
        let blocks = output.par_blocks(UNIT).zip(input.storage::<f32>().par_chunks(UNIT));
        blocks.for_each(|(output, input)| gelu_block(output.zeros(), input));
        output.tensor(&input.shape())
    }

    pub fn backward(input: FloatTensor<Flex>, gradient: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let (input, mut gradient) = (contiguous(input), contiguous(gradient));
        let blocks = gradient.storage_mut::<f32>().par_chunks_mut(UNIT);
        blocks
            .zip(input.storage::<f32>().par_chunks(UNIT))
            .for_each(|(gradient, input)| backward_block(gradient, input));
        gradient
    }
}

/// The differentiable form, for any backend that has both kernels.
pub(super) fn tracked<B: Backend + Layers, C: CheckpointStrategy>(
    input: FloatTensor<Autodiff<B, C>>,
) -> FloatTensor<Autodiff<B, C>> {
    #[derive(Debug)]
    struct Gelu;

    impl<B: Backend + Layers> Backward<B, 1> for Gelu {
        type State = FloatTensor<B>;

        fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
            let input = ops.state;
            unary::<B, _>(ops.parents, ops.node, grads, |gradient| B::erf_gelu_backward(input, gradient));
        }
    }

    let output = B::erf_gelu(input.primitive().clone());
    match Gelu.prepare::<C>([input.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(input.into_primitive(), output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}
