//! Builds the model of a configuration. It asks a function for the values of each parameter, by place and shape.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use burn::module::{Param, ParamId};
use burn::nn::{Embedding, Linear};
use burn::tensor::{Device, Tensor, TensorData};

use super::config::ModelConfig;
use super::layers::LayerNorm;
use super::model::{Encoder, Model, Pooler};
use super::modern_bert::ModernBert;
use super::post_norm::PostNorm;
use super::save::transposed;
use crate::error::Result;
use crate::random::{Random, Stream};
use crate::spec::Pooling;

/// Returns the values of the parameter at a place of the model (see [`Parameter::place`](super::Parameter::place)).
/// The second argument is its shape in Hugging Face's layout.
pub type Values<'a> = &'a dyn Fn(&str, &[usize]) -> Result<Vec<f32>>;

/// The pooler, if the model has one, and the classifier.
pub type Heads = (Option<Pooler>, Linear);

/// Parameters on a device that several models have in common, by their places. They are for use and not for training: a
/// weight that is shared cannot be updated in place.
#[derive(Default)]
pub struct Common(RefCell<BTreeMap<String, Tensor<1>>>);

impl Common {
    /// The parameter at a place, which is made where it is not here yet.
    fn take<const D: usize>(
        &self,
        place: &str,
        shape: [usize; D],
        make: impl FnOnce() -> Result<Tensor<D>>,
    ) -> Result<Tensor<D>> {
        if let Some(tensor) = self.0.borrow().get(place) {
            return Ok(tensor.clone().reshape(shape));
        }
        let tensor = make()?;
        self.0.borrow_mut().insert(place.into(), tensor.clone().flatten(0, D - 1));
        Ok(tensor)
    }
}

/// Whether the parameter at a place, of a shape in Hugging Face's layout, is one that models have in common.
type IsCommon<'a> = &'a dyn Fn(&str, &[usize]) -> bool;

pub struct Builder<'a> {
    /// `None` makes parameters with a shape but without values.
    values: Option<Values<'a>>,
    device: &'a Device,
    common: Option<(&'a Common, IsCommon<'a>)>,
}

impl<'a> Builder<'a> {
    pub fn new(values: Values<'a>, device: &'a Device) -> Self {
        Builder { values: Some(values), device, common: None }
    }

    /// Takes the parameters for which `is_common` holds from `common`, which gets those that it does not have.
    pub fn with_common(self, common: &'a Common, is_common: IsCommon<'a>) -> Self {
        Builder { common: Some((common, is_common)), ..self }
    }

    /// Makes a parameter of `shape`. `stored` is its shape in Hugging Face's layout, from which `arrange` converts.
    fn parameter<const D: usize>(
        &self,
        place: &str,
        stored: &[usize],
        shape: [usize; D],
        arrange: impl FnOnce(Vec<f32>) -> Vec<f32>,
    ) -> Result<Param<Tensor<D>>> {
        let Some(values) = self.values else {
            let zeros = move |device: &Device, _| Tensor::zeros(shape, device);
            return Ok(Param::uninitialized(ParamId::new(), zeros, self.device.clone(), false, shape.into()));
        };
        let make = || {
            let values = arrange(values(place, stored)?);
            // a run holds only the word embeddings of the tokens that its texts use, so there can be fewer rows
            let mut shape = shape;
            let row: usize = shape[1..].iter().product();
            shape[0] = values.len() / row;
            Ok(Tensor::from_data(TensorData::new(values, shape), self.device))
        };
        Ok(Param::from_tensor(match self.common {
            Some((common, is_common)) if is_common(place, stored) => common.take(place, shape, make)?,
            _ => make()?,
        }))
    }

    fn vector(&self, place: &str, size: usize) -> Result<Param<Tensor<1>>> {
        self.parameter(place, &[size], [size], |values| values)
    }

    /// Hugging Face holds a linear weight as `[out, in]`; here it is `[in, out]`.
    fn weight(&self, place: &str, [inputs, outputs]: [usize; 2]) -> Result<Param<Tensor<2>>> {
        let arrange = |values: Vec<f32>| transposed(&values, outputs, inputs);
        self.parameter(&format!("{place}.weight"), &[outputs, inputs], [inputs, outputs], arrange)
    }

    /// Builds a linear layer without a bias. `shape` is `[inputs, outputs]`.
    pub fn weights(&self, place: &str, shape: [usize; 2]) -> Result<Linear> {
        Ok(Linear { weight: self.weight(place, shape)?, bias: None })
    }

    /// Builds a linear layer. `shape` is `[inputs, outputs]`.
    pub fn linear(&self, place: &str, shape: [usize; 2]) -> Result<Linear> {
        let weight = self.weight(place, shape)?;
        Ok(Linear { weight, bias: Some(self.vector(&format!("{place}.bias"), shape[1])?) })
    }

