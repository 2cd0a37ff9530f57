//! `BertForSequenceClassification`: encoder, pooling, linear classifier.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::layers::{BertLayer, Embeddings, attention_bias, linear};
use super::pooling::MEAN_SCALE;
use crate::kernels;

/// A padded batch on a device.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// `[batch, length]`
    pub input_ids: Tensor<2, Int>,
    /// `[batch, length]`, 1 where there is a token
    pub attention_mask: Tensor<2, Int>,
    /// `[batch, length]`, 1 in the second text of a pair
    pub token_type_ids: Tensor<2, Int>,
}

impl Inputs {
    /// From row-major ids of `shape` `[batch, length]`.
    pub fn new(
        shape: [usize; 2],
        input_ids: Vec<i32>,
        attention_mask: Vec<i32>,
        token_type_ids: Vec<i32>,
        device: &Device,
    ) -> Self {
        let upload = |ids: Vec<i32>| Tensor::from_data(TensorData::new(ids, shape), device);
        Inputs {
            input_ids: upload(input_ids),
            attention_mask: upload(attention_mask),
            token_type_ids: upload(token_type_ids),
        }
    }
}

#[derive(Module, Debug)]
pub struct Encoder {
    pub layer: Vec<BertLayer>,
}

#[derive(Module, Debug)]
pub struct Pooler {
    pub dense: Linear,
}

#[derive(Module, Debug)]
pub struct BertModel {
    pub embeddings: Embeddings,
    pub encoder: Encoder,
    /// None where the model is pooled by its mean.
    pub pooler: Option<Pooler>,
}

impl BertModel {
    /// The output of every layer, each `[batch, length, hidden]`.
    pub fn hidden_states(&self, inputs: Inputs) -> impl Iterator<Item = Tensor<3>> + '_ {
        let bias = attention_bias(inputs.attention_mask);
        let embedded = self.embeddings.forward(inputs.input_ids, inputs.token_type_ids);
        self.encoder.layer.iter().scan(embedded, move |hidden, layer| {
            *hidden = layer.forward(hidden.clone(), bias.clone());
            Some(hidden.clone())
        })
    }

    /// Of the largest tensor of a pass: before and after GELU, or the attention of every head.
    pub fn floats_per_token(&self, length: usize) -> usize {
        let of_layer = |layer: &BertLayer| {
            let [hidden, intermediate] = layer.intermediate.dense.weight.dims();
            intermediate.max(hidden).max(layer.attention.self_attention.heads * length)
        };
        self.encoder.layer.iter().map(of_layer).max().expect("config.json has at least one layer")
    }

    /// One vector a text, `[batch, hidden]`: see [`Pooling`](super::Pooling).
    pub fn forward(&self, inputs: Inputs) -> Tensor<2> {
        let [batch, _] = inputs.input_ids.dims();
        let mask = inputs.attention_mask.clone();
        let last = self.hidden_states(inputs).last().expect("config.json has at least one layer");
        let [_, _, hidden] = last.dims();
        let first_token = last.clone().slice([0..batch, 0..1]).reshape([batch, hidden]);
        match &self.pooler {
            Some(pooler) => linear(&pooler.dense, first_token).tanh(),
            None => {
                let mask = mask.float();
                let weights = mask.clone() / mask.sum_dim(1);
                let mean = kernels::pool(last, weights) + first_token / MEAN_SCALE;
                let (ones, zeros) =
                    (Tensor::ones([hidden], &mean.device()), Tensor::zeros([hidden], &mean.device()));
                let epsilon = self.embeddings.layer_norm.epsilon / f64::from(MEAN_SCALE * MEAN_SCALE);
                kernels::layer_norm(mean, ones, zeros, epsilon)
            }
        }
    }
}

#[derive(Module, Debug)]
pub struct BertForSequenceClassification {
    pub bert: BertModel,
    pub classifier: Linear,
}

impl BertForSequenceClassification {
    /// Logits `[batch, labels]`.
    pub fn forward(&self, inputs: Inputs) -> Tensor<2> {
        linear(&self.classifier, self.bert.forward(inputs))
    }
}

/// Cross-entropy summed over the batch, a tensor of one entry. `labels` `[batch]` are class ids.
pub fn cross_entropy_sum(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let log_probabilities = activation::log_softmax(logits, 1);
    log_probabilities.gather(1, labels.unsqueeze_dim(1)).sum().neg()
}
