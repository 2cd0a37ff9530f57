//! Attention in tiles on the CPU. It works on each head where it lies in `[batch, length, hidden]`.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use rayon::prelude::*;

use super::super::{add, head, scale, softmax, softmax_backward};
use super::{EVERYWHERE, Inputs, ROWS, Tile, TilesBackwardOps, TilesOps, largest_tile, tiles};
use crate::kernels::cpu::{self, Fresh, Matrix};

/// The inputs with their entries in row-major order.
struct Texts {
    inputs: Inputs<Flex>,
    batch: usize,
    length: usize,
    hidden: usize,
}

impl Texts {
    fn new(inputs: Inputs<Flex>) -> Self {
        let Inputs { projected, bias, relative, heads, reach } = inputs;
        let [batch, length, hidden] = projected[0].shape().dims();
        let (projected, bias) = (projected.map(cpu::contiguous), cpu::contiguous(bias));
        let relative = relative.map(cpu::contiguous);
        Texts { inputs: Inputs { projected, bias, relative, heads, reach }, batch, length, hidden }
    }

    /// A text's part of `[batch, length, hidden]`.
    fn text<'a>(&self, tensor: &'a FloatTensor<Flex>, text: usize) -> &'a [f32] {
        let block = self.length * self.hidden;
        &tensor.storage::<f32>()[text * block..][..block]
    }

    fn head(&self, text: usize, index: usize) -> Head<'_> {
        let Inputs { projected, bias, relative, heads, reach } = &self.inputs;
        let (length, square) = (self.length, self.length * self.length);
        let part = |x| head(self.text(x, text), index, self.hidden, self.hidden / heads);
        Head {
            projected: projected.each_ref().map(part),
            bias: &bias.storage::<f32>()[text * length..][..length],
            relative: relative.as_ref().map(|x| &x.storage::<f32>()[index * square..][..square]),
            reach: *reach,
            scale: scale(self.hidden, *heads) as f32,
        }
    }
}

/// One head of a text.
struct Head<'a> {
    /// Query, key and value, each `[length, head size]`.
    projected: [Matrix<'a>; 3],
    /// `[length]`
    bias: &'a [f32],
    /// `[length, length]`
    relative: Option<&'a [f32]>,
    reach: usize,
    scale: f32,
}

impl Head<'_> {
    /// Writes the probabilities of a tile, `[rows, keys]`.
    fn probabilities(&self, tile: &Tile, scores: &mut [f32]) {
        let [query, key, _] = self.projected;
        let (length, width) = (self.bias.len(), tile.keys.len());
        let (rows, keys) = (query.rows(tile.rows.clone()), key.rows(tile.keys.clone()));
        cpu::product(scores, width, false, self.scale, rows, keys.transposed());
        if let Some(relative) = self.relative {
            add(scores, &relative[tile.rows.start * length..tile.rows.end * length]);
        }
        let bias = &self.bias[tile.keys.clone()];
        if self.reach >= length {
            return softmax(scores, bias);
        }
        for (row, scores) in tile.rows.clone().zip(scores.chunks_exact_mut(width)) {
            let first = row.saturating_sub(self.reach) - tile.keys.start;
            let end = length.min(row + self.reach + 1) - tile.keys.start;
            scores[..first].fill(0.0);
            scores[end..].fill(0.0);
            softmax(&mut scores[first..end], &bias[first..end]);
        }
    }

    /// Returns the gradients of query, key and value, each `[length, head size]`, and adds that of what is added to the
    /// scores to `of_relative` `[length, length]`.
    fn backward(&self, gradient: Matrix<'_>, mut of_relative: Option<&mut [f32]>) -> [Vec<f32>; 3] {
        let [query, key, value] = self.projected;
        let [length, size] = query.shape();
        let mut gradients = [(); 3].map(|()| vec![0.0; length * size]);
        let [dq, dk, dv] = &mut gradients;
        let mut room = [(); 2].map(|()| vec![0.0; largest_tile(length, self.reach)]);
        for tile in tiles(length, self.reach) {
            let (rows, width) = (tile.rows.len(), tile.keys.len());
            let [probabilities, scores] = room.each_mut().map(|room| &mut room[..rows * width]);
            let (first_row, first_key) = (tile.rows.start * size, tile.keys.start * size);
            let [key, value] = [key, value].map(|matrix| matrix.rows(tile.keys.clone()));
            let [query, gradient] = [query, gradient].map(|matrix| matrix.rows(tile.rows.clone()));
            self.probabilities(&tile, probabilities);
            let p = Matrix::new(probabilities, rows, width);
            cpu::product(&mut dv[first_key..], size, true, 1.0, p.transposed(), gradient);
            cpu::product(scores, width, false, 1.0, gradient, value.transposed());
            softmax_backward(scores, probabilities, width);
            if let Some(of_relative) = &mut of_relative {
                add(&mut of_relative[tile.rows.start * length..tile.rows.end * length], scores);
            }
            let scores = Matrix::new(scores, rows, width);
            cpu::product(&mut dq[first_row..], size, false, self.scale, scores, key);
            cpu::product(&mut dk[first_key..], size, true, self.scale, scores.transposed(), query);
        }
        gradients
    }
}

