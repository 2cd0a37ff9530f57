//! A text classifier: an encoder, pooling, and a linear layer.

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
    /// BERT and its relatives, which normalise after each addition.
    PostNorm(PostNorm),
    /// ModernBERT.
    ModernBert(ModernBert),
}

/// The layer of a checkpoint's classifier before its last linear map.
#[derive(Module, Debug)]
pub struct Pooler {
    /// The linear layer, `[hidden, hidden]`.
    pub dense: Linear,
    /// The normalisation after the activation; ModernBERT only.
    pub norm: Option<LayerNorm>,
    /// The activation after the linear layer.
    #[module(skip)]
    pub activation: Activation,
    /// Whether it reads the mean of the tokens instead of the first token.
    #[module(skip)]
    pub reads_mean: bool,
}

/// An encoder with its head.
#[derive(Module, Debug)]
pub struct Model {
    /// The network below the head.
    pub encoder: Encoder,
    /// `None` if the model pools by the mean.
    pub pooler: Option<Pooler>,
    /// The last linear layer, `[hidden, labels]`.
    pub classifier: Linear,
    /// The family, which names the parameters.
    #[module(skip)]
    pub family: &'static Family,
    /// The epsilon of layer normalisation.
    #[module(skip)]
    pub epsilon: f64,
}

impl Model {
    /// Computes the output of every layer, each `[batch, length, hidden]`.
    pub fn hidden_states(&self, inputs: Inputs) -> Box<dyn Iterator<Item = Tensor<3>> + '_> {
        match &self.encoder {
            Encoder::PostNorm(encoder) => Box::new(encoder.hidden_states(inputs)),
            Encoder::ModernBert(encoder) => Box::new(encoder.hidden_states(inputs)),
        }
    }

    /// The number of tokens with a word embedding in this model.
    pub fn vocabulary(&self) -> usize {
        let table = match &self.encoder {
            Encoder::PostNorm(encoder) => &encoder.embeddings.word_embeddings,
            Encoder::ModernBert(encoder) => &encoder.embeddings.word_embeddings,
        };
        table.weight.dims()[0]
    }

    /// The size of the largest tensor of a pass, in numbers for each token of a text of `length` tokens: the input and
    /// output of an activation, or the scores of all heads.
    pub fn floats_per_token(&self, length: usize) -> usize {
        match &self.encoder {
            Encoder::PostNorm(encoder) => encoder.floats_per_token(length),
            Encoder::ModernBert(encoder) => encoder.floats_per_token(length),
        }
    }

    /// Computes what the head reads of each text, `[batch, hidden]`; see [`Pooling`](super::Pooling). No weight of the
    /// head takes part.
    pub fn pooled(&self, inputs: Inputs) -> Tensor<2> {
        let mask = inputs.attention_mask.clone();
        let last = self.hidden_states(inputs).last().expect("config.json has at least one layer");
        self.pool(last, mask)
    }

    /// The same from the last layer's output `[batch, length, hidden]` and the attention mask `[batch, length]`.
    pub fn pool(&self, last: Tensor<3>, mask: Tensor<2, Int>) -> Tensor<2> {
        match &self.pooler {
            Some(pooler) if pooler.reads_mean => mean(last, mask),
            Some(_) => first_token(last),
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

    /// Computes the classifier's input for each text, `[batch, hidden]`.
    pub fn features(&self, inputs: Inputs) -> Tensor<2> {
        self.project(self.pooled(inputs))
    }

    /// Computes the logits, `[batch, labels]`.
    pub fn forward(&self, inputs: Inputs) -> Tensor<2> {
        self.classify(self.features(inputs))
    }

    /// Computes the logits, `[texts, labels]`, from the texts' [features](Self::features) `[texts, hidden]`.
    pub fn classify(&self, features: Tensor<2>) -> Tensor<2> {
        linear(&self.classifier, features)
    }

    /// Computes the [features](Self::features) from the [pooled](Self::pooled) texts.
    pub fn project(&self, pooled: Tensor<2>) -> Tensor<2> {
        let Some(pooler) = &self.pooler else { return pooled };
        let projected = pooler.activation.apply(linear(&pooler.dense, pooled));
        match &pooler.norm {
            Some(norm) => norm.rows(projected),
            None => projected,
        }
    }

    /// Makes a model with random weights, to measure a device: normal(0, `initializer_range`), for the scales of
    /// normalisations around 1. No weight is 0, so each one affects the result.
    pub fn random(config: &ModelConfig, seed: u64, device: &Device) -> Self {
        super::builder::random(config, seed, device)
    }
}

/// Sums the cross-entropy over the batch, to a tensor of one entry. `labels` `[batch]` holds class ids.
pub fn cross_entropy_sum(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let log_probabilities = activation::log_softmax(logits, 1);
    log_probabilities.gather(1, labels.unsqueeze_dim(1)).sum().neg()
}
