//! The derivative of a table look-up.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind, unary},
};
use burn::backend::{
    Autodiff, Backend, Flex, TensorMetadata,
    ops::ModuleOps,
    tensor::{FloatTensor, IntTensor},
};

use super::layers::Layers;

pub(super) mod gpu {
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    use super::*;

    pub fn backward(weight: CubeTensor, gradient: CubeTensor, indices: CubeTensor) -> CubeTensor {
        CubeBackend::embedding_backward(weight, gradient, indices)
    }
}

pub(super) mod cpu {
    use burn::backend::DType;
    use rayon::prelude::*;

    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::twin::contiguous;

    /// Rows of the table of one unit of parallel work.
    const ROWS: usize = 1024;

    pub fn backward(
        weight: FloatTensor<Flex>,
        gradient: FloatTensor<Flex>,
        indices: IntTensor<Flex>,
    ) -> FloatTensor<Flex> {
        let (rows, size) = (weight.shape()[0], weight.shape()[1]);
        let gradient = contiguous(gradient);
        let indices = indices.to_contiguous();
        let indices: Vec<usize> = match indices.dtype() {
            DType::I64 => indices.storage::<i64>().iter().map(|index| *index as usize).collect(),
            DType::I32 => indices.storage::<i32>().iter().map(|index| *index as usize).collect(),
            other => unreachable!("token ids are uploaded as i32, not {other:?}"),
        };
        let mut sum = Fresh::new(rows * size);
        sum.par_blocks(ROWS * size).enumerate().for_each(|(unit, block)| {
            let (block, first) = (block.zeros(), unit * ROWS);
            let here = first..first + block.len() / size;
            for (values, index) in gradient.storage::<f32>().chunks_exact(size).zip(&indices) {
                if here.contains(index) {
                    let row = &mut block[(index - first) * size..][..size];
                    row.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
            }
        });
        sum.tensor(&[rows, size])
    }
}

/// The differentiable form.
pub(super) fn tracked<B: Backend + Layers, C: CheckpointStrategy>(
    weight: FloatTensor<Autodiff<B, C>>,
    indices: IntTensor<B>,
) -> FloatTensor<Autodiff<B, C>> {
    #[derive(Debug)]
    struct Lookup;

    impl<B: Backend + Layers> Backward<B, 1> for Lookup {
        type State = (FloatTensor<B>, IntTensor<B>);

        fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
            let (weight, indices) = ops.state;
            unary::<B, _>(ops.parents, ops.node, grads, |gradient| {
                B::lookup_backward(weight, gradient, indices)
            });
        }
    }

    let output = B::lookup(weight.primitive().clone(), indices.clone());
    match Lookup.prepare::<C>([weight.node()]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish((weight.into_primitive(), indices), output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}
