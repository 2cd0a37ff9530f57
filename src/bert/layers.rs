//! The encoder: embeddings and transformer layers (Devlin et al., 2019), post-norm, GELU in its erf form.

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::{Int, Tensor, activation};

use crate::kernels;

/// Layer normalisation over the last dimension (Ba et al., 2016), with Hugging Face's parameter names.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[features]`
    pub weight: Param<Tensor<1>>,
    /// `[features]`
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    pub epsilon: f64,
}

impl LayerNorm {
    /// `[batch, length, features]` to the same shape.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let centred = input.clone() - input.mean_dim(2);
        let variance = (centred.clone() * centred.clone()).mean_dim(2);
        let normal = centred / (variance + self.epsilon).sqrt();
        normal * self.weight.val().unsqueeze() + self.bias.val().unsqueeze()
    }
}

/// A linear map of the last dimension. As one product of two matrices: batched, the weight's gradient would be
/// made once for each row of the batch and summed.
fn linear(layer: &Linear, input: Tensor<3>) -> Tensor<3> {
    let [batch, length, inputs] = input.dims();
    let output = layer.forward(input.reshape([batch * length, inputs]));
    let [_, outputs] = output.dims();
    output.reshape([batch, length, outputs])
}

/// Word, position and segment embeddings, summed and normalised.
#[derive(Module, Debug)]
pub struct Embeddings {
    pub word_embeddings: Embedding,
    pub position_embeddings: Embedding,
    pub token_type_embeddings: Embedding,
    pub layer_norm: LayerNorm,
}

impl Embeddings {
    /// Token and segment ids `[batch, length]` to `[batch, length, hidden]`.
    pub fn forward(&self, input_ids: Tensor<2, Int>, token_type_ids: Tensor<2, Int>) -> Tensor<3> {
        let [_, length] = input_ids.dims();
        let positions = self.position_embeddings.weight.val().slice([0..length]).unsqueeze();
        let sum = self.word_embeddings.forward(input_ids)
            + self.token_type_embeddings.forward(token_type_ids)
            + positions;
        self.layer_norm.forward(sum)
    }
}

/// Multi-head scaled dot-product attention.
#[derive(Module, Debug)]
pub struct SelfAttention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    #[module(skip)]
    pub heads: usize,
}

impl SelfAttention {
    /// `hidden` `[batch, length, hidden]`; `bias` `[batch, 1, 1, length]` is added to the scores.
    fn forward(&self, hidden: Tensor<3>, bias: Tensor<4>) -> Tensor<3> {
        let [batch, length, size] = hidden.dims();
        let split = |x: Tensor<3>| x.reshape([batch, length, self.heads, size / self.heads]).swap_dims(1, 2);
        let query = split(linear(&self.query, hidden.clone()));
        let key = split(linear(&self.key, hidden.clone()));
        let value = split(linear(&self.value, hidden));
        let scale = ((size / self.heads) as f64).sqrt();
        let scores = query.matmul(key.swap_dims(2, 3)) / scale + bias;
        let context = activation::softmax(scores, 3).matmul(value);
        context.swap_dims(1, 2).reshape([batch, length, size])
    }
}

/// A linear map whose output is added to the residual and normalised.
#[derive(Module, Debug)]
pub struct Output {
    pub dense: Linear,
    pub layer_norm: LayerNorm,
}

impl Output {
    fn forward(&self, hidden: Tensor<3>, residual: Tensor<3>) -> Tensor<3> {
        self.layer_norm.forward(linear(&self.dense, hidden) + residual)
    }
}

#[derive(Module, Debug)]
pub struct Attention {
    pub self_attention: SelfAttention,
    pub output: Output,
}

#[derive(Module, Debug)]
pub struct Intermediate {
    pub dense: Linear,
}

#[derive(Module, Debug)]
pub struct BertLayer {
    pub attention: Attention,
    pub intermediate: Intermediate,
    pub output: Output,
}

impl BertLayer {
    /// `hidden` `[batch, length, hidden]`; `bias` `[batch, 1, 1, length]`, see [`attention_bias`].
    pub fn forward(&self, hidden: Tensor<3>, bias: Tensor<4>) -> Tensor<3> {
        let context = self.attention.self_attention.forward(hidden.clone(), bias);
        let attended = self.attention.output.forward(context, hidden);
        let intermediate = kernels::gelu(linear(&self.intermediate.dense, attended.clone()));
        self.output.forward(intermediate, attended)
    }
}

/// Attention mask `[batch, length]` (1: token) to what is added to the scores: 0, or a number so low that
/// its softmax is exactly 0.
pub fn attention_bias(attention_mask: Tensor<2, Int>) -> Tensor<4> {
    let [batch, length] = attention_mask.dims();
    let padding = attention_mask.float().neg() + 1.0;
    (padding * -1e30).reshape([batch, 1, 1, length])
}
