//! `BertForSequenceClassification`: encoder, pooler over [CLS], linear classifier.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::layers::{BertLayer, Embeddings, attention_bias, linear};

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
    pub pooler: Pooler,
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

    /// The pooled output, `[batch, hidden]`: tanh of a linear map of the last layer's first token.
    pub fn forward(&self, inputs: Inputs) -> Tensor<2> {
        let [batch, _] = inputs.input_ids.dims();
        let last = self.hidden_states(inputs).last().expect("config.json has at least one layer");
        let [_, _, hidden] = last.dims();
        let first_token = last.slice([0..batch, 0..1]).reshape([batch, hidden]);
        linear(&self.pooler.dense, first_token).tanh()
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
