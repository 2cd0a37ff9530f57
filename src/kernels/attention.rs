//! Multi-head attention and its derivative. Short texts are computed with the scores of all their tokens at once, and their
//! probabilities are kept for the backward pass; longer ones are computed in [`tiles`]. The CPU works on each head where it
//! lies in `[batch, length, hidden]`, without transposed copies.

pub(super) mod tiles;

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use rayon::prelude::*;

use super::check::{Computation, Output, differentiated, random};
use super::cpu::{self, Fresh, Matrix, exp_of_negative, sum, sum_of_pairs, wide};
use super::gpu::{self, Scalars, Shader, WORKGROUP, launch, own, reshape, shader, transpose};
use super::product::{PRODUCT, product, product_joined};
use tiles::{EVERYWHERE, TilesOps, largest_tile};

static SOFTMAX: Shader = shader!(
    "softmax",
    faults: [
        ("(row / rows.rows_of_batch", "((row + 1u) / rows.rows_of_batch"),
        ("- level", "+ level"),
        ("i < rows.lanes", "i + 1u < rows.lanes"),
        ("row >= rows.count", "row + 1u >= rows.count"),
    ],
);

static SOFTMAX_BACKWARD: Shader = shader!(
    "softmax_backward",
    faults: [
        ("* probabilities[i];", "* probabilities[start];"),
        ("- along", "+ along"),
        ("i < start + rows.lanes", "i + 1u < start + rows.lanes"),
        ("row >= rows.count", "row + 1u >= rows.count"),
    ],
);

/// The longest texts whose probabilities are kept for the backward pass, in tokens. Longer ones are attended to in tiles.
/// Forward and backward passes in tiles took 1.23 times as long on the CPU at 128 tokens, 1.07 at 192, 0.66 at 256, 0.70 at
/// 512 and 0.48 at 1024: up to here the probabilities stay in the cache, and to compute them again costs more.
const LONGEST_KEPT: usize = 192;

/// Multi-head scaled dot-product attention (Vaswani et al., 2017). Query, key, value and result are
/// `[batch, length, hidden]`. `bias` `[batch, length]` is added to the scores of each key and has no gradient.
pub fn attention(projected: [Tensor<3>; 3], bias: Tensor<2>, heads: usize) -> Tensor<3> {
    attend(projected, bias, None, heads)
}

/// The same, where `relative` `[heads, length, length]` is added to the scores too. It has a gradient.
pub fn attention_relative(
    projected: [Tensor<3>; 3],
    bias: Tensor<2>,
    relative: Tensor<3>,
    heads: usize,
) -> Tensor<3> {
    attend(projected, bias, Some(relative), heads)
}

/// The same as [`attention`], where each token sees only those up to `reach` tokens away. The context of a token that sees
/// nothing but padding is arbitrary.
pub fn attention_near(projected: [Tensor<3>; 3], bias: Tensor<2>, heads: usize, reach: usize) -> Tensor<3> {
    let [_, length, _] = projected[0].dims();
    if reach >= length.saturating_sub(1) {
        return attention(projected, bias, heads);
    }
    in_tiles(projected, bias, None, heads, reach)
}

/// The number of scores that one head of a text has in memory at once.
pub fn scores_at_once(length: usize) -> usize {
    if keeps_probabilities(length) { length * length } else { largest_tile(length, EVERYWHERE) }
}

/// Whether the probabilities of a text of this length are kept for the backward pass, if its tokens see each other.
pub fn keeps_probabilities(length: usize) -> bool {
    length <= LONGEST_KEPT
}

fn attend(
    projected: [Tensor<3>; 3],
    bias: Tensor<2>,
    relative: Option<Tensor<3>>,
    heads: usize,
) -> Tensor<3> {
    let [_, length, _] = projected[0].dims();
    match keeps_probabilities(length) {
        true => whole(projected, bias, relative, heads),
        false => in_tiles(projected, bias, relative, heads, EVERYWHERE),
    }
}

