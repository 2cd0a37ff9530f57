//! Layer normalisation and its derivative. The backward pass computes mean and variance a second time, which is cheaper
//! than keeping tensors for them.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, differentiated};
use super::cpu::{self, Fresh, sum, sum_of_pairs, wide};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, own, reshape, shader};

static LAYER_NORM: Shader = shader!(
    "layer_norm",
    faults: [
        ("weight[i]", "weight[i / 2u]"),
        ("x[i] - mean", "x[i] + mean"),
        ("i < start + rows.lanes", "i + 1u < start + rows.lanes"),
        ("row >= rows.count", "row + 1u >= rows.count"),
    ],
);

static LAYER_NORM_BACKWARD: Shader = shader!(
    "layer_norm_backward",
    faults: [
        ("given * weight[i]", "given * weight[i / 2u]"),
        ("- normal * along", "+ normal * along"),
        ("= given * normal", "= given"),
        ("row >= rows.count", "row + 1u >= rows.count"),
    ],
);

/// Layer normalisation (Ba et al., 2016): shifts and scales each row of `[rows, features]` to mean 0 and variance 1,
/// then multiplies it by `weight` `[features]` and adds `bias` `[features]`.
pub fn layer_norm(x: Tensor<2>, weight: Tensor<1>, bias: Tensor<1>, epsilon: f64) -> Tensor<2> {
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(Dispatch::normalise(x, weight, bias, epsilon))
}

#[backend_extension(Cube, Flex, Autodiff)]
trait LayerNormOps: Backend {
    fn normalise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self>;
}

trait LayerNormBackwardOps: LayerNormOps {
    /// Returns the gradients of `x`, `weight` and `bias`.
    fn normalise_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        epsilon: f64,
    ) -> [FloatTensor<Self>; 3];
}

/// Launches either shader over the rows of `x` `[rows, features]`.
fn run(shader: &'static Shader, buffers: &[&CubeTensor], x: &CubeTensor, epsilon: f64) {
    let [rows, features] = x.shape().dims();
    let width = shader.width(features);
    let scalars = Scalars::default().u32(rows).u32(features / width).f32(features as f32).f32(epsilon as f32);
    launch(shader, width, rows.div_ceil(WORKGROUP), buffers, scalars);
}

impl LayerNormOps for CubeBackend {
    fn normalise(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, epsilon: f64) -> CubeTensor {
        let [x, weight, bias] = [x, weight, bias].map(gpu::contiguous);
        let y = gpu::empty(&x, x.shape());
        run(&LAYER_NORM, &[&x, &weight, &bias, &y], &x, epsilon);
        y
    }
}

impl LayerNormBackwardOps for CubeBackend {
    fn normalise_backward(
        x: CubeTensor,
        weight: CubeTensor,
        gradient: CubeTensor,
        epsilon: f64,
    ) -> [CubeTensor; 3] {
        let features = x.shape()[1];
        let (x, weight) = (gpu::contiguous(x), gpu::contiguous(weight));
        let column_sum = |x: CubeTensor| reshape(CubeBackend::float_sum_dim(x, 0), &[features]);
        let bias_gradient = column_sum(gradient.clone());
        // an invocation owns a row and writes its terms of the weight's gradient; a sum over rows within the shader
        // would need barriers
        let (gradient, weight_terms) = (own(gradient), gpu::empty(&x, x.shape()));
        run(&LAYER_NORM_BACKWARD, &[&x, &weight, &gradient, &weight_terms], &x, epsilon);
        [gradient, column_sum(weight_terms), bias_gradient]
    }
}

/// Rows that one task takes. The number is fixed, so that sums over rows do not depend on the number of threads.
const ROWS: usize = 32;

/// The mean of a row, and 1 divided by its standard deviation.
#[inline(always)]
fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let count = row.len() as f32;
    let mean = sum(row, |x| x) / count;
    // in two passes: the difference of E[x^2] and the squared mean loses its digits when the mean is large
    let variance = sum(row, |x| (x - mean) * (x - mean)) / count;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

