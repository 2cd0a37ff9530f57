//! A weighted sum of the tokens of each text, and its derivative. The weights have none.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind, unary},
};
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, tensor::FloatTensor};

use super::launch::Shader;
use super::layers::Layers;

const PARTS: &[&str] = &[include_str!("../../shaders/shared/texts.wgsl")];

pub static POOL: Shader =
    Shader { name: "pool", parts: PARTS, body: include_str!("../../shaders/pool.wgsl"), lanes: true };
pub static POOL_BACKWARD: Shader = Shader {
    name: "pool_backward",
    parts: PARTS,
    body: include_str!("../../shaders/pool_backward.wgsl"),
    lanes: true,
};

pub(super) mod gpu {
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
    use burn_cubecl::tensor::CubeTensor;

    use super::*;
    use crate::kernels::launch::{WORKGROUP, Words, launch};

    fn run(shader: &'static Shader, [from, weights]: [CubeTensor; 2], to: &[usize]) -> CubeTensor {
        let [from, weights] = [from, weights].map(into_contiguous);
        let [texts, length] = weights.shape().dims();
        let features = to[to.len() - 1];
        let output = empty_device_contiguous_dtype(
            from.client.clone(),
            from.device.clone(),
            to.to_vec().into(),
            from.dtype,
        );
        let width = shader.width(features);
        let lanes = to.iter().product::<usize>() / width;
        let words = Words::default().u32(texts).u32(length).u32(features / width);
        launch(shader, width, lanes.div_ceil(WORKGROUP), &[&from, &weights, &output], words);
        output
    }

    pub fn pool(hidden: CubeTensor, weights: CubeTensor) -> CubeTensor {
        let [texts, _, features] = hidden.shape().dims();
        run(&POOL, [hidden, weights], &[texts, features])
    }

    pub fn backward(gradient: CubeTensor, weights: CubeTensor) -> CubeTensor {
        let [texts, length] = weights.shape().dims();
        let features = gradient.shape()[1];
        run(&POOL_BACKWARD, [gradient, weights], &[texts, length, features])
    }
}

pub(super) mod cpu {
    use rayon::prelude::*;

    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::twin::contiguous;

    type Float = FloatTensor<Flex>;

    pub fn pool(hidden: Float, weights: Float) -> Float {
        let (hidden, weights) = (contiguous(hidden), contiguous(weights));
        let (texts, length, features) = (hidden.shape()[0], hidden.shape()[1], hidden.shape()[2]);
        let mut output = Fresh::new(texts * features);
        output.par_blocks(features).enumerate().for_each(|(text, block)| {
            let (sums, first) = (block.zeros(), text * length);
            let tokens = hidden.storage::<f32>()[first * features..].chunks_exact(features);
            for (weight, token) in weights.storage::<f32>()[first..first + length].iter().zip(tokens) {
                sums.iter_mut().zip(token).for_each(|(sum, value)| *sum += weight * value);
            }
        });
        output.tensor(&[texts, features])
    }

    pub fn backward(gradient: Float, weights: Float) -> Float {
        let (gradient, weights) = (contiguous(gradient), contiguous(weights));
        let (texts, length, features) = (weights.shape()[0], weights.shape()[1], gradient.shape()[1]);
        let mut output = Fresh::new(texts * length * features);
        output.par_blocks(length * features).enumerate().for_each(|(text, block)| {
            let gradient = &gradient.storage::<f32>()[text * features..][..features];
            let weights = &weights.storage::<f32>()[text * length..][..length];
            for (token, weight) in block.zeros().chunks_exact_mut(features).zip(weights) {
                token.iter_mut().zip(gradient).for_each(|(token, value)| *token = weight * value);
            }
        });
        output.tensor(&[texts, length, features])
    }
}

/// The differentiable form.
pub(super) fn tracked<B: Backend + Layers, C: CheckpointStrategy>(
    hidden: FloatTensor<Autodiff<B, C>>,
    weights: FloatTensor<Autodiff<B, C>>,
) -> FloatTensor<Autodiff<B, C>> {
    #[derive(Debug)]
    struct Pool;

    impl<B: Backend + Layers> Backward<B, 1> for Pool {
        type State = FloatTensor<B>;

        fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
            let weights = ops.state;
            unary::<B, _>(ops.parents, ops.node, grads, |gradient| B::pool_backward(gradient, weights));
        }
    }

    let weights = weights.into_primitive();
    let output = B::pool(hidden.primitive().clone(), weights.clone());
    match Pool.prepare::<C>([hidden.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(weights, output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}