fn attend(inputs: Inputs<Flex>) -> FloatTensor<Flex> {
    let texts = Texts::new(inputs);
    let Texts { batch, length, hidden, .. } = texts;
    let (heads, reach) = (texts.inputs.heads, texts.inputs.reach);
    let size = hidden / heads;
    let mut context = Fresh::new(batch * length * hidden);
    context.par_blocks(length * hidden).enumerate().for_each(|(text, context)| {
        let tiles: Vec<Tile> = tiles(length, reach).collect();
        context.zeros().par_chunks_mut(ROWS * hidden).zip(tiles).for_each(|(context, tile)| {
            let (rows, width) = (tile.rows.len(), tile.keys.len());
            let mut scores = vec![0.0; rows * width];
            for index in 0..heads {
                let head = texts.head(text, index);
                head.probabilities(&tile, &mut scores);
                let (p, [_, _, value]) = (Matrix::new(&scores, rows, width), head.projected);
                let values = value.rows(tile.keys.clone());
                cpu::product(&mut context[index * size..], hidden, false, 1.0, p, values);
            }
        });
    });
    context.tensor(&[batch, length, hidden])
}

impl TilesOps for Flex {
    fn attend_in_tiles(
        query: FloatTensor<Flex>,
        key: FloatTensor<Flex>,
        value: FloatTensor<Flex>,
        bias: FloatTensor<Flex>,
        heads: usize,
        reach: usize,
    ) -> FloatTensor<Flex> {
        attend(Inputs { projected: [query, key, value], bias, relative: None, heads, reach })
    }

    fn attend_in_tiles_relative(
        query: FloatTensor<Flex>,
        key: FloatTensor<Flex>,
        value: FloatTensor<Flex>,
        bias: FloatTensor<Flex>,
        relative: FloatTensor<Flex>,
        heads: usize,
    ) -> FloatTensor<Flex> {
        let (projected, relative) = ([query, key, value], Some(relative));
        attend(Inputs { projected, bias, relative, heads, reach: EVERYWHERE })
    }
}

impl TilesBackwardOps for Flex {
    fn attend_in_tiles_backward(
        inputs: Inputs<Self>,
        gradient: FloatTensor<Flex>,
        of_relative: bool,
    ) -> ([FloatTensor<Flex>; 3], Option<FloatTensor<Flex>>) {
        let gradient = cpu::contiguous(gradient);
        let texts = Texts::new(inputs);
        let Texts { batch, length, hidden, .. } = texts;
        let (heads, square) = (texts.inputs.heads, length * length);
        let size = hidden / heads;
        let backward = |text, index, of_relative: Option<&mut [f32]>| {
            let gradient = head(texts.text(&gradient, text), index, hidden, size);
            texts.head(text, index).backward(gradient, of_relative)
        };
        let mut relative = of_relative.then(|| vec![0.0; heads * square]);
        let gradients_of_heads: Vec<[Vec<f32>; 3]> = match &mut relative {
            None => (0..batch * heads)
                .into_par_iter()
                .map(|place| backward(place / heads, place % heads, None))
                .collect(),
            // one text after the other, so that the threads' timing changes no bit of the sum
            Some(relative) => (0..batch)
                .flat_map(|text| {
                    let of_heads = relative.par_chunks_mut(square).enumerate();
                    let gradients = of_heads.map(|(index, sum)| backward(text, index, Some(sum)));
                    gradients.collect::<Vec<_>>()
                })
                .collect(),
        };
        let joined = |part: usize| {
            let mut output = Fresh::new(batch * length * hidden);
            output.par_blocks(length * hidden).enumerate().for_each(|(text, block)| {
                let block = block.zeros();
                for (index, head) in gradients_of_heads[text * heads..][..heads].iter().enumerate() {
                    let rows = block.chunks_exact_mut(hidden).zip(head[part].chunks_exact(size));
                    rows.for_each(|(row, values)| row[index * size..][..size].copy_from_slice(values));
                }
            });
            output.tensor(&[batch, length, hidden])
        };
        let gradients = [joined(0), joined(1), joined(2)];
        (gradients, relative.map(|sum| cpu::tensor(sum, &[heads, length, length])))
    }
}