wide! {
    fn normalise_rows(output: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32], epsilon: f32) {
        let features = weight.len();
        for (output, x) in output.chunks_exact_mut(features).zip(x.chunks_exact(features)) {
            let (mean, inverse) = moments(x, epsilon);
            for (((y, x), w), b) in output.iter_mut().zip(x).zip(weight).zip(bias) {
                *y = (x - mean) * inverse * w + b;
            }
        }
    }

    /// Writes the gradient of `x`, and adds the gradients of weight and bias to `sums`.
    fn backward_rows(
        x_gradient: &mut [f32],
        sums: &mut [Vec<f32>; 2],
        x: &[f32],
        gradient: &[f32],
        weight: &[f32],
        epsilon: f32,
    ) {
        let (features, count) = (weight.len(), weight.len() as f32);
        let [weight_sum, bias_sum] = sums;
        let rows = x_gradient
            .chunks_exact_mut(features)
            .zip(x.chunks_exact(features))
            .zip(gradient.chunks_exact(features));
        for ((x_gradient, x), gradient) in rows {
            let (mean, inverse) = moments(x, epsilon);
            // `x_gradient` holds the gradient of the normalised row until the second loop
            for (((((d, x), g), w), weight_sum), bias_sum) in x_gradient
                .iter_mut()
                .zip(x)
                .zip(gradient)
                .zip(weight)
                .zip(weight_sum.iter_mut())
                .zip(bias_sum.iter_mut())
            {
                *weight_sum += g * (x - mean) * inverse;
                *bias_sum += g;
                *d = g * w;
            }
            let level = sum(x_gradient, |d| d) / count;
            let along = sum_of_pairs(x_gradient, x, |d, x| d * (x - mean)) * inverse / count;
            for (d, x) in x_gradient.iter_mut().zip(x) {
                *d = (*d - level - (x - mean) * inverse * along) * inverse;
            }
        }
    }
}

impl LayerNormOps for Flex {
    fn normalise(
        x: FloatTensor<Flex>,
        weight: FloatTensor<Flex>,
        bias: FloatTensor<Flex>,
        epsilon: f64,
    ) -> FloatTensor<Flex> {
        let (x, weight, bias) = (cpu::contiguous(x), cpu::contiguous(weight), cpu::contiguous(bias));
        let [rows, features] = x.shape().dims();
        let (weight, bias) = (weight.storage::<f32>(), bias.storage::<f32>());
        let block = ROWS * features;
        let mut output = Fresh::new(rows * features);
        let blocks = output.par_blocks(block).zip(x.storage::<f32>().par_chunks(block));
        blocks.for_each(|(output, x)| normalise_rows(output.zeros(), x, weight, bias, epsilon as f32));
        output.tensor(&[rows, features])
    }
}

impl LayerNormBackwardOps for Flex {
    fn normalise_backward(
        x: FloatTensor<Flex>,
        weight: FloatTensor<Flex>,
        gradient: FloatTensor<Flex>,
        epsilon: f64,
    ) -> [FloatTensor<Flex>; 3] {
        let (x, weight, gradient) = (cpu::contiguous(x), cpu::contiguous(weight), cpu::contiguous(gradient));
        let [rows, features] = x.shape().dims();
        let weight = weight.storage::<f32>();
        let mut x_gradient = Fresh::new(rows * features);
        let block = ROWS * features;
        let sums: Vec<[Vec<f32>; 2]> = x_gradient
            .par_blocks(block)
            .zip(x.storage::<f32>().par_chunks(block))
            .zip(gradient.storage::<f32>().par_chunks(block))
            .map(|((x_gradient, x), gradient)| {
                let mut sums = [vec![0.0; features], vec![0.0; features]];
                backward_rows(x_gradient.zeros(), &mut sums, x, gradient, weight, epsilon as f32);
                sums
            })
            .collect();
        // added up on one thread, in the order of the blocks, so that the threads' timing changes no bit
        let total = |part: usize| {
            let mut total = vec![0.0; features];
            for block in &sums {
                total.iter_mut().zip(&block[part]).for_each(|(total, sum)| *total += sum);
            }
            cpu::tensor(total, &[features])
        };
        [x_gradient.tensor(&[rows, features]), total(0), total(1)]
    }
}

#[derive(Debug)]
struct LayerNorm;

impl<B: LayerNormBackwardOps> Backward<B, 3> for LayerNorm {
    type State = (FloatTensor<B>, FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, weight, epsilon) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let gradients = B::normalise_backward(x, weight, gradient, epsilon);
        for (node, gradient) in ops.parents.into_iter().zip(gradients) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: LayerNormBackwardOps, C: CheckpointStrategy> LayerNormOps for Autodiff<B, C> {
    fn normalise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.into_primitive());
        let output = B::normalise(x.clone(), weight.clone(), bias, epsilon);
        match LayerNorm.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, weight, epsilon), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

pub(super) static COMPUTATION: Computation = Computation {
    name: "layer_norm and layer_norm_backward",
    shaders: &[&LAYER_NORM, &LAYER_NORM_BACKWARD],
    compute,
};

fn compute(device: &Device) -> Vec<Output> {
    let run = |[rows, features]: [usize; 2]| {
        differentiated([rows * features, features, features], device, |[x, weight, bias]| {
            let x = x.reshape([rows, features]);
            layer_norm(x, weight, bias, 1e-12).reshape([rows * features])
        })
    };
    [[301, 43], [301, 44]].into_iter().flat_map(run).collect()
}
