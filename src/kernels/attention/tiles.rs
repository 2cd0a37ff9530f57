//! Attention in tiles: a few queries at a time, with the keys that they see. Memory grows with the length of a text, not with
//! its square, and with a window the work does so too. The backward pass computes the probabilities of a tile again instead
//! of keeping them. A tile holds whole rows of scores, so that it needs no shader of its own.

mod cpu;
mod gpu;

use std::ops::Range;

use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, backend_extension};
use burn::tensor::Device;

use super::{PRODUCT, SOFTMAX, SOFTMAX_BACKWARD, attention, attention_near, attention_relative};
use crate::kernels::check::{Computation, Output, differentiated, random};

/// Queries of a tile.
pub(super) const ROWS: usize = 128;

/// The reach of a token that sees every other.
pub(super) const EVERYWHERE: usize = usize::MAX;

/// Some queries of a text, and the keys that at least one of them sees.
#[derive(Clone, Debug, PartialEq)]
struct Tile {
    rows: Range<usize>,
    keys: Range<usize>,
}

/// The tiles of a text of `length` tokens that see `reach` tokens on each side.
fn tiles(length: usize, reach: usize) -> impl Iterator<Item = Tile> {
    (0..length).step_by(ROWS).map(move |first| {
        let rows = first..length.min(first + ROWS);
        let keys = first.saturating_sub(reach)..length.min(rows.end.saturating_add(reach));
        Tile { rows, keys }
    })
}

/// The largest number of scores that a tile has.
pub(super) fn largest_tile(length: usize, reach: usize) -> usize {
    length.min(ROWS) * length.min(reach.saturating_mul(2).saturating_add(ROWS))
}

/// What the context is computed from.
#[derive(Clone, Debug)]
struct Inputs<B: Backend> {
    /// Query, key and value, each `[batch, length, hidden]`.
    projected: [FloatTensor<B>; 3],
    /// `[batch, length]`
    bias: FloatTensor<B>,
    /// `[heads, length, length]`, for tokens that see every other.
    relative: Option<FloatTensor<B>>,
    heads: usize,
    reach: usize,
}

#[backend_extension(Cube, Flex, Autodiff)]
pub(super) trait TilesOps: Backend {
    /// Returns the context `[batch, length, hidden]`.
    fn attend_in_tiles(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: usize,
        reach: usize,
    ) -> FloatTensor<Self>;

    /// The same where every token sees every other, with `relative` `[heads, length, length]` added to the scores.
    fn attend_in_tiles_relative(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        relative: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self>;
}

trait TilesBackwardOps: TilesOps {
    /// Returns the gradients of query, key and value, and with `of_relative` that of what is added to the scores.
    fn attend_in_tiles_backward(
        inputs: Inputs<Self>,
        gradient: FloatTensor<Self>,
        of_relative: bool,
    ) -> ([FloatTensor<Self>; 3], Option<FloatTensor<Self>>);
}

#[derive(Debug)]
struct AttentionInTiles;

/// The parents are query, key and value, and the fourth, if there is one, is what is added to the scores.
impl<B: TilesBackwardOps, const N: usize> Backward<B, N> for AttentionInTiles {
    type State = Inputs<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let of_relative = ops.parents.get(3).is_some_and(Option::is_some);
        let (gradients, of_relative) = B::attend_in_tiles_backward(ops.state, gradient, of_relative);
        for (node, gradient) in ops.parents.into_iter().zip(gradients.into_iter().chain(of_relative)) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: TilesBackwardOps, C: CheckpointStrategy> TilesOps for Autodiff<B, C> {
    fn attend_in_tiles(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        heads: usize,
        reach: usize,
    ) -> FloatTensor<Self> {
        let nodes = [query.node(), key.node(), value.node()];
        let projected = [query, key, value].map(|tensor| tensor.into_primitive());
        let bias = bias.into_primitive();
        let [query, key, value] = projected.clone();
        let context = B::attend_in_tiles(query, key, value, bias.clone(), heads, reach);
        match AttentionInTiles.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                prep.finish(Inputs { projected, bias, relative: None, heads, reach }, context)
            }
            OpsKind::UnTracked(prep) => prep.finish(context),
        }
    }

