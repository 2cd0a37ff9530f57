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
    use super::*;
    use crate::kernels::twin::{Matrix, contiguous, product, tensor};

    type Float = FloatTensor<Flex>;

    /// A contiguous matrix of the tensor's values.
    fn matrix(tensor: &Float) -> Matrix<'_> {
        let shape = tensor.shape();
        Matrix::new(tensor.storage::<f32>(), shape[0], shape[1])
    }

    pub fn dense(x: Float, weight: Float, bias: Float) -> Float {
        let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
        let (rows, outputs) = (x.shape()[0], bias.shape()[0]);
        let mut output = bias.storage::<f32>().repeat(rows);
        product(&mut output, outputs, true, 1.0, matrix(&x), matrix(&weight), true);
        tensor(output, &[rows, outputs])
    }

    pub fn x_backward(weight: Float, gradient: Float) -> Float {
        let (weight, gradient) = (contiguous(weight), contiguous(gradient));
        let (rows, inputs) = (gradient.shape()[0], weight.shape()[0]);
        let mut output = vec![0.0; rows * inputs];
        product(&mut output, inputs, false, 1.0, matrix(&gradient), matrix(&weight).transposed(), true);
        tensor(output, &[rows, inputs])
    }

    pub fn weight_backward(x: Float, gradient: Float) -> Float {
        let (x, gradient) = (contiguous(x), contiguous(gradient));
        let (inputs, outputs) = (x.shape()[1], gradient.shape()[1]);
        let mut output = vec![0.0; inputs * outputs];
        product(&mut output, outputs, false, 1.0, matrix(&x).transposed(), matrix(&gradient), true);
        tensor(output, &[inputs, outputs])
    }

    pub fn bias_backward(gradient: Float) -> Float {
        let gradient = contiguous(gradient);
        let outputs = gradient.shape()[1];
        let mut sum = vec![0.0; outputs];
        for row in gradient.storage::<f32>().chunks_exact(outputs) {
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
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