/// With the scores of all tokens at once.
fn whole(projected: [Tensor<3>; 3], bias: Tensor<2>, relative: Option<Tensor<3>>, heads: usize) -> Tensor<3> {
    let ([query, key, value], bias) = (projected.map(Tensor::into_dispatch), bias.into_dispatch());
    let (context, _) = match relative {
        None => Dispatch::attend(query, key, value, bias, heads),
        Some(relative) => Dispatch::attend_relative(query, key, value, bias, relative.into_dispatch(), heads),
    };
    Tensor::from_dispatch(context)
}

fn in_tiles(
    projected: [Tensor<3>; 3],
    bias: Tensor<2>,
    relative: Option<Tensor<3>>,
    heads: usize,
    reach: usize,
) -> Tensor<3> {
    let ([query, key, value], bias) = (projected.map(Tensor::into_dispatch), bias.into_dispatch());
    Tensor::from_dispatch(match relative {
        None => Dispatch::attend_in_tiles(query, key, value, bias, heads, reach),
        Some(relative) => {
            Dispatch::attend_in_tiles_relative(query, key, value, bias, relative.into_dispatch(), heads)
        }
    })
}

#[backend_extension(Cube, Flex, Autodiff)]
trait AttentionOps: Backend {
    /// Returns the context `[batch, length, hidden]` and the probabilities `[batch, heads, length, length]`, which the
    /// backward pass needs.
    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The same, with what is added to the scores.
    fn attend_relative(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        relative: FloatTensor<Self>,
        heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

trait AttentionBackwardOps: AttentionOps {
    /// Returns the gradients of query, key and value, and with `of_scores` that of the scores, summed over the batch,
    /// `[heads, length, length]`.
    fn attend_backward(
        inputs: [FloatTensor<Self>; 3],
        probabilities: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        heads: usize,
        of_scores: bool,
    ) -> ([FloatTensor<Self>; 3], Option<FloatTensor<Self>>);
}

/// The factor on the scores.
fn scale(hidden: usize, heads: usize) -> f64 {
    1.0 / ((hidden / heads) as f64).sqrt()
}

/// `[batch, length, hidden]` to `[batch, heads, length, head size]`.
fn split(x: CubeTensor, heads: usize) -> CubeTensor {
    let [batch, length, hidden] = x.shape().dims();
    CubeBackend::float_swap_dims(reshape(x, &[batch, length, heads, hidden / heads]), 1, 2)
}

/// Launches either softmax shader over the rows of `scores` `[batch, heads, queries, keys]`.
fn run(shader: &'static Shader, buffers: &[&CubeTensor], scores: &CubeTensor, scale: f64) {
    let [batch, heads, queries, keys] = scores.shape().dims();
    let width = shader.width(keys);
    let rows = batch * heads * queries;
    let scalars = Scalars::default().u32(rows).u32(keys / width).u32(heads * queries).f32(scale as f32);
    launch(shader, width, rows.div_ceil(WORKGROUP), buffers, scalars);
}

impl AttentionOps for CubeBackend {
    fn attend(
        query: CubeTensor,
        key: CubeTensor,
        value: CubeTensor,
        bias: CubeTensor,
        heads: usize,
    ) -> (CubeTensor, CubeTensor) {
        let [_, _, hidden] = query.shape().dims();
        let [query, key, value] = [query, key, value].map(|x| split(x, heads));
        let scores = own(product(query, transpose(key)));
        run(&SOFTMAX, &[&scores, &gpu::contiguous(bias)], &scores, scale(hidden, heads));
        (product_joined(scores.clone(), value), scores)
    }

    fn attend_relative(
        query: CubeTensor,
        key: CubeTensor,
        value: CubeTensor,
        bias: CubeTensor,
        relative: CubeTensor,
        heads: usize,
    ) -> (CubeTensor, CubeTensor) {
        let [_, _, hidden] = query.shape().dims();
        let [query, key, value] = [query, key, value].map(|x| split(x, heads));
        let [_, length, _] = relative.shape().dims();
        let relative = reshape(gpu::contiguous(relative), &[1, heads, length, length]);
        // softmax scales the sum
        let relative = CubeBackend::float_div_scalar(relative, scale(hidden, heads).into());
        let scores = own(CubeBackend::float_add(product(query, transpose(key)), relative));
        run(&SOFTMAX, &[&scores, &gpu::contiguous(bias)], &scores, scale(hidden, heads));
        (product_joined(scores.clone(), value), scores)
    }
}

impl AttentionBackwardOps for CubeBackend {
    fn attend_backward(
        inputs: [CubeTensor; 3],
        probabilities: CubeTensor,
        gradient: CubeTensor,
        heads: usize,
        of_scores: bool,
    ) -> ([CubeTensor; 3], Option<CubeTensor>) {
        let [_, length, hidden] = gradient.shape().dims();
        let [query, key, value] = inputs.map(|x| split(x, heads));
        let gradient = split(gradient, heads);
        let value_gradient = product_joined(transpose(probabilities.clone()), gradient.clone());
        let scores = own(product(gradient, transpose(value)));
        run(&SOFTMAX_BACKWARD, &[&probabilities, &scores], &scores, scale(hidden, heads));
        let summed = of_scores.then(|| {
            let sum = reshape(CubeBackend::float_sum_dim(scores.clone(), 0), &[heads, length, length]);
            CubeBackend::float_div_scalar(sum, scale(hidden, heads).into())
        });
        let query_gradient = product_joined(scores.clone(), key);
        let key_gradient = product_joined(transpose(scores), query);
        ([query_gradient, key_gradient, value_gradient], summed)
    }
}

/// The columns of one head in a text's block `[length, hidden]`.
fn head(block: &[f32], index: usize, hidden: usize, size: usize) -> Matrix<'_> {
    Matrix::columns(block, hidden, index * size..(index + 1) * size)
}

wide! {
    fn add(sums: &mut [f32], values: &[f32]) {
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }

    /// Adds the bias to each row of scores and replaces the row by its softmax.
    fn softmax(scores: &mut [f32], bias: &[f32]) {
        for row in scores.chunks_exact_mut(bias.len()) {
            row.iter_mut().zip(bias).for_each(|(score, bias)| *score += bias);
            // leaves the softmax as it is, and no exponential can overflow
            let highest = highest(row);
            row.iter_mut().for_each(|score| *score = exp_of_negative(*score - highest));
            let factor = 1.0 / sum(row, |p| p);
            row.iter_mut().for_each(|score| *score *= factor);
        }
    }

    /// Replaces the gradients of probabilities, in rows of `length`, by those of scores.
    fn softmax_backward(gradients: &mut [f32], probabilities: &[f32], length: usize) {
        let rows = gradients.chunks_exact_mut(length).zip(probabilities.chunks_exact(length));
        for (gradients, probabilities) in rows {
            let along = sum_of_pairs(gradients, probabilities, |d, p| d * p);
            gradients.iter_mut().zip(probabilities).for_each(|(d, p)| *d = (*d - along) * p);
        }
    }
}

/// The largest entry, NaN left out. It keeps eight running maxima, as [`sum`] keeps eight running sums.
#[inline(always)]
fn highest(row: &[f32]) -> f32 {
    // a comparison with NaN is false, so NaN in `b` is left out; `f32::max` checks both sides and costs more
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::NEG_INFINITY; 8];
    let chunks = row.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane = larger(*lane, *value));
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, larger)
}

