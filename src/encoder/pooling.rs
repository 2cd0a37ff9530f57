//! How one vector is made of the tokens of a text, and how a checkpoint carries the mean.
//!
//! Most of Hugging Face's classifiers read the first token only. A checkpoint of a model that is pooled by its mean
//! therefore has one more layer, made of standard parts, which puts the mean into the first token: query and key are 0, so
//! that attention is uniform; the value is the identity and the output 1024 times it; the feed-forward part is 0 and both
//! LayerNorms are plain. The first token leaves it as LayerNorm(1024 * mean + first), which is LayerNorm(mean + first /
//! 1024), what is computed here.
//!
//! The pooler must then bend nothing. Where it ends in tanh, it is a scaled identity, and the classifier is scaled back.
//! Where it ends in ReLU or GELU, it adds so much that they are the identity, and the classifier's bias takes what that
//! adds to the logits off again. The classifier's rows are centred for this, which changes nothing as normalised vectors
//! sum to 0, so that little is to be taken off.
//!
//! ModernBERT's classifier can read the mean by itself: it needs no further layer, and its head is the identity and a
//! plain LayerNorm.

use super::activation::Activation;
use super::config::ModelConfig;
use super::names::{Parameter, ParameterKind};
use crate::error::Result;
use crate::spec::{Dtype, Pooling};

/// What the layer multiplies the mean by; the first token's own state is this much smaller beside it.
pub const MEAN_SCALE: f32 = 1024.0;
/// The pooler's identity is scaled by this: tanh(x / 1024) is x / 1024 up to 3e-5 of it for every |x| < 10.
const POOLER_SCALE: f32 = 1.0 / 1024.0;
/// GELU is the identity in float32 above this.
const LINEAR_FROM: f64 = 6.0;

const CLASSIFIER: &str = "classifier.weight";
const CLASSIFIER_BIAS: &str = "classifier.bias";

/// How a normalised vector comes through the pooler.
enum Passage {
    Plain,
    /// Multiplied by this.
    Scaled(f32),
    /// With this added.
    Shifted(f32),
}

fn passage(config: &ModelConfig) -> Passage {
    match config.family.head {
        _ if config.modern.is_some() => Passage::Plain,
        Activation::Identity => Passage::Plain,
        Activation::Tanh => Passage::Scaled(POOLER_SCALE),
        // no entry of a normalised vector is below minus the root of their number
        Activation::Gelu | Activation::GeluTanh | Activation::Relu => {
            let least = (config.hidden_size as f64).sqrt() + LINEAR_FROM;
            Passage::Shifted(2f32.powi(least.log2().ceil() as i32))
        }
    }
}

/// Layers of a checkpoint behind those of the model.
pub fn added_layers(config: &ModelConfig) -> usize {
    usize::from(config.pooling == Pooling::Mean && config.modern.is_none())
}

/// A parameter that carries the mean: its place, shape in Hugging Face's layout and the value on the diagonal
/// (everywhere, for a vector).
type Constant = (String, Vec<usize>, f32);

/// The layer behind the `config.num_hidden_layers` that are trained, and the pooler.
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

/// Whether a checkpoint carries the mean behind the first `config.num_hidden_layers` layers. `values` reads a tensor by
/// its place and shape.
pub(super) fn carries_mean(
    config: &ModelConfig,
    values: impl Fn(&str, &[usize]) -> Result<Vec<f32>>,
) -> bool {
    let is_there = |constant: &Constant| {
        values(&constant.0, &constant.1).is_ok_and(|found| found.into_iter().eq(entries(constant)))
    };
    config.modern.as_ref().is_none_or(|modern| modern.is_plain()) && constants(config).iter().all(is_there)
}

/// The values of a model that is pooled by its mean, as a checkpoint in `dtype` holds them: with what carries it.
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
            // only their rounding is left
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

/// What the classifier's rows, as `dtype` stores them, add to the logits if `shift` is added to every feature.
fn added(shift: f32, hidden: usize, weight: &[f32], dtype: Dtype) -> Vec<f64> {
    let rows = weight.chunks_exact(hidden);
    rows.map(|row| f64::from(shift) * sum(row.iter().map(|value| dtype.round(*value)))).collect()
}

fn sum(values: impl Iterator<Item = f32>) -> f64 {
    values.map(f64::from).sum()
}

/// A parameter as it is used, from its values in a checkpoint that carries the mean. `stored` reads another parameter of
/// the checkpoint.
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

/// The classifier's bias in a checkpoint that carries the mean, once its weight is stored in `dtype`; nothing where that
/// does not matter.
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
