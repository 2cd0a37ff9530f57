//! Multi-head attention and its derivative. The CPU works on each head where it lies in `[batch, length, hidden]`,
//! without transposed copies.

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{Autodiff, AutodiffBackend, Backend, Flex, TensorMetadata, tensor::FloatTensor};

use super::launch::Shader;
use super::layers::Layers;

const PARTS: &[&str] = &[include_str!("../../shaders/shared/softmax.wgsl")];

pub static SOFTMAX: Shader =
    Shader { name: "softmax", parts: PARTS, body: include_str!("../../shaders/softmax.wgsl"), lanes: true };
pub static SOFTMAX_BACKWARD: Shader = Shader {
    name: "softmax_backward",
    parts: PARTS,
    body: include_str!("../../shaders/softmax_backward.wgsl"),
    lanes: true,
};

/// What scores are multiplied by.
fn scale(hidden: usize, heads: usize) -> f64 {
    1.0 / ((hidden / heads) as f64).sqrt()
}

pub(super) mod gpu {
    use burn::backend::ops::FloatTensorOps;
    use burn_cubecl::kernel::into_contiguous;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    use super::*;
    use crate::kernels::composed::{reshape, transpose};
    use crate::kernels::launch::{WORKGROUP, Words, launch, own};
    use crate::kernels::product::{product, product_joined};

    type B = CubeBackend;

    /// `[batch, length, hidden]` to `[batch, heads, length, head size]`.
    fn split(x: CubeTensor, heads: usize) -> CubeTensor {
        let [batch, length, hidden] = x.shape().dims();
        B::float_swap_dims(reshape::<B>(x, &[batch, length, heads, hidden / heads]), 1, 2)
    }

    /// One of the softmax kernels, over the rows of `scores` `[batch, heads, length, length]`.
    fn run(shader: &'static Shader, buffers: &[&CubeTensor], scores: &CubeTensor, scale: f64) {
        let [batch, heads, length, _] = scores.shape().dims();
        let width = shader.width(length);
        let rows = batch * heads * length;
        let words = Words::default().u32(rows).u32(length / width).u32(heads * length).f32(scale as f32);
        launch(shader, width, rows.div_ceil(WORKGROUP), buffers, words);
    }

    pub fn attend(
        [query, key, value]: [CubeTensor; 3],
        bias: CubeTensor,
        heads: usize,
    ) -> (CubeTensor, CubeTensor) {
        let [_, _, hidden] = query.shape().dims();
        let [query, key, value] = [query, key, value].map(|x| split(x, heads));
        let scores = own(product(query, transpose::<B>(key)));
        run(&SOFTMAX, &[&scores, &into_contiguous(bias)], &scores, scale(hidden, heads));
        (product_joined(scores.clone(), value), scores)
    }

    pub fn backward(
        [query, key, value]: [CubeTensor; 3],
        probabilities: CubeTensor,
        gradient: CubeTensor,
        heads: usize,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [_, _, hidden] = query.shape().dims();
        let [query, key, value, gradient] = [query, key, value, gradient].map(|x| split(x, heads));
        let value_gradient = product_joined(transpose::<B>(probabilities.clone()), gradient.clone());
        let scores = own(product(gradient, transpose::<B>(value)));
        run(&SOFTMAX_BACKWARD, &[&probabilities, &scores], &scores, scale(hidden, heads));
        let query_gradient = product_joined(scores.clone(), key);
        let key_gradient = product_joined(transpose::<B>(scores), query);
        (query_gradient, key_gradient, value_gradient)
    }
}

pub(super) mod cpu {
    use rayon::prelude::*;

    use super::*;
    use crate::kernels::fresh::Fresh;
    use crate::kernels::twin::{Matrix, contiguous, product, sum, sum_of_pairs};
    use crate::kernels::wide::{exp_of_negative, wide};

    type Float = FloatTensor<Flex>;