/// The context and the probabilities; `relative` is what is added to the scores besides `bias`.
fn attend_on_cpu(
    [query, key, value, bias]: [FloatTensor<Flex>; 4],
    relative: Option<FloatTensor<Flex>>,
    heads: usize,
) -> (FloatTensor<Flex>, FloatTensor<Flex>) {
    let [query, key, value, bias] = [query, key, value, bias].map(cpu::contiguous);
    let relative = relative.map(cpu::contiguous);
    let relative = relative.as_ref().map(|relative| relative.storage::<f32>());
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
                cpu::product(scores, length, false, scale, part(query), part(key).transposed());
                if let Some(relative) = relative {
                    add(scores, &relative[index * square..][..square]);
                }
                softmax(scores, bias);
                let scores = Matrix::new(scores, length, length);
                cpu::product(&mut context[index * size..], hidden, false, 1.0, scores, part(value));
            }
        });
    (context.tensor(&[batch, length, hidden]), probabilities.tensor(&[batch, heads, length, length]))
}

impl AttentionOps for Flex {
    fn attend(
        query: FloatTensor<Flex>,
        key: FloatTensor<Flex>,
        value: FloatTensor<Flex>,
        bias: FloatTensor<Flex>,
        heads: usize,
    ) -> (FloatTensor<Flex>, FloatTensor<Flex>) {
        attend_on_cpu([query, key, value, bias], None, heads)
    }

