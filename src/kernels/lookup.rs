//! A table look-up and its derivative, by burn. Only the derivative on the CPU is ours: all threads clear and fill the
//! gradient of the word embeddings, which is one of the largest tensors of a step.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind, unary},
};
use burn::backend::ops::{IntTensorOps, ModuleOps};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Int, IntDType, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::cpu::{self, Fresh};

/// Looks up rows of `weight` `[rows, size]`: from indices `[batch, length]` to `[batch, length, size]`.
pub fn lookup(weight: Tensor<2>, indices: Tensor<2, Int>) -> Tensor<3> {
    Tensor::from_dispatch(Dispatch::lookup(weight.into_dispatch(), indices.into_dispatch()))
}

#[backend_extension(Cube, Flex, Autodiff)]
trait LookupOps: Backend {
    fn lookup(weight: FloatTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self>;
}

trait LookupBackwardOps: LookupOps {
    /// Returns the gradient of `weight`.
    fn lookup_backward(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        indices: IntTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl LookupOps for CubeBackend {
    fn lookup(weight: CubeTensor, indices: CubeTensor) -> CubeTensor {
        CubeBackend::embedding(weight, indices)
    }
}

impl LookupBackwardOps for CubeBackend {
    fn lookup_backward(weight: CubeTensor, gradient: CubeTensor, indices: CubeTensor) -> CubeTensor {
        CubeBackend::embedding_backward(weight, gradient, indices)
    }
}

impl LookupOps for Flex {
    fn lookup(weight: FloatTensor<Flex>, indices: IntTensor<Flex>) -> FloatTensor<Flex> {
        Flex::embedding(weight, indices)
    }
}

impl LookupBackwardOps for Flex {
    fn lookup_backward(
        weight: FloatTensor<Flex>,
        gradient: FloatTensor<Flex>,
        indices: IntTensor<Flex>,
    ) -> FloatTensor<Flex> {
        /// Rows of the table that one task takes.
        const ROWS: usize = 1024;
        let (rows, size) = (weight.shape()[0], weight.shape()[1]);
        let gradient = cpu::contiguous(gradient);
        // indices may have 32 or 64 bits
        let indices = Flex::int_cast(indices, IntDType::I64).to_contiguous();
        let mut sum = Fresh::new(rows * size);
        sum.par_blocks(ROWS * size).enumerate().for_each(|(unit, block)| {
            let (block, first) = (block.zeros(), unit * ROWS);
            let here = first..first + block.len() / size;
            // every task reads all indices and adds the rows that are its own: no two tasks write to one row, and each
            // row adds its terms in the order of the batch
            let gradients = gradient.storage::<f32>().chunks_exact(size);
            for (values, index) in gradients.zip(indices.storage::<i64>()) {
                let index = *index as usize;
                if here.contains(&index) {
                    let row = &mut block[(index - first) * size..][..size];
                    row.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
            }
        });
        sum.tensor(&[rows, size])
    }
}

#[derive(Debug)]
struct Lookup;

impl<B: LookupBackwardOps> Backward<B, 1> for Lookup {
    type State = (FloatTensor<B>, IntTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (weight, indices) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |gradient| B::lookup_backward(weight, gradient, indices));
    }
}

impl<B: LookupBackwardOps, C: CheckpointStrategy> LookupOps for Autodiff<B, C> {
    fn lookup(weight: FloatTensor<Self>, indices: IntTensor<Self>) -> FloatTensor<Self> {
        let output = B::lookup(weight.primitive().clone(), indices.clone());
        match Lookup.prepare::<C>([weight.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((weight.into_primitive(), indices), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}
