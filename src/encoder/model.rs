//! A classifier: an encoder, pooling, a linear map.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, activation};

use super::activation::Activation;
use super::config::ModelConfig;
use super::family::Family;
use super::inputs::Inputs;
use super::layers::linear;
use super::pooling::MEAN_SCALE;
use super::post_norm::PostNorm;
use crate::kernels;

/// What makes a vector of each token of a text.
#[derive(Module, Debug)]
pub enum Encoder {
    PostNorm(PostNorm),
}

/// What the classifier of a checkpoint does before its last linear map.
#[derive(Module, Debug)]
pub struct Pooler {
    pub dense: Linear,
    #[module(skip)]
    pub activation: Activation,
}

#[derive(Module, Debug)]
pub struct Model {
    pub encoder: Encoder,
    /// None where the model is pooled by its mean.
    pub pooler: Option<Pooler>,
    pub classifier: Linear,
    #[module(skip)]
    pub family: &'static Family,
    /// Of a normalisation.
    #[module(skip)]
    pub epsilon: f64,
}

impl Model {
    /// The output of every layer, each `[batch, length, hidden]`. What it says of padding is arbitrary.
    pub fn hidden_states(&self, inputs: Inputs) -> impl Iterator<Item = Tensor<3>> + '_ {
        let packed = inputs.packed.clone();
        let states = match &self.encoder {
            Encoder::PostNorm(encoder) => encoder.hidden_states(inputs),
        };
        states.map(move |state| match &packed {
            None => state,
            Some(packed) => packed.unpack(state),
        })
    }

    /// Tokens that have a word embedding here.
    pub fn vocabulary(&self) -> usize {
        let table = match &self.encoder {
            Encoder::PostNorm(encoder) => &encoder.embeddings.word_embeddings,
        };
        table.weight.dims()[0]
    }

    /// Of the largest tensor of a pass: before and after the activation, or the attention of every head.
    pub fn floats_per_token(&self, length: usize) -> usize {
        match &self.encoder {
            Encoder::PostNorm(encoder) => encoder.floats_per_token(length),
        }
    }

    /// One vector a text, `[batch, hidden]`: see [`Pooling`](super::Pooling).
    pub fn features(&self, inputs: Inputs) -> Tensor<2> {
        let [batch, _] = inputs.input_ids.dims();
        let mask = inputs.attention_mask.clone();
        let last = self.hidden_states(inputs).last().expect("config.json has at least one layer");
        let [_, _, hidden] = last.dims();
        let first_token = last.clone().slice([0..batch, 0..1]).reshape([batch, hidden]);
        match &self.pooler {
            Some(pooler) => pooler.activation.apply(linear(&pooler.dense, first_token)),
            None => {
                let mask = mask.float();
                let weights = mask.clone() / mask.sum_dim(1);
                let mean = kernels::pool(last, weights) + first_token / MEAN_SCALE;
                let (ones, zeros) =
                    (Tensor::ones([hidden], &mean.device()), Tensor::zeros([hidden], &mean.device()));
                let epsilon = self.epsilon / f64::from(MEAN_SCALE * MEAN_SCALE);
                kernels::layer_norm(mean, ones, zeros, epsilon)
            }
        }
    }

    /// Logits `[batch, labels]`.
    pub fn forward(&self, inputs: Inputs) -> Tensor<2> {
        linear(&self.classifier, self.features(inputs))
    }

    /// A model of random weights, for measuring a device: normal(0, `initializer_range`), and the scale of each
    /// normalisation that much around 1. No entry is 0, so that nothing that is computed of it drops out.
    pub fn random(config: &ModelConfig, seed: u64, device: &Device) -> Self {
        super::builder::random(config, seed, device)
    }
}

/// Cross-entropy summed over the batch, a tensor of one entry. `labels` `[batch]` are class ids.
pub fn cross_entropy_sum(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let log_probabilities = activation::log_softmax(logits, 1);
    log_probabilities.gather(1, labels.unsqueeze_dim(1)).sum().neg()
}
