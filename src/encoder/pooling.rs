//! Pooling, which turns the tokens of a text into one vector, and the checkpoints that pool by the mean.
//!
//! Most of Hugging Face's classifiers read the first token only. A checkpoint that pools by the mean therefore has one
//! more layer, made of standard parts, which puts the mean into the first token. Query and key are 0, so attention is
//! uniform; the value is the identity, and the output is 1024 times the identity; the feed-forward part is 0, and both
//! LayerNorms have weight 1 and bias 0. The first token becomes LayerNorm(1024 * mean + first), which equals
//! LayerNorm(mean + first / 1024). This code computes the latter.
//!
//! The pooler must then be linear. If it ends in tanh, it is an identity scaled down, and the classifier scales it up
//! again. If it ends in ReLU or GELU, its bias shifts the values to where the activation is the identity, and the
//! classifier's bias subtracts the effect on the logits. The classifier's rows are centred first, so that this effect is
//! small; centring changes no logit, because a normalised vector sums to 0.
//!
//! ModernBERT's classifier can read the mean itself. It needs no further layer; its head is the identity and a LayerNorm
//! of weight 1.

use super::activation::Activation;
use super::config::ModelConfig;
use super::names::{Parameter, ParameterKind};
use crate::error::Result;
use crate::spec::{Dtype, Pooling};

/// The factor of the mean in that layer. The first token's own state counts this much less.
pub const MEAN_SCALE: f32 = 1024.0;
/// The scale of the pooler's identity: tanh(x / 1024) is x / 1024 with a relative error below 3e-5 for every |x| < 10.
const POOLER_SCALE: f32 = 1.0 / 1024.0;
/// Above this, GELU is the identity in float32.
const LINEAR_FROM: f64 = 6.0;

const CLASSIFIER: &str = "classifier.weight";
const CLASSIFIER_BIAS: &str = "classifier.bias";

/// The effect of the pooler on a normalised vector.
enum Passage {
    Plain,
    /// It multiplies the vector by this.
    Scaled(f32),
    /// It adds this to each entry.
    Shifted(f32),
}

fn passage(config: &ModelConfig) -> Passage {
    match config.family.head {
        _ if config.modern.is_some() => Passage::Plain,
        Activation::Identity => Passage::Plain,
        Activation::Tanh => Passage::Scaled(POOLER_SCALE),
        // an entry of a normalised vector of n entries is at least -sqrt(n)
        Activation::Gelu | Activation::GeluTanh | Activation::Relu => {
            let least = (config.hidden_size as f64).sqrt() + LINEAR_FROM;
            Passage::Shifted(2f32.powi(least.log2().ceil() as i32))
        }
    }
}

/// The number of layers that a checkpoint has after those of the model.
pub fn added_layers(config: &ModelConfig) -> usize {
    usize::from(config.pooling == Pooling::Mean && config.modern.is_none())
}

/// A parameter of the layer that carries the mean: its place, its shape in Hugging Face's layout, and the value on its
/// diagonal (in every entry, if it is a vector).
type Constant = (String, Vec<usize>, f32);

