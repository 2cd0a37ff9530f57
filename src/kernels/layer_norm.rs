//! Layer normalisation and its derivative. Mean and variance are computed again in the backward pass: that is
//! cheaper than to keep what follows from them.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, tensor::FloatTensor};

use super::launch::Shader;
use super::layers::Layers;

const PARTS: &[&str] = &[include_str!("../../shaders/shared/layer_norm.wgsl")];

pub static LAYER_NORM: Shader = Shader {
    name: "layer_norm",
    parts: PARTS,
    body: include_str!("../../shaders/layer_norm.wgsl"),
    lanes: true,
};
pub static LAYER_NORM_BACKWARD: Shader = Shader {
    name: "layer_norm_backward",
    parts: PARTS,
    body: include_str!("../../shaders/layer_norm_backward.wgsl"),
    lanes: true,
};

pub(super) mod gpu {
    use burn::backend::ops::FloatTensorOps;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    use super::*;
    use crate::kernels::composed::reshape;
    use crate::kernels::launch::{WORKGROUP, Words, launch, own};

    type B = CubeBackend;

    /// One of the kernels, over the rows of `x` `[rows, features]`.
    fn run(shader: &'static Shader, buffers: &[&CubeTensor], x: &CubeTensor, epsilon: f64) {
        let [rows, features] = x.shape().dims();
        let width = shader.width(features);
        let words = Words::default().u32(rows).u32(features / width).f32(features as f32).f32(epsilon as f32);
        launch(shader, width, rows.div_ceil(WORKGROUP), buffers, words);
    }

    fn empty(like: &CubeTensor) -> CubeTensor {
        empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), like.shape(), like.dtype)
    }

    pub fn normalise(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, epsilon: f64) -> CubeTensor {
        let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
        let y = empty(&x);
        run(&LAYER_NORM, &[&x, &weight, &bias, &y], &x, epsilon);
        y
    }

    pub fn backward(
        x: CubeTensor,
        weight: CubeTensor,
        gradient: CubeTensor,
        epsilon: f64,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let features = x.shape()[1];
        let (x, weight) = (into_contiguous(x), into_contiguous(weight));
        let column_sum = |x: CubeTensor| reshape::<B>(B::float_sum_dim(x, 0), &[features]);
        let bias_gradient = column_sum(gradient.clone());
        let (gradient, weight_terms) = (own(gradient), empty(&x));
        run(&LAYER_NORM_BACKWARD, &[&x, &weight, &gradient, &weight_terms], &x, epsilon);
        (gradient, column_sum(weight_terms), bias_gradient)
    }
}

pub(super) mod cpu {
    use rayon::prelude::*;

    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::twin::{contiguous, sum, sum_of_pairs, tensor};
    use crate::kernels::wide::wide;

    type Float = FloatTensor<Flex>;

    /// Rows of one unit of parallel work; fixed, so that sums over rows do not depend on the number of threads.
    const ROWS: usize = 32;

    /// Mean and one over the standard deviation.
    #[inline(always)]
    fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
        let count = row.len() as f32;
        let mean = sum(row, |x| x) / count;
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

        /// `sums` are those of the gradients of weight and bias.
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
                // the gradient of the normalised value, and the value
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

    pub fn normalise(x: Float, weight: Float, bias: Float, epsilon: f64) -> Float {
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let [rows, features] = x.shape().dims();
        let (weight, bias) = (weight.storage::<f32>(), bias.storage::<f32>());
        let block = ROWS * features;
        let mut output = Fresh::new(rows * features);
        let blocks = output.par_blocks(block).zip(x.storage::<f32>().par_chunks(block));
        blocks.for_each(|(output, x)| normalise_rows(output.zeros(), x, weight, bias, epsilon as f32));
        output.tensor(&[rows, features])
    }

    pub fn backward(x: Float, weight: Float, gradient: Float, epsilon: f64) -> (Float, Float, Float) {
        let (x, weight, gradient) = (contiguous(x), contiguous(weight), contiguous(gradient));
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
        let total = |part: usize| {
            let mut total = vec![0.0; features];
            for block in &sums {
                total.iter_mut().zip(&block[part]).for_each(|(total, sum)| *total += sum);
            }
            tensor(total, &[features])
        };
        (x_gradient.tensor(&[rows, features]), total(0), total(1))
    }
}

/// The differentiable form.
pub(super) fn tracked<B: Backend + Layers, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: FloatTensor<Autodiff<B, C>>,
    epsilon: f64,
) -> FloatTensor<Autodiff<B, C>> {
    #[derive(Debug)]
    struct Normalise;

    impl<B: Backend + Layers> Backward<B, 3> for Normalise {
        type State = (FloatTensor<B>, FloatTensor<B>, f64);

        fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
            let (x, weight, epsilon) = ops.state;
            let gradient = grads.consume::<B>(&ops.node);
            let (x, weight, bias) = B::normalise_backward(x, weight, gradient, epsilon);
            for (node, gradient) in ops.parents.into_iter().zip([x, weight, bias]) {
                if let Some(node) = node {
                    grads.register::<B>(node.id, gradient);
                }
            }
        }
    }

    let output =
        B::normalise(x.primitive().clone(), weight.primitive().clone(), bias.primitive().clone(), epsilon);
    match Normalise.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish((x.into_primitive(), weight.into_primitive(), epsilon), output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}
