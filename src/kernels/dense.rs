//! The linear layer and its derivatives.

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
use super::cpu::{self, Fresh, Matrix, rows_of_a_task, wide};
use super::gpu::{reshape, transpose};
use super::product::{PRODUCT, PRODUCT_BIAS, PRODUCT_BIAS_FOURS, PRODUCT_FOURS, product, product_bias};

/// The linear layer `x w + b`: from `[rows, in]`, `[in, out]` and `[out]` to `[rows, out]`.
pub fn dense(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::dense(x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()))
}

#[backend_extension(Cube, Flex, Autodiff)]
trait DenseOps: Backend {
    fn dense(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The three gradients. Each has a function of its own, because a frozen weight needs no gradient.
trait DenseBackwardOps: DenseOps {
    fn dense_x_backward(weight: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
    fn dense_weight_backward(x: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
    fn dense_bias_backward(gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl DenseOps for CubeBackend {
    fn dense(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        product_bias(x, weight, bias)
    }
}

impl DenseBackwardOps for CubeBackend {
    fn dense_x_backward(weight: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        product(gradient, transpose(weight))
    }

    fn dense_weight_backward(x: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        product(transpose(x), gradient)
    }

    fn dense_bias_backward(gradient: CubeTensor) -> CubeTensor {
        let outputs = gradient.shape()[1];
        reshape(CubeBackend::float_sum_dim(gradient, 0), &[outputs])
    }
}

/// Views a contiguous tensor as a matrix.
fn matrix(tensor: &FloatTensor<Flex>) -> Matrix<'_> {
    let shape = tensor.shape();
    Matrix::new(tensor.storage::<f32>(), shape[0], shape[1])
}

/// Computes `left * right` `[rows, columns]`, and adds `row` to each row if it is given. burn's Flex clears and copies
/// each product; here the threads write straight to the result.
fn times(
    left: Matrix<'_>,
    right: Matrix<'_>,
    [rows, columns]: [usize; 2],
    row: Option<&[f32]>,
) -> FloatTensor<Flex> {
    let mut output = Fresh::new(rows * columns);
    // every thread packs the shared factor for itself, so the smaller one is shared: with few tokens that is the input
    if columns > rows {
        let share = rows_of_a_task(columns, rows);
        output.par_columns(columns, share).for_each(|block| block.product(left, right, row));
    } else {
        let share = rows_of_a_task(rows, columns);
        output.par_blocks(share * columns).enumerate().for_each(|(task, block)| {
            let first = task * share;
            block.product(left.rows(first..rows.min(first + share)), right, row);
        });
    }
    output.tensor(&[rows, columns])
}

wide! {
    /// Adds up the rows of a matrix, whose rows are `stride` apart, over the columns of `sum`.
    fn add_rows(sum: &mut [f32], rows: &[f32], stride: usize) {
        for row in rows.chunks(stride) {
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
}

impl DenseOps for Flex {
    fn dense(x: FloatTensor<Flex>, weight: FloatTensor<Flex>, bias: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let [x, weight, bias] = [x, weight, bias].map(cpu::contiguous);
        let shape = [x.shape()[0], bias.shape()[0]];
        times(matrix(&x), matrix(&weight), shape, Some(bias.storage::<f32>()))
    }
}

impl DenseBackwardOps for Flex {
    fn dense_x_backward(weight: FloatTensor<Flex>, gradient: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let [weight, gradient] = [weight, gradient].map(cpu::contiguous);
        let shape = [gradient.shape()[0], weight.shape()[0]];
        times(matrix(&gradient), matrix(&weight).transposed(), shape, None)
    }

    fn dense_weight_backward(x: FloatTensor<Flex>, gradient: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let [x, gradient] = [x, gradient].map(cpu::contiguous);
        let shape = [x.shape()[1], gradient.shape()[1]];
        times(matrix(&x).transposed(), matrix(&gradient), shape, None)
    }

    fn dense_bias_backward(gradient: FloatTensor<Flex>) -> FloatTensor<Flex> {
        /// Columns that one task sums. Tasks divide columns, not rows, so that each sum adds its terms in one order.
        const COLUMNS: usize = 128;
        let gradient = cpu::contiguous(gradient);
        let outputs = gradient.shape()[1];
        let mut sum = vec![0.0; outputs];
        sum.par_chunks_mut(COLUMNS).enumerate().for_each(|(task, sum)| {
            add_rows(sum, &gradient.storage::<f32>()[task * COLUMNS..], outputs);
        });
        cpu::tensor(sum, &[outputs])
    }
}

#[derive(Debug)]
struct Dense;

impl<B: DenseBackwardOps> Backward<B, 3> for Dense {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, weight_node, bias_node] = ops.parents;
        let [x, weight] = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        if let Some(node) = x_node {
            grads.register::<B>(node.id, B::dense_x_backward(weight, gradient.clone()));
        }
        if let Some(node) = weight_node {
            grads.register::<B>(node.id, B::dense_weight_backward(x, gradient.clone()));
        }
        if let Some(node) = bias_node {
            grads.register::<B>(node.id, B::dense_bias_backward(gradient));
        }
    }
}

impl<B: DenseBackwardOps, C: CheckpointStrategy> DenseOps for Autodiff<B, C> {
    fn dense(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.into_primitive());
        let output = B::dense(x.clone(), weight.clone(), bias);
        match Dense.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish([x, weight], output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

pub(super) static COMPUTATION: Computation = Computation {
    name: "dense (product, product_fours, product_bias, product_bias_fours)",
    shaders: &[&PRODUCT, &PRODUCT_FOURS, &PRODUCT_BIAS, &PRODUCT_BIAS_FOURS],
    compute,
};

fn compute(device: &Device) -> Vec<Output> {
    // the first has a tail in every dimension; the second is made of vectors of four, with a tail in its tiles and
    // groups
    let run = |[rows, inputs, outputs]: [usize; 3]| {
        differentiated([rows * inputs, inputs * outputs, outputs], device, |[x, weight, bias]| {
            let (x, weight) = (x.reshape([rows, inputs]), weight.reshape([inputs, outputs]));
            dense(x, weight, bias).reshape([rows * outputs])
        })
    };
    [[37, 43, 35], [36, 44, 140]].into_iter().flat_map(run).collect()
}
