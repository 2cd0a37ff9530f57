//! GELU and its exact derivative. burn's derivative on wgpu is that of the tanh approximation, which is off by up to
//! 1e-3: enough to fail every golden run.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind, unary},
};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, SIZES, floats, random};
use super::cpu::{self, Fresh, UNIT, exp_of_negative, wide};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, own, shader};

static GELU: Shader = shader!(
    "gelu",
    faults: [
        ("input[i]", "input[i / 2u]"),
        ("i >= size.count", "i + 1u >= size.count"),
    ],
);

static GELU_BACKWARD: Shader = shader!(
    "gelu_backward",
    faults: [
        ("let x = input[i]", "let x = input[i / 2u]"),
        ("+ x * density", "- x * density"),
        ("i >= size.count", "i + 1u >= size.count"),
    ],
);

/// Computes `x * Phi(x)` (Hendrycks and Gimpel, 2016) for each entry.
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::erf_gelu(x.into_dispatch()))
}

#[backend_extension(Cube, Flex, Autodiff)]
trait GeluOps: Backend {
    fn erf_gelu(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

trait GeluBackwardOps: GeluOps {
    fn erf_gelu_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

fn run(shader: &'static Shader, input: &CubeTensor, result: &CubeTensor) {
    let entries = input.shape().num_elements();
    let width = shader.width(entries);
    let lanes = entries / width;
    let scalars = Scalars::default().u32(lanes).u32(0);
    launch(shader, width, lanes.div_ceil(WORKGROUP), &[input, result], scalars);
}

impl GeluOps for CubeBackend {
    fn erf_gelu(x: CubeTensor) -> CubeTensor {
        let x = gpu::contiguous(x);
        let output = gpu::empty(&x, x.shape());
        run(&GELU, &x, &output);
        output
    }
}

impl GeluBackwardOps for CubeBackend {
    fn erf_gelu_backward(x: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        // the result replaces the gradient, which saves a tensor of the size of the activations
        let (x, gradient) = (gpu::contiguous(x), own(gradient));
        run(&GELU_BACKWARD, &x, &gradient);
        gradient
    }
}

/// The error function, computed like `erf` in `shaders/shared/gelu.wgsl`. It has no branch, so that the compiler
/// vectorises the loop around it.
#[inline(always)]
fn erf(x: f32) -> f32 {
    // a rational approximation; beyond 4 the function is 1 to the last bit of a float
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
            // the constant is 1 / sqrt(2 pi)
            let density = 0.398_942_3 * exp_of_negative(-0.5 * x * x);
            *g *= normal_cdf(*x) + x * density;
        }
    }
}

impl GeluOps for Flex {
    fn erf_gelu(x: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let x = cpu::contiguous(x);
        let mut output = Fresh::new(x.shape().num_elements());
        let blocks = output.par_blocks(UNIT).zip(x.storage::<f32>().par_chunks(UNIT));
        blocks.for_each(|(output, x)| gelu_block(output.zeros(), x));
        output.tensor(&x.shape())
    }
}

impl GeluBackwardOps for Flex {
    fn erf_gelu_backward(x: FloatTensor<Flex>, gradient: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let (x, mut gradient) = (cpu::contiguous(x), cpu::contiguous(gradient));
        let blocks = gradient.storage_mut::<f32>().par_chunks_mut(UNIT);
        blocks.zip(x.storage::<f32>().par_chunks(UNIT)).for_each(|(gradient, x)| backward_block(gradient, x));
        gradient
    }
}

#[derive(Debug)]
struct Gelu;

impl<B: GeluBackwardOps> Backward<B, 1> for Gelu {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let x = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| B::erf_gelu_backward(x, gradient));
    }
}

impl<B: GeluBackwardOps, C: CheckpointStrategy> GeluOps for Autodiff<B, C> {
    fn erf_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let output = B::erf_gelu(x.primitive().clone());
        match Gelu.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(x.into_primitive(), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

pub(super) static COMPUTATION: Computation =
    Computation { name: "gelu and gelu_backward", shaders: &[&GELU, &GELU_BACKWARD], compute };

fn compute(device: &Device) -> Vec<Output> {
    let run = |entries: usize| {
        let input = random(entries, 0, &device.clone().autodiff()).require_grad();
        let output = gelu(input.clone());
        let loss = (output.clone() * random(entries, 1, &device.clone().autodiff())).sum();
        let gradient = input.grad(&loss.backward()).expect("the input is tracked");
        [floats("gelu", output.inner()), floats("gradient", gradient)]
    };
    SIZES.into_iter().flat_map(run).collect()
}
