//! How much noise in the embeddings changes the layers above: what `lnsr` adds to the loss.

use std::iter::repeat_n;

use burn::tensor::{Device, Tensor, TensorData};

use super::data::{batch_inputs, mean_of_windows};
use crate::encoder::Model;
use crate::random::{Random, Stream};
use crate::text::Batch;

/// The noise of a batch in one step, `[windows, length, hidden]`: normal numbers of deviation `std`, and 0 for padding. Each
/// text has noise of its own, so that it does not matter in which batches a step computes them.
pub fn state_noise(
    batch: &Batch,
    hidden: usize,
    std: f64,
    (seed, step): (u64, usize),
    device: &Device,
) -> Tensor<3> {
    let shape = [batch.size, batch.length, hidden];
    let mut values = vec![0.0; shape.iter().product()];
    let mut windows = values.chunks_mut(batch.length * hidden).zip(batch.attention_mask.chunks(batch.length));
    for (row, count) in batch.rows.iter().zip(&batch.windows) {
        let mut random = Random::new(seed, Stream::StateNoise, (step as u64) << 32 | *row as u64);
        for (values, mask) in windows.by_ref().take(*count) {
            for (values, _) in values.chunks_mut(hidden).zip(mask).filter(|(_, mask)| **mask == 1) {
                values.fill_with(|| std as f32 * random.normal());
            }
        }
    }
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Computes the features of each text, `[texts, hidden]`, and the sum over the texts of how much the noise changes them,
/// one entry: the squared difference of each layer's output, averaged over the features, the tokens and the windows of a
/// text and added up over the layers.
pub fn features_and_instability(
    model: &Model,
    batch: &Batch,
    noise: Tensor<3>,
    device: &Device,
) -> (Tensor<2>, Tensor<1>) {
    let inputs = batch_inputs(batch, device);
    let mask = inputs.attention_mask.clone();
    let states: Vec<Tensor<3>> = model.hidden_states(inputs.clone()).collect();
    let last = states.last().expect("config.json has at least one layer").clone();
    let features = mean_of_windows(model.project(model.pool(last, mask.clone())), &batch.windows);
    let shares: Vec<f32> =
        batch.windows.iter().flat_map(|count| repeat_n(1.0 / *count as f32, *count)).collect();
    let shares = Tensor::<2>::from_data(TensorData::new(shares, [batch.size, 1]), device);
    let tokens = mask.float();
    let weights = tokens.clone() / tokens.sum_dim(1) * shares;
    let noisy = model.hidden_states(inputs.with_noise(noise));
    let changes = states.into_iter().zip(noisy).map(|(state, noisy)| {
        let [windows, length, _] = state.dims();
        let squares = (noisy - state).square().mean_dim(2).reshape([windows, length]);
        (squares * weights.clone()).sum()
    });
    let instability = changes.reduce(|sum, change| sum + change).expect("at least one layer");
    (features, instability)
}
