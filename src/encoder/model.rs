//! A classifier: an encoder, pooling, a linear map.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, activation};

use super::activation::Activation;
use super::config::ModelConfig;
use super::family::Family;
use super::inputs::Inputs;
use super::layers::{LayerNorm, first_token, linear, mean};
use super::modern_bert::ModernBert;
use super::pooling::MEAN_SCALE;
use super::post_norm::PostNorm;
use crate::kernels;

/// The network that makes a vector of each token of a text.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one in a model")]
pub enum Encoder {
    PostNorm(PostNorm),
    ModernBert(ModernBert),
}

/// The layer of a checkpoint's classifier before its last linear map.
#[derive(Module, Debug)]
pub struct Pooler {
    pub dense: Linear,
    pub norm: Option<LayerNorm>,
    #[module(skip)]
    pub activation: Activation,
    /// Whether it reads the mean of the tokens; else it reads the first.
    #[module(skip)]
    pub reads_mean: bool,
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
    /// The output of every layer, each `[batch, length, hidden]`.
    pub fn hidden_states(&self, inputs: Inputs) -> Box<dyn Iterator<Item = Tensor<3>> + '_> {
        match &self.encoder {
            Encoder::PostNorm(encoder) => Box::new(encoder.hidden_states(inputs)),
            Encoder::ModernBert(encoder) => Box::new(encoder.hidden_states(inputs)),
        }
    }

    /// Tokens that have a word embedding here.
    pub fn vocabulary(&self) -> usize {
        let table = match &self.encoder {
            Encoder::PostNorm(encoder) => &encoder.embeddings.word_embeddings,
            Encoder::ModernBert(encoder) => &encoder.embeddings.word_embeddings,
        };
        table.weight.dims()[0]
    }

    /// Of the largest tensor of a pass: before and after the activation, or the scores of every head.
    pub fn floats_per_token(&self, length: usize) -> usize {
        match &self.encoder {
            Encoder::PostNorm(encoder) => encoder.floats_per_token(length),
            Encoder::ModernBert(encoder) => encoder.floats_per_token(length),
        }
    }

    /// One vector a text, `[batch, hidden]`: see [`Pooling`](super::Pooling).
    pub fn features(&self, inputs: Inputs) -> Tensor<2> {
        let mask = inputs.attention_mask.clone();
        let last = self.hidden_states(inputs).last().expect("config.json has at least one layer");
        match &self.pooler {
            Some(pooler) => {
                let token = if pooler.reads_mean { mean(last, mask) } else { first_token(last) };
                let pooled = pooler.activation.apply(linear(&pooler.dense, token));
                pooler.norm.as_ref().map_or(pooled.clone(), |norm| norm.rows(pooled))
            }
            None => {
                let (mean, epsilon) = match &self.encoder {
                    Encoder::PostNorm(encoder) => {
                        let carried = encoder.carried_mean(last.clone(), mask);
                        let epsilon = self.epsilon / f64::from(MEAN_SCALE * MEAN_SCALE);
                        (carried + first_token(last) / MEAN_SCALE, epsilon)
                    }
                    Encoder::ModernBert(_) => (mean(last, mask), self.epsilon),
                };
                let (hidden, device) = (mean.dims()[1], mean.device());
                let (ones, zeros) = (Tensor::ones([hidden], &device), Tensor::zeros([hidden], &device));
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