    fn attend_in_tiles_relative(
        query: FloatTensor<Self>,
        key: FloatTensor<Self>,
        value: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        relative: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        let nodes = [query.node(), key.node(), value.node(), relative.node()];
        let projected = [query, key, value].map(|tensor| tensor.into_primitive());
        let [bias, relative] = [bias, relative].map(|tensor| tensor.into_primitive());
        let [query, key, value] = projected.clone();
        let context = B::attend_in_tiles_relative(query, key, value, bias.clone(), relative.clone(), heads);
        match AttentionInTiles.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let relative = Some(relative);
                prep.finish(Inputs { projected, bias, relative, heads, reach: EVERYWHERE }, context)
            }
            OpsKind::UnTracked(prep) => prep.finish(context),
        }
    }
}

pub(in crate::kernels) static COMPUTATION: Computation = Computation {
    name: "attention in tiles (product, softmax, softmax_backward)",
    shaders: &[&PRODUCT, &SOFTMAX, &SOFTMAX_BACKWARD],
    compute,
};

fn compute(device: &Device) -> Vec<Output> {
    const HEADS: usize = 2;
    let [bias, relative] = [9, 10].map(|index| {
        let device = device.clone().autodiff();
        move |shape: [usize; 3]| random(shape.iter().product(), index, &device).reshape(shape)
    });
    // two tiles or three, the last of them small; heads whose size is a multiple of four or not; each way to see
    let run = |([length, size], sees): ([usize; 2], Sees)| {
        let entries = length * HEADS * size;
        let bias = (bias([1, 1, length]) + 60.0).reshape([1, length]);
        differentiated([entries; 3], device, |inputs| {
            let inputs = inputs.map(|x| x.reshape([1, length, HEADS * size]));
            let context = match sees {
                Sees::All => attention(inputs, bias.clone(), HEADS),
                Sees::AllByDistance => {
                    attention_relative(inputs, bias.clone(), relative([HEADS, length, length]), HEADS)
                }
                Sees::Near => attention_near(inputs, bias.clone(), HEADS, 20),
            };
            context.reshape([entries])
        })
    };
    let shapes = [[super::LONGEST_KEPT + 9, 5], [super::LONGEST_KEPT + 20, 8]];
    let ways = [Sees::All, Sees::AllByDistance, Sees::Near];
    ways.into_iter().flat_map(|way| shapes.map(|shape| (shape, way))).flat_map(run).collect()
}

