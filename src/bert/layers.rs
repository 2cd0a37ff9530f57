//! The encoder: embeddings and transformer layers (Devlin et al., 2019), post-norm, GELU in its erf form.

use burn::module::{Module, Param};
use burn::nn::{Embedding, Linear};
use burn::tensor::{Int, Tensor};

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
        let shape = input.dims();
        let rows = kernels::layer_norm(flat(input), self.weight.val(), self.bias.val(), self.epsilon);
        rows.reshape(shape)
    }
}

/// `[batch, length, features]` as `[batch * length, features]`.
fn flat(input: Tensor<3>) -> Tensor<2> {
    let [batch, length, features] = input.dims();
    input.reshape([batch * length, features])
}

/// The linear map of each row; `layer` has a bias, as every linear layer of BERT.
pub fn linear(layer: &Linear, input: Tensor<2>) -> Tensor<2> {
    let bias = layer.bias.as_ref().expect("every linear layer of BERT has a bias");
    kernels::dense(input, layer.weight.val(), bias.val())
}

/// The linear map of the last dimension.
fn linear3(layer: &Linear, input: Tensor<3>) -> Tensor<3> {
    let [batch, length, _] = input.dims();
    let output = linear(layer, flat(input));
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
        let positions = self.position_embeddings.weight.val().narrow(0, 0, length).unsqueeze();
        let sum = kernels::lookup(self.word_embeddings.weight.val(), input_ids)
            + kernels::lookup(self.token_type_embeddings.weight.val(), token_type_ids)
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
    /// `hidden` `[batch, length, hidden]`; `bias` `[batch, length]` is added to the scores of each key.
    fn forward(&self, hidden: Tensor<3>, bias: Tensor<2>) -> Tensor<3> {
        let projected = [&self.query, &self.key, &self.value].map(|layer| linear3(layer, hidden.clone()));
        kernels::attention(projected, bias, self.heads)
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
        self.layer_norm.forward(linear3(&self.dense, hidden) + residual)
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
    /// `hidden` `[batch, length, hidden]`; `bias` `[batch, length]`, see [`attention_bias`].
    pub fn forward(&self, hidden: Tensor<3>, bias: Tensor<2>) -> Tensor<3> {
        let context = self.attention.self_attention.forward(hidden.clone(), bias);
        let attended = self.attention.output.forward(context, hidden);
        let intermediate = kernels::gelu(linear3(&self.intermediate.dense, attended.clone()));
        self.output.forward(intermediate, attended)
    }
}

/// Attention mask `[batch, length]` (1: token) to what is added to the scores: 0, or a number so low that
/// its softmax is exactly 0.
pub fn attention_bias(attention_mask: Tensor<2, Int>) -> Tensor<2> {
    (attention_mask.float().neg() + 1.0) * -1e30
}