    fn attend_relative(
        query: FloatTensor<Flex>,
        key: FloatTensor<Flex>,
        value: FloatTensor<Flex>,
        bias: FloatTensor<Flex>,
        relative: FloatTensor<Flex>,
        heads: usize,
    ) -> (FloatTensor<Flex>, FloatTensor<Flex>) {
        attend_on_cpu([query, key, value, bias], Some(relative), heads)
    }
}

impl AttentionBackwardOps for Flex {
    fn attend_backward(
        inputs: [FloatTensor<Flex>; 3],
        probabilities: FloatTensor<Flex>,
        gradient: FloatTensor<Flex>,
        heads: usize,
        of_scores: bool,
    ) -> ([FloatTensor<Flex>; 3], Option<FloatTensor<Flex>>) {
        let [query, key, value] = inputs.map(cpu::contiguous);
        let gradient = cpu::contiguous(gradient);
        let [batch, length, hidden] = query.shape().dims();
        let size = hidden / heads;
        let scale = scale(hidden, heads) as f32;
        let (block, square) = (length * hidden, length * length);
        let mut gradients = [(); 3].map(|()| Fresh::new(batch * block));
        let [query_gradient, key_gradient, value_gradient] = &mut gradients;
        let of_texts: Vec<Vec<f32>> = query_gradient
            .par_blocks(block)
            .zip(key_gradient.par_blocks(block))
            .zip(value_gradient.par_blocks(block))
            .zip(query.storage::<f32>().par_chunks(block))
            .zip(key.storage::<f32>().par_chunks(block))
            .zip(value.storage::<f32>().par_chunks(block))
            .zip(probabilities.storage::<f32>().par_chunks(heads * square))
            .zip(gradient.storage::<f32>().par_chunks(block))
            .map(|(((((((dq, dk), dv), query), key), value), probabilities), gradient)| {
                let [dq, dk, dv] = [dq, dk, dv].map(|block| block.zeros());
                // without `of_scores`, one head's scores at a time: they stay in the cache, and the memory does not grow with
                // the heads
                let mut all = vec![0.0; if of_scores { heads * square } else { square }];
                for (index, probabilities) in probabilities.chunks_exact(square).enumerate() {
                    let part = |block| head(block, index, hidden, size);
                    let at = index * size;
                    let scores = &mut all[if of_scores { index * square } else { 0 }..][..square];
                    let p = Matrix::new(probabilities, length, length);
                    cpu::product(&mut dv[at..], hidden, false, 1.0, p.transposed(), part(gradient));
                    cpu::product(scores, length, false, 1.0, part(gradient), part(value).transposed());
                    softmax_backward(scores, probabilities, length);
                    let scores = Matrix::new(scores, length, length);
                    cpu::product(&mut dq[at..], hidden, false, scale, scores, part(key));
                    cpu::product(&mut dk[at..], hidden, false, scale, scores.transposed(), part(query));
                }
                if of_scores { all } else { Vec::new() }
            })
            .collect();
        let sum = || {
            let mut sum = vec![0.0; heads * square];
            of_texts.iter().for_each(|scores| add(&mut sum, scores));
            cpu::tensor(sum, &[heads, length, length])
        };
        let of_scores = of_scores.then(sum);
        (gradients.map(|gradient| gradient.tensor(&[batch, length, hidden])), of_scores)
    }
}

#[derive(Debug)]
struct Attention;