/// The parameters of the pooler and of the layer after the `config.num_hidden_layers` trained ones.
fn constants(config: &ModelConfig) -> Vec<Constant> {
    let (hidden, wide) = (config.hidden_size, config.intermediate_size);
    let matrix = |place: &str, [outputs, inputs]: [usize; 2], value| {
        (format!("{place}.weight"), vec![outputs, inputs], value)
    };
    let vector = |place: &str, part: &str, size, value| (format!("{place}.{part}"), vec![size], value);
    let (scale, shift) = match passage(config) {
        Passage::Plain => {
            return vec![
                matrix("pooler.dense", [hidden; 2], 1.0),
                vector("pooler.norm", "weight", hidden, 1.0),
            ];
        }
        Passage::Scaled(scale) => (scale, 0.0),
        Passage::Shifted(shift) => (1.0, shift),
    };
    let linear = |place: &str, [outputs, inputs]: [usize; 2], value, bias| {
        [matrix(place, [outputs, inputs], value), vector(place, "bias", outputs, bias)]
    };
    let layer = |name: &str| format!("layer.{}.{name}", config.num_hidden_layers);
    let norm = |name: &str| {
        let place = layer(&format!("{name}.LayerNorm"));
        [vector(&place, "weight", hidden, 1.0), vector(&place, "bias", hidden, 0.0)]
    };
    [
        linear(&layer("attention.self.query"), [hidden, hidden], 0.0, 0.0),
        linear(&layer("attention.self.key"), [hidden, hidden], 0.0, 0.0),
        linear(&layer("attention.self.value"), [hidden, hidden], 1.0, 0.0),
        linear(&layer("attention.output.dense"), [hidden, hidden], MEAN_SCALE, 0.0),
        norm("attention.output"),
        linear(&layer("intermediate.dense"), [wide, hidden], 0.0, 0.0),
        linear(&layer("output.dense"), [hidden, wide], 0.0, 0.0),
        norm("output"),
        linear("pooler.dense", [hidden, hidden], scale, shift),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn entries((_, shape, value): &Constant) -> impl Iterator<Item = f32> {
    let (columns, value) = (shape.last().copied().unwrap_or(1), *value);
    let is_matrix = shape.len() == 2;
    let count: usize = shape.iter().product();
    (0..count).map(move |i| if !is_matrix || i / columns == i % columns { value } else { 0.0 })
}

/// Whether a checkpoint carries the mean after its first `config.num_hidden_layers` layers. `values` reads a tensor by
/// place and shape.
pub(super) fn carries_mean(
    config: &ModelConfig,
    values: impl Fn(&str, &[usize]) -> Result<Vec<f32>>,
) -> bool {
    let is_there = |constant: &Constant| {
        values(&constant.0, &constant.1).is_ok_and(|found| found.into_iter().eq(entries(constant)))
    };
    config.modern.as_ref().is_none_or(|modern| modern.is_plain()) && constants(config).iter().all(is_there)
}

/// Turns the values of a model that pools by the mean into those of its checkpoint in `dtype`, which carries the mean.
pub(super) fn with_mean(
    config: &ModelConfig,
    dtype: Dtype,
    mut values: Vec<(Parameter, Vec<f32>)>,
) -> Vec<(Parameter, Vec<f32>)> {
    let place = |place: &str| values.iter().position(|(parameter, _)| parameter.place == place);
    let [weight, bias] =
        [CLASSIFIER, CLASSIFIER_BIAS].map(|name| place(name).expect("every model has a classifier"));
    match passage(config) {
        Passage::Plain => {}
        Passage::Scaled(scale) => values[weight].1.iter_mut().for_each(|value| *value /= scale),
        Passage::Shifted(shift) => {
            let rows = values[weight].1.chunks_exact_mut(config.hidden_size);
            rows.for_each(|row| {
                let mean = sum(row.iter().copied()) / row.len() as f64;
                row.iter_mut().for_each(|value| *value = (f64::from(*value) - mean) as f32);
            });
            // after centring, a row sums to its rounding errors only
            let added = added(shift, config.hidden_size, &values[weight].1, dtype);
            values[bias]
                .1
                .iter_mut()
                .zip(added)
                .for_each(|(bias, added)| *bias = (f64::from(*bias) - added) as f32);
        }
    }
    let constants = constants(config).into_iter().map(|constant| {
        let values = entries(&constant).collect();
        let (place, shape, _) = constant;
        let name = config.family.tensor(&place);
        (Parameter { name, place, kind: ParameterKind::Matrix, shape }, values)
    });
    values.extend(constants);
    values
}

/// The effect on the logits of adding `shift` to each feature, with the classifier's rows as `dtype` stores them.
fn added(shift: f32, hidden: usize, weight: &[f32], dtype: Dtype) -> Vec<f64> {
    let rows = weight.chunks_exact(hidden);
    rows.map(|row| f64::from(shift) * sum(row.iter().map(|value| dtype.round(*value)))).collect()
}

fn sum(values: impl Iterator<Item = f32>) -> f64 {
    values.map(f64::from).sum()
}

/// Turns the values of a parameter in a checkpoint that carries the mean into those of the model. `stored` reads another
/// parameter of the checkpoint.
pub(super) fn without_mean(
    config: &ModelConfig,
    place: &str,
    mut values: Vec<f32>,
    stored: impl Fn(&str, &[usize]) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    match passage(config) {
        Passage::Scaled(scale) if place == CLASSIFIER => values.iter_mut().for_each(|value| *value *= scale),
        Passage::Shifted(shift) if place == CLASSIFIER_BIAS => {
            let weight = stored(CLASSIFIER, &[config.num_labels(), config.hidden_size])?;
            let added = added(shift, config.hidden_size, &weight, Dtype::Float32);
            values.iter_mut().zip(added).for_each(|(bias, added)| *bias = (f64::from(*bias) + added) as f32);
        }
        _ => {}
    }
    Ok(values)
}

/// Corrects the classifier's bias, in a checkpoint that carries the mean, for rounding its weight to `dtype`. `None` if the
/// bias does not depend on the weight.
pub(super) fn settled_bias(
    config: &ModelConfig,
    dtype: Dtype,
    weight: &[f32],
    bias: &[f32],
) -> Option<Vec<f32>> {
    let Passage::Shifted(shift) = passage(config) else { return None };
    let [before, after] =
        [Dtype::Float32, dtype].map(|dtype| added(shift, config.hidden_size, weight, dtype));
    let settled = |((bias, before), after): ((&f32, f64), f64)| (f64::from(*bias) + before - after) as f32;
    Some(bias.iter().zip(before).zip(after).map(settled).collect())
}
