//! Attention in tiles on the GPU, out of the kernels for whole scores.

use std::ops::Range;

use burn::backend::TensorMetadata;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{Slice, TensorData};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

use super::super::{SOFTMAX, SOFTMAX_BACKWARD, run, scale, split};
use super::{EVERYWHERE, Inputs, ROWS, Tile, TilesBackwardOps, TilesOps, tiles};
use crate::kernels::gpu::{contiguous, own, reshape, transpose};
use crate::kernels::product::{product, product_joined};

/// A range of one dimension, as slices of all.
fn slices(x: &CubeTensor, dimension: usize, range: &Range<usize>) -> Vec<Slice> {
    let mut slices: Vec<Slice> = x.shape().iter().map(|size| Slice::from(0..*size)).collect();
    slices[dimension] = Slice::from(range.clone());
    slices
}

fn narrow(x: CubeTensor, dimension: usize, range: &Range<usize>) -> CubeTensor {
    let slices = slices(&x, dimension, range);
    CubeBackend::float_slice(x, &slices)
}

/// Adds `part` to a range of the tokens of `[batch, length, hidden]`.
fn add_to(sum: CubeTensor, range: &Range<usize>, part: CubeTensor) -> CubeTensor {
    if range.len() == sum.shape()[1] {
        return CubeBackend::float_add(sum, part);
    }
    let part = CubeBackend::float_add(narrow(sum.clone(), 1, range), part);
    let slices = slices(&sum, 1, range);
    CubeBackend::float_slice_assign(sum, &slices, part)
}

/// The inputs divided into heads.
struct Heads {
    /// Query, key and value, each `[batch, heads, length, head size]`.
    projected: [CubeTensor; 3],
    /// `[batch, length]`
    bias: CubeTensor,
    added: Option<Added>,
    scale: f64,
}

/// What is added to the scores, divided by the scale, because softmax scales the sum.
enum Added {
    /// `[1, heads, length, length]`
    Relative(CubeTensor),
    /// `[1, 1, ROWS, ROWS + 2 * reach]`, where the first column is the key `reach` before the first row: a number so low that
    /// the softmax of keys out of reach is 0.
    Window { table: CubeTensor, reach: usize },
}

impl Heads {
    fn new(inputs: Inputs<CubeBackend>) -> Self {
        let Inputs { projected, bias, relative, heads, reach } = inputs;
        let [_, length, hidden] = projected[0].shape().dims();
        let scale = scale(hidden, heads);
        let scaled = |table| CubeBackend::float_div_scalar(table, scale.into());
        let added = match relative {
            Some(relative) => {
                let relative = reshape(contiguous(relative), &[1, heads, length, length]);
                Some(Added::Relative(scaled(relative)))
            }
            None if reach < length => {
                let width = ROWS + 2 * reach;
                let is_far = |place: usize| (place % width).abs_diff(place / width + reach) > reach;
                let table: Vec<f32> =
                    (0..ROWS * width).map(|place| if is_far(place) { -1e30 } else { 0.0 }).collect();
                let table = TensorData::new(table, [1, 1, ROWS, width]);
                let table = CubeBackend::float_from_data(table, &projected[0].device);
                Some(Added::Window { table: scaled(table), reach })
            }
            None => None,
        };
        Heads { projected: projected.map(|x| split(x, heads)), bias: contiguous(bias), added, scale }
    }

    fn queries(&self, tile: &Tile) -> CubeTensor {
        narrow(self.projected[0].clone(), 2, &tile.rows)
    }

    fn keys(&self, tile: &Tile) -> CubeTensor {
        narrow(self.projected[1].clone(), 2, &tile.keys)
    }

    fn values(&self, tile: &Tile) -> CubeTensor {
        narrow(self.projected[2].clone(), 2, &tile.keys)
    }

