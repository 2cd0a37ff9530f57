//! The linear layer and its derivatives.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, tensor::FloatTensor};

use super::layers::Layers;

pub(super) mod gpu {
    use burn::backend::ops::FloatTensorOps;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    use super::*;
    use crate::kernels::composed::{reshape, transpose};
    use crate::kernels::product::{product, product_bias};

    type B = CubeBackend;

    pub fn dense(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        product_bias(x, weight, bias)
    }

    pub fn x_backward(weight: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        product(gradient, transpose::<B>(weight))
    }

    pub fn weight_backward(x: CubeTensor, gradient: CubeTensor) -> CubeTensor {
        product(transpose::<B>(x), gradient)
    }

    pub fn bias_backward(gradient: CubeTensor) -> CubeTensor {
        let outputs = gradient.shape()[1];
        reshape::<B>(B::float_sum_dim(gradient, 0), &[outputs])
    }
}

pub(super) mod cpu {
    use rayon::prelude::*;

    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::twin::{Matrix, contiguous, share, tensor};
    use crate::kernels::wide::wide;

    type Float = FloatTensor<Flex>;

    /// A contiguous matrix of the tensor's values.
    fn matrix(tensor: &Float) -> Matrix<'_> {
        let shape = tensor.shape();
        Matrix::new(tensor.storage::<f32>(), shape[0], shape[1])
    }

    /// `left * right` of the given shape, plus `row` on each row where there is one.
    fn product(
        left: Matrix<'_>,
        right: Matrix<'_>,
        [rows, columns]: [usize; 2],
        row: Option<&[f32]>,
    ) -> Float {
        let mut output = Fresh::new(rows * columns);
        // each thread packs what all of them share for itself, so that is to be the smaller factor
        if columns > rows {
            let share = share(columns, rows);
            output.par_columns(columns, share).for_each(|block| block.product(left, right, row));
        } else {
            let share = share(rows, columns);
            output.par_blocks(share * columns).enumerate().for_each(|(unit, block)| {
                let first = unit * share;
                block.product(left.rows(first..rows.min(first + share)), right, row);
            });
        }
        output.tensor(&[rows, columns])
    }

    pub fn dense(x: Float, weight: Float, bias: Float) -> Float {
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let shape = [x.shape()[0], bias.shape()[0]];
        product(matrix(&x), matrix(&weight), shape, Some(bias.storage::<f32>()))
    }

    pub fn x_backward(weight: Float, gradient: Float) -> Float {
        let (weight, gradient) = (contiguous(weight), contiguous(gradient));
        let shape = [gradient.shape()[0], weight.shape()[0]];
        product(matrix(&gradient), matrix(&weight).transposed(), shape, None)
    }

    pub fn weight_backward(x: Float, gradient: Float) -> Float {
        let (x, gradient) = (contiguous(x), contiguous(gradient));
        let shape = [x.shape()[1], gradient.shape()[1]];
        product(matrix(&x).transposed(), matrix(&gradient), shape, None)
    }

    wide! {
        /// Adds the first entries of each row of a matrix, whose rows are `stride` apart.
        fn add_rows(sum: &mut [f32], rows: &[f32], stride: usize) {
            for row in rows.chunks(stride) {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    pub fn bias_backward(gradient: Float) -> Float {
        /// Entries of one unit of parallel work.
        const COLUMNS: usize = 128;
        let gradient = contiguous(gradient);
        let outputs = gradient.shape()[1];
        let mut sum = vec![0.0; outputs];
        sum.par_chunks_mut(COLUMNS).enumerate().for_each(|(unit, sum)| {
            add_rows(sum, &gradient.storage::<f32>()[unit * COLUMNS..], outputs);
        });
        tensor(sum, &[outputs])
    }
}

/// The differentiable form.
pub(super) fn tracked<B: Backend + Layers, C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<B, C>>,
    weight: FloatTensor<Autodiff<B, C>>,
    bias: FloatTensor<Autodiff<B, C>>,
) -> FloatTensor<Autodiff<B, C>> {
    #[derive(Debug)]
    struct Dense;

    impl<B: Backend + Layers> Backward<B, 3> for Dense {
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

    let output = B::dense(x.primitive().clone(), weight.primitive().clone(), bias.primitive().clone());
    match Dense.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish([x.into_primitive(), weight.into_primitive()], output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}