    /// One head of one text, within its `[length, hidden]` block.
    fn head(block: &[f32], index: usize, hidden: usize, size: usize) -> Matrix<'_> {
        Matrix::columns(block, hidden, index * size..(index + 1) * size)
    }

    pub fn attend([query, key, value]: [Float; 3], bias: Float, heads: usize) -> (Float, Float) {
        let [query, key, value, bias] = [query, key, value, bias].map(contiguous);
        let [batch, length, hidden] = query.shape().dims();
        let size = hidden / heads;
        let scale = scale(hidden, heads) as f32;
        let (block, square) = (length * hidden, length * length);
        let mut context = Fresh::new(batch * block);
        let mut probabilities = Fresh::new(batch * heads * square);
        context
            .par_blocks(block)
            .zip(probabilities.par_blocks(heads * square))
            .zip(query.storage::<f32>().par_chunks(block))
            .zip(key.storage::<f32>().par_chunks(block))
            .zip(value.storage::<f32>().par_chunks(block))
            .zip(bias.storage::<f32>().par_chunks(length))
            .for_each(|(((((context, probabilities), query), key), value), bias)| {
                let (context, probabilities) = (context.zeros(), probabilities.zeros());
                for (index, scores) in probabilities.chunks_exact_mut(square).enumerate() {
                    let part = |block| head(block, index, hidden, size);
                    product(scores, length, false, scale, part(query), part(key).transposed());
                    softmax(scores, bias);
                    let scores = Matrix::new(scores, length, length);
                    product(&mut context[index * size..], hidden, false, 1.0, scores, part(value));
                }
            });
        (context.tensor(&[batch, length, hidden]), probabilities.tensor(&[batch, heads, length, length]))
    }

    wide! {
        /// Of each row of scores, in place.
        fn softmax(scores: &mut [f32], bias: &[f32]) {
            for row in scores.chunks_exact_mut(bias.len()) {
                row.iter_mut().zip(bias).for_each(|(score, bias)| *score += bias);
                let highest = highest(row);
                row.iter_mut().for_each(|score| *score = exp_of_negative(*score - highest));
                let factor = 1.0 / sum(row, |p| p);
                row.iter_mut().for_each(|score| *score *= factor);
            }
        }

        /// The gradients of probabilities, in rows of `length`, become those of scores.
        fn softmax_backward(gradients: &mut [f32], probabilities: &[f32], length: usize) {
            let rows = gradients.chunks_exact_mut(length).zip(probabilities.chunks_exact(length));
            for (gradients, probabilities) in rows {
                let along = sum_of_pairs(gradients, probabilities, |d, p| d * p);
                gradients.iter_mut().zip(probabilities).for_each(|(d, p)| *d = (*d - along) * p);
            }
        }
    }

    /// The largest entry, NaN left out; in lanes, as [`sum`].
    #[inline(always)]
    fn highest(row: &[f32]) -> f32 {
        let larger = |a: f32, b: f32| if b > a { b } else { a };
        let mut lanes = [f32::NEG_INFINITY; 8];
        let chunks = row.chunks_exact(8);
        let rest = chunks.remainder();
        for chunk in chunks {
            lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane = larger(*lane, *value));
        }
        lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, larger)
    }

    pub fn backward(
        [query, key, value]: [Float; 3],
        probabilities: Float,
        gradient: Float,
        heads: usize,
    ) -> (Float, Float, Float) {
        let [query, key, value, gradient] = [query, key, value, gradient].map(contiguous);
        let [batch, length, hidden] = query.shape().dims();
        let size = hidden / heads;
        let scale = scale(hidden, heads) as f32;
        let (block, square) = (length * hidden, length * length);
        let mut gradients = [(); 3].map(|()| Fresh::new(batch * block));
        let [query_gradient, key_gradient, value_gradient] = &mut gradients;
        query_gradient
            .par_blocks(block)
            .zip(key_gradient.par_blocks(block))
            .zip(value_gradient.par_blocks(block))
            .zip(query.storage::<f32>().par_chunks(block))
            .zip(key.storage::<f32>().par_chunks(block))
            .zip(value.storage::<f32>().par_chunks(block))
            .zip(probabilities.storage::<f32>().par_chunks(heads * square))
            .zip(gradient.storage::<f32>().par_chunks(block))
            .for_each(|(((((((dq, dk), dv), query), key), value), probabilities), gradient)| {
                let [dq, dk, dv] = [dq, dk, dv].map(|block| block.zeros());
                let mut scores = vec![0.0; square];
                for (index, probabilities) in probabilities.chunks_exact(square).enumerate() {
                    let part = |block| head(block, index, hidden, size);
                    let at = index * size;
                    let p = Matrix::new(probabilities, length, length);
                    product(&mut dv[at..], hidden, false, 1.0, p.transposed(), part(gradient));
                    product(&mut scores, length, false, 1.0, part(gradient), part(value).transposed());
                    softmax_backward(&mut scores, probabilities, length);
                    let scores = Matrix::new(&scores, length, length);
                    product(&mut dq[at..], hidden, false, scale, scores, part(key));
                    product(&mut dk[at..], hidden, false, scale, scores.transposed(), part(query));
                }
            });
        let [query, key, value] = gradients.map(|gradient| gradient.tensor(&[batch, length, hidden]));
        (query, key, value)
    }
}

/// The differentiable form; the probabilities come back as a constant.
pub(super) fn tracked<B: Backend + Layers, C: CheckpointStrategy>(
    [query, key, value]: [FloatTensor<Autodiff<B, C>>; 3],
    bias: FloatTensor<Autodiff<B, C>>,
    heads: usize,
) -> [FloatTensor<Autodiff<B, C>>; 2] {
    #[derive(Debug)]
    struct Attend;

    impl<B: Backend + Layers> Backward<B, 3> for Attend {
        type State = ([FloatTensor<B>; 3], FloatTensor<B>, usize);

        fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
            let ([query, key, value], probabilities, heads) = ops.state;
            let gradient = grads.consume::<B>(&ops.node);
            let (query, key, value) = B::attend_backward(query, key, value, probabilities, gradient, heads);
            for (node, gradient) in ops.parents.into_iter().zip([query, key, value]) {
                if let Some(node) = node {
                    grads.register::<B>(node.id, gradient);
                }
            }
        }
    }

    let nodes = [query.node(), key.node(), value.node()];
    let inputs = [query, key, value].map(|tensor| tensor.into_primitive());
    let [query, key, value] = inputs.clone();
    let (context, probabilities) = B::attend(query, key, value, bias.into_primitive(), heads);
    let constant = Autodiff::<B, C>::from_inner(probabilities.clone());
    let context = match Attend.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish((inputs, probabilities, heads), context),
        OpsKind::UnTracked(prep) => prep.finish(context),
    };
    [context, constant]
}