    /// `[batch, heads, rows, keys]`
    fn probabilities(&self, tile: &Tile) -> CubeTensor {
        let scores = product(self.queries(tile), transpose(self.keys(tile)));
        let scores = match &self.added {
            None => scores,
            Some(Added::Relative(table)) => {
                CubeBackend::float_add(scores, narrow(table.clone(), 2, &tile.rows))
            }
            Some(Added::Window { table, reach }) => {
                let first = tile.keys.start + reach - tile.rows.start;
                let table = narrow(table.clone(), 2, &(0..tile.rows.len()));
                CubeBackend::float_add(scores, narrow(table, 3, &(first..first + tile.keys.len())))
            }
        };
        let scores = own(scores);
        let bias = contiguous(narrow(self.bias.clone(), 1, &tile.keys));
        run(&SOFTMAX, &[&scores, &bias], &scores, self.scale);
        scores
    }
}

fn attend(inputs: Inputs<CubeBackend>) -> CubeTensor {
    let ([_, length, _], reach) = (inputs.projected[0].shape().dims(), inputs.reach);
    let heads = Heads::new(inputs);
    let context = |tile| product_joined(heads.probabilities(&tile), heads.values(&tile));
    CubeBackend::float_cat(tiles(length, reach).map(context).collect(), 1)
}

impl TilesOps for CubeBackend {
    fn attend_in_tiles(
        query: CubeTensor,
        key: CubeTensor,
        value: CubeTensor,
        bias: CubeTensor,
        heads: usize,
        reach: usize,
    ) -> CubeTensor {
        attend(Inputs { projected: [query, key, value], bias, relative: None, heads, reach })
    }

    fn attend_in_tiles_relative(
        query: CubeTensor,
        key: CubeTensor,
        value: CubeTensor,
        bias: CubeTensor,
        relative: CubeTensor,
        heads: usize,
    ) -> CubeTensor {
        let (projected, relative) = ([query, key, value], Some(relative));
        attend(Inputs { projected, bias, relative, heads, reach: EVERYWHERE })
    }
}

impl TilesBackwardOps for CubeBackend {
    fn attend_in_tiles_backward(
        inputs: Inputs<Self>,
        gradient: CubeTensor,
        of_relative: bool,
    ) -> ([CubeTensor; 3], Option<CubeTensor>) {
        let ([_, length, _], count, reach) = (gradient.shape().dims(), inputs.heads, inputs.reach);
        let zeros = || CubeBackend::float_zeros(gradient.shape(), &gradient.device, gradient.dtype.into());
        let (mut key_gradient, mut value_gradient) = (zeros(), zeros());
        let (mut query_gradients, mut relative_gradients) = (Vec::new(), Vec::new());
        let heads = Heads::new(inputs);
        let gradient = split(gradient, count);
        for tile in tiles(length, reach) {
            let probabilities = heads.probabilities(&tile);
            let gradient = narrow(gradient.clone(), 2, &tile.rows);
            let part = product_joined(transpose(probabilities.clone()), gradient.clone());
            value_gradient = add_to(value_gradient, &tile.keys, part);
            let scores = own(product(gradient, transpose(heads.values(&tile))));
            run(&SOFTMAX_BACKWARD, &[&probabilities, &scores], &scores, heads.scale);
            if of_relative {
                let sum = CubeBackend::float_sum_dim(scores.clone(), 0);
                let sum = reshape(sum, &[count, tile.rows.len(), length]);
                relative_gradients.push(CubeBackend::float_div_scalar(sum, heads.scale.into()));
            }
            query_gradients.push(product_joined(scores.clone(), heads.keys(&tile)));
            let part = product_joined(transpose(scores), heads.queries(&tile));
            key_gradient = add_to(key_gradient, &tile.keys, part);
        }
        let query_gradient = CubeBackend::float_cat(query_gradients, 1);
        let relative_gradient = of_relative.then(|| CubeBackend::float_cat(relative_gradients, 1));
        ([query_gradient, key_gradient, value_gradient], relative_gradient)
    }
}