/// The tokens that a token sees.
#[derive(Clone, Copy)]
enum Sees {
    All,
    AllByDistance,
    Near,
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, TensorData};

    use super::*;
    use crate::device::read_floats;
    use crate::kernels::attention::{in_tiles, whole};

    #[test]
    fn tiles_hold_every_pair_of_tokens_that_see_each_other() {
        for (length, reach) in [(1, 0), (5, 2), (128, 64), (129, 0), (300, 64), (300, 500), (257, EVERYWHERE)]
        {
            let mut row = 0;
            for tile in tiles(length, reach) {
                assert_eq!(tile.rows.start, row);
                row = tile.rows.end;
                assert!(tile.rows.len() * tile.keys.len() <= largest_tile(length, reach));
                let near = |key: &usize| tile.rows.clone().any(|row| row.abs_diff(*key) <= reach);
                assert_eq!(tile.keys, {
                    let mut keys = (0..length).filter(near);
                    let first = keys.next().unwrap();
                    first..keys.next_back().unwrap_or(first) + 1
                });
            }
            assert_eq!(row, length);
        }
    }

    const HEADS: usize = 3;

    /// The context of two texts and the gradients of query, key, value and of what is added to the scores.
    fn context_and_gradients(
        length: usize,
        size: usize,
        attend: impl Fn([Tensor<3>; 3], Tensor<2>, Tensor<3>) -> Tensor<3>,
    ) -> Vec<Vec<f32>> {
        let device = Device::flex().autodiff();
        let shape = [2, length, HEADS * size];
        let inputs = [1, 2, 3]
            .map(|index| random(shape.iter().product(), index, &device).reshape(shape).require_grad());
        let relative = random(HEADS * length * length, 4, &device).reshape([HEADS, length, length]);
        let relative = relative.require_grad();
        // the last tokens of the second text are padding
        let bias = (0..2 * length).map(|place| if place + 7 < 2 * length { 0.0 } else { -1e30f32 });
        let bias = TensorData::new(bias.collect::<Vec<_>>(), [2, length]);
        let context = attend(inputs.clone(), Tensor::from_data(bias, &device), relative.clone());
        let weights = random(shape.iter().product(), 5, &device).reshape(shape);
        // nothing depends on the context of padding
        let seen = context.clone().slice([0..2, 0..length - 7]);
        let gradients = (seen.clone() * weights.slice([0..2, 0..length - 7])).sum().backward();
        let read = |tensor: Tensor<3>| {
            let [batch, length, features] = tensor.dims();
            pollster::block_on(read_floats(tensor.reshape([batch * length * features]))).unwrap()
        };
        let gradients = inputs.into_iter().chain([relative]).filter_map(|input| input.grad(&gradients));
        [seen.inner()].into_iter().chain(gradients).map(read).collect()
    }

    fn assert_alike(found: &[Vec<f32>], expected: &[Vec<f32>], what: &str) {
        assert!(found.len() >= 4 && found.len() == expected.len(), "{what}");
        for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
            let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
            for (found, expected) in found.iter().zip(expected) {
                // NaN must not pass
                let is_near = (found - expected).abs() <= 2e-5 * largest;
                assert!(is_near, "{what}, tensor {place}: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn tiles_give_the_context_and_the_gradients_of_whole_scores() {
        for (length, size) in [(9, 5), (128, 8), (130, 4), (300, 8)] {
            let found = context_and_gradients(length, size, |qkv, bias, _| {
                in_tiles(qkv, bias, None, HEADS, EVERYWHERE)
            });
            let expected = context_and_gradients(length, size, |qkv, bias, _| whole(qkv, bias, None, HEADS));
            assert_alike(&found, &expected, &format!("{length} tokens"));

            let found = context_and_gradients(length, size, |qkv, bias, relative| {
                in_tiles(qkv, bias, Some(relative), HEADS, EVERYWHERE)
            });
            let expected = context_and_gradients(length, size, |qkv, bias, relative| {
                whole(qkv, bias, Some(relative), HEADS)
            });
            assert_eq!(found.len(), 5);
            assert_alike(&found, &expected, &format!("{length} tokens with distances"));
        }
    }

    #[test]
    fn a_window_gives_the_context_and_the_gradients_of_scores_that_are_masked() {
        for (length, reach) in [(9, 0), (20, 8), (128, 5), (130, 64), (300, 64), (300, 200)] {
            let found =
                context_and_gradients(length, 4, |qkv, bias, _| attention_near(qkv, bias, HEADS, reach));
            let expected = context_and_gradients(length, 4, |qkv, bias, _| {
                let is_far = |place: usize| (place % length).abs_diff(place / length % length) > reach;
                let far =
                    (0..HEADS * length * length).map(|place| if is_far(place) { -1e30 } else { 0.0f32 });
                let far = TensorData::new(far.collect::<Vec<_>>(), [HEADS, length, length]);
                let far = Tensor::from_data(far, &bias.device());
                whole(qkv, bias, Some(far), HEADS)
            });
            assert_alike(&found, &expected, &format!("{length} tokens, {reach} to each side"));
        }
    }
}
