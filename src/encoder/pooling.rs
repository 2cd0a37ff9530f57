//! How one vector is made of the tokens of a text, and how a checkpoint carries the mean.
//!
//! Hugging Face's classifiers read the first token only. A checkpoint of a model that is pooled by its mean therefore
//! has one more layer, made of standard parts, which puts the mean into the first token: query and key are 0, so that
//! attention is uniform; the value is the identity and the output 1024 times it; the feed-forward part is 0 and both
//! LayerNorms are plain. The first token leaves it as LayerNorm(1024 * mean + first), which is LayerNorm(mean + first /
//! 1024), what is computed here. The pooler is a scaled identity whose tanh bends nothing, and the classifier is scaled
//! back.

use super::config::ModelConfig;
use super::names::{Parameter, ParameterKind};
use crate::error::Result;

/// What the layer multiplies the mean by; the first token's own state is this much smaller beside it.
pub const MEAN_SCALE: f32 = 1024.0;
/// The pooler's identity is scaled by this: tanh(x / 1024) is x / 1024 up to 3e-5 of it for every |x| < 10.
const POOLER_SCALE: f32 = 1.0 / 1024.0;

const CLASSIFIER: &str = "classifier.weight";
const POOLER: &str = "pooler.dense";

/// A parameter of the layer or the pooler: its place, shape in Hugging Face's layout and the value on the diagonal
/// (everywhere, for a vector).
type Constant = (String, Vec<usize>, f32);

/// The layer behind the `config.num_hidden_layers` that are trained, and the pooler.
fn constants(config: &ModelConfig) -> Vec<Constant> {
    let (hidden, wide) = (config.hidden_size, config.intermediate_size);
    let layer = format!("layer.{}", config.num_hidden_layers);
    let linear = |name: &str, [outputs, inputs]: [usize; 2], value| {
        [
            (format!("{name}.weight"), vec![outputs, inputs], value),
            (format!("{name}.bias"), vec![outputs], 0.0),
        ]
    };
    let norm = |name: &str| {
        [("weight", 1.0), ("bias", 0.0)]
            .map(|(part, value)| (format!("{layer}.{name}.LayerNorm.{part}"), vec![hidden], value))
    };
    let own = |name: &str| format!("{layer}.{name}");
    [
        linear(&own("attention.self.query"), [hidden, hidden], 0.0),
        linear(&own("attention.self.key"), [hidden, hidden], 0.0),
        linear(&own("attention.self.value"), [hidden, hidden], 1.0),
        linear(&own("attention.output.dense"), [hidden, hidden], MEAN_SCALE),
        norm("attention.output"),
        linear(&own("intermediate.dense"), [wide, hidden], 0.0),
        linear(&own("output.dense"), [hidden, wide], 0.0),
        norm("output"),
        linear(POOLER, [hidden, hidden], POOLER_SCALE),
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
    constants(config).iter().all(is_there)
}

/// The values of a model that is pooled by its mean, as a checkpoint holds them: with the layer that makes it.
pub(super) fn with_mean(
    config: &ModelConfig,
    mut values: Vec<(Parameter, Vec<f32>)>,
) -> Vec<(Parameter, Vec<f32>)> {
    for (parameter, values) in &mut values {
        if parameter.place == CLASSIFIER {
            values.iter_mut().for_each(|value| *value /= POOLER_SCALE);
        }
    }
    let added = constants(config).into_iter().map(|constant| {
        let values = entries(&constant).collect();
        let (place, shape, _) = constant;
        let name = config.family.tensor(&place);
        (Parameter { name, place, kind: ParameterKind::Matrix, shape }, values)
    });
    values.extend(added);
    values
}

/// The classifier's weight as it is used, from that of a checkpoint that carries the mean.
pub(super) fn unscaled(place: &str, mut values: Vec<f32>) -> Vec<f32> {
    if place == CLASSIFIER {
        values.iter_mut().for_each(|value| *value *= POOLER_SCALE);
    }
    values
}
