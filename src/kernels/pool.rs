//! A weighted sum of the tokens of each text, and its derivative with respect to the tokens.

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

use super::check::{Computation, Output, differentiated, random};
use super::cpu::{self, Fresh};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, shader};

static POOL: Shader = shader!(
    "pool",
    faults: [
        ("weights[token + t]", "weights[token]"),
        ("t < texts.length", "t + 1u < texts.length"),
        ("i >= texts.count", "i + 1u >= texts.count"),
    ],
);

static POOL_BACKWARD: Shader = shader!(
    "pool_backward",
    faults: [
        ("weights[token]", "-weights[token]"),
        ("token / texts.length", "(token + 1u) / texts.length"),
        ("i >= texts.count", "i + 1u >= texts.count"),
    ],
);

/// Multiplies each token of `hidden` `[batch, length, features]` by its entry of `weights` `[batch, length]` and adds
/// up the tokens of each text: `[batch, features]`. The weights have no gradient.
pub fn pool(hidden: Tensor<3>, weights: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::pool(hidden.into_dispatch(), weights.into_dispatch()))
}

#[backend_extension(Cube, Flex, Autodiff)]
trait PoolOps: Backend {
    fn pool(hidden: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self>;
}

trait PoolBackwardOps: PoolOps {
    /// Returns the gradient of `hidden`.
    fn pool_backward(gradient: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Launches either shader on a tensor and the weights, and returns its result, of the shape `to`.
fn run(shader: &'static Shader, [from, weights]: [CubeTensor; 2], to: &[usize]) -> CubeTensor {
    let [from, weights] = [from, weights].map(gpu::contiguous);
    let [texts, length] = weights.shape().dims();
    let features = to[to.len() - 1];
    let output = gpu::empty(&from, to.to_vec());
    let width = shader.width(features);
    let lanes = to.iter().product::<usize>() / width;
    let scalars = Scalars::default().u32(texts).u32(length).u32(features / width);
    launch(shader, width, lanes.div_ceil(WORKGROUP), &[&from, &weights, &output], scalars);
    output
}

impl PoolOps for CubeBackend {
    fn pool(hidden: CubeTensor, weights: CubeTensor) -> CubeTensor {
        let [texts, _, features] = hidden.shape().dims();
        run(&POOL, [hidden, weights], &[texts, features])
    }
}

impl PoolBackwardOps for CubeBackend {
    fn pool_backward(gradient: CubeTensor, weights: CubeTensor) -> CubeTensor {
        let [texts, length] = weights.shape().dims();
        let features = gradient.shape()[1];
        run(&POOL_BACKWARD, [gradient, weights], &[texts, length, features])
    }
}

impl PoolOps for Flex {
    fn pool(hidden: FloatTensor<Flex>, weights: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let (hidden, weights) = (cpu::contiguous(hidden), cpu::contiguous(weights));
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
}

impl PoolBackwardOps for Flex {
    fn pool_backward(gradient: FloatTensor<Flex>, weights: FloatTensor<Flex>) -> FloatTensor<Flex> {
        let (gradient, weights) = (cpu::contiguous(gradient), cpu::contiguous(weights));
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

#[derive(Debug)]
struct Pool;

impl<B: PoolBackwardOps> Backward<B, 1> for Pool {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let weights = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| B::pool_backward(gradient, weights));
    }
}

impl<B: PoolBackwardOps, C: CheckpointStrategy> PoolOps for Autodiff<B, C> {
    fn pool(hidden: FloatTensor<Self>, weights: FloatTensor<Self>) -> FloatTensor<Self> {
        let weights = weights.into_primitive();
        let output = B::pool(hidden.primitive().clone(), weights.clone());
        match Pool.prepare::<C>([hidden.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(weights, output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

pub(super) static COMPUTATION: Computation =
    Computation { name: "pool and pool_backward", shaders: &[&POOL, &POOL_BACKWARD], compute };

fn compute(device: &Device) -> Vec<Output> {
    let run = |[texts, length, features]: [usize; 3]| {
        let weights = random(texts * length, 9, &device.clone().autodiff()).reshape([texts, length]);
        differentiated([texts * length * features], device, |[hidden]| {
            let hidden = hidden.reshape([texts, length, features]);
            pool(hidden, weights.clone()).reshape([texts * features])
        })
    };
    [[7, 9, 43], [7, 9, 44]].into_iter().flat_map(run).collect()
}