    pub fn embedding(&self, place: &str, rows: usize, size: usize) -> Result<Embedding> {
        let weight =
            self.parameter(&format!("{place}.weight"), &[rows, size], [rows, size], |values| values)?;
        Ok(Embedding { weight })
    }

    pub fn layer_norm(&self, place: &str, size: usize, config: &ModelConfig) -> Result<LayerNorm> {
        let vector = |part: &str| self.vector(&format!("{place}.{part}"), size);
        Ok(LayerNorm {
            weight: vector("weight")?,
            bias: Some(vector("bias")?),
            epsilon: config.layer_norm_eps,
        })
    }

    /// Builds a layer normalisation without a bias.
    pub fn scale_norm(&self, place: &str, config: &ModelConfig) -> Result<LayerNorm> {
        let weight = self.vector(&format!("{place}.weight"), config.hidden_size)?;
        Ok(LayerNorm { weight, bias: None, epsilon: config.layer_norm_eps })
    }

    pub fn pooler(&self, config: &ModelConfig) -> Result<Pooler> {
        let (dense, shape) = ("pooler.dense", [config.hidden_size; 2]);
        Ok(match &config.modern {
            None => Pooler {
                dense: self.linear(dense, shape)?,
                activation: config.family.head,
                norm: None,
                reads_mean: false,
            },
            Some(modern) => Pooler {
                dense: self.weights(dense, shape)?,
                activation: modern.classifier_activation,
                norm: Some(self.scale_norm("pooler.norm", config)?),
                reads_mean: modern.reads_mean,
            },
        })
    }

    pub fn heads(&self, config: &ModelConfig) -> Result<Heads> {
        let pooler = match config.pooling {
            Pooling::Mean => None,
            Pooling::Cls => Some(self.pooler(config)?),
        };
        Ok((pooler, self.linear("classifier", [config.hidden_size, config.num_labels()])?))
    }

    /// Builds the encoder, then the heads: fresh heads take time and memory, which a file without an encoder must not
    /// cost.
    pub fn model(&self, config: &ModelConfig, heads: impl FnOnce() -> Result<Heads>) -> Result<Model> {
        let encoder = match &config.modern {
            None => Encoder::PostNorm(PostNorm::build(self, config)?),
            Some(settings) => Encoder::ModernBert(ModernBert::build(self, config, settings)?),
        };
        let (pooler, classifier) = heads()?;
        let (family, epsilon) = (config.family, config.layer_norm_eps);
        Ok(Model { encoder, pooler, classifier, family, epsilon })
    }
}

/// Builds a model whose parameters have a shape but no values.
pub fn outline(config: &ModelConfig) -> Model {
    let builder = Builder { values: None, device: &Device::flex(), common: None };
    builder.model(config, || builder.heads(config)).expect("no value is read")
}

/// See [`Model::random`].
pub fn random(config: &ModelConfig, seed: u64, device: &Device) -> Model {
    let parameter = Cell::new(0);
    let values = |place: &str, shape: &[usize]| {
        let mut random = Random::new(seed, Stream::Initialisation, parameter.replace(parameter.get() + 1));
        let centre = if place.to_lowercase().ends_with("norm.weight") { 1.0 } else { 0.0 };
        let scale = config.initializer_range as f32;
        Ok((0..shape.iter().product()).map(|_| centre + scale * random.normal()).collect())
    };
    let builder = Builder::new(&values, device);
    builder.model(config, || builder.heads(config)).expect("every shape has values")
}

/// Builds an initial pooler and classifier: weights from normal(0, `initializer_range`), biases 0, norms 1. A `stored`
/// pooler is kept.
pub fn fresh_heads(
    config: &ModelConfig,
    stored: Option<Pooler>,
    seed: u64,
    device: &Device,
) -> Result<Heads> {
    let values = |place: &str, shape: &[usize]| {
        let entries = shape.iter().product();
        if place.ends_with(".bias") {
            return Ok(vec![0.0; entries]);
        }
        if place.ends_with("norm.weight") {
            return Ok(vec![1.0; entries]);
        }
        let index = if place.starts_with("pooler.") { 0 } else { 1 };
        let mut random = Random::new(seed, Stream::Initialisation, index);
        let scale = config.initializer_range as f32;
        let [outputs, inputs] = [shape[0], entries / shape[0]];
        // drawn in the layout of the model, not in Hugging Face's: another order would give other models for a seed
        let drawn: Vec<f32> = (0..entries).map(|_| random.normal() * scale).collect();
        Ok(transposed(&drawn, inputs, outputs))
    };
    let builder = Builder::new(&values, device);
    let pooler = match (config.pooling, stored) {
        (Pooling::Mean, _) => None,
        (Pooling::Cls, None) => Some(builder.pooler(config)?),
        (Pooling::Cls, stored) => stored,
    };
    Ok((pooler, builder.linear("classifier", [config.hidden_size, config.num_labels()])?))
}