impl<B: AttentionBackwardOps> Backward<B, 3> for Attention {
    type State = ([FloatTensor<B>; 3], FloatTensor<B>, usize);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (inputs, probabilities, heads) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let (gradients, _) = B::attend_backward(inputs, probabilities, gradient, heads, false);
        for (node, gradient) in ops.parents.into_iter().zip(gradients) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

#[derive(Debug)]
struct AttentionRelative;

impl<B: AttentionBackwardOps> Backward<B, 4> for AttentionRelative {
    type State = ([FloatTensor<B>; 3], FloatTensor<B>, usize);

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (inputs, probabilities, heads) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let of_scores = ops.parents[3].is_some();
        let (gradients, of_scores) = B::attend_backward(inputs, probabilities, gradient, heads, of_scores);
        for (node, gradient) in ops.parents.into_iter().zip(gradients.into_iter().chain(of_scores)) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

// The probabilities leave as a constant: only the context takes part in the loss.
impl<B: AttentionBackwardOps, C: CheckpointStrategy> AttentionOps for Autodiff<B, C> {
    fn attend(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [query.node(), key.node(), value.node()];
        let inputs = [query, key, value].map(|tensor| tensor.into_primitive());
        let [query, key, value] = inputs.clone();
        let (context, probabilities) = B::attend(query, key, value, bias.into_primitive(), heads);
        let constant = Self::from_inner(probabilities.clone());
        let context = match Attention.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((inputs, probabilities, heads), context),
            OpsKind::UnTracked(prep) => prep.finish(context),
        };
        (context, constant)
    }

    fn attend_relative(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        relative: FloatTensor<Self>,
        heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [query.node(), key.node(), value.node(), relative.node()];
        let inputs = [query, key, value].map(|tensor| tensor.into_primitive());
        let [query, key, value] = inputs.clone();
        let [bias, relative] = [bias, relative].map(|tensor| tensor.into_primitive());
        let (context, probabilities) = B::attend_relative(query, key, value, bias, relative, heads);
        let constant = Self::from_inner(probabilities.clone());
        let context = match AttentionRelative.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((inputs, probabilities, heads), context),
            OpsKind::UnTracked(prep) => prep.finish(context),
        };
        (context, constant)
    }
}

pub(super) static COMPUTATION: Computation = Computation {
    name: "attention (product, softmax, softmax_backward)",
    shaders: &[&PRODUCT, &SOFTMAX, &SOFTMAX_BACKWARD],
    compute,
};

fn compute(device: &Device) -> Vec<Output> {
    let run = |[batch, length, heads, size]: [usize; 4]| {
        let entries = batch * length * heads * size;
        // so large that a softmax which does not first subtract the largest score overflows
        let bias = (random(batch * length, 9, &device.clone().autodiff()) + 60.0).reshape([batch, length]);
        differentiated([entries; 3], device, |inputs| {
            let inputs = inputs.map(|x| x.reshape([batch, length, heads * size]));
            attention(inputs, bias.clone(), heads).reshape([entries])
        })
    };
    [[2, 9, 3, 5], [2, 20, 3, 8]].into_iter().flat_map(run).collect()
}

pub(super) static RELATIVE: Computation = Computation {
    name: "attention with relative positions (product, softmax, softmax_backward)",
    shaders: &[&PRODUCT, &SOFTMAX, &SOFTMAX_BACKWARD],
    compute: compute_relative,
};

fn compute_relative(device: &Device) -> Vec<Output> {
    let run = |[batch, length, heads, size]: [usize; 4]| {
        let entries = batch * length * heads * size;
        let bias = (random(batch * length, 9, &device.clone().autodiff()) + 60.0).reshape([batch, length]);
        let of_scores = heads * length * length;
        differentiated([entries, entries, entries, of_scores], device, |[query, key, value, relative]| {
            let inputs = [query, key, value].map(|x| x.reshape([batch, length, heads * size]));
            let relative = relative.reshape([heads, length, length]);
            attention_relative(inputs, bias.clone(), relative, heads).reshape([entries])
        })
    };
    [[2, 9, 3, 5], [2, 20, 3, 8]].into_iter().flat_map(run).collect()
}
