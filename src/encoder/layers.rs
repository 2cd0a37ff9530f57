//! The layers that all encoders share.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Int, Tensor};

use crate::kernels;

/// Layer normalisation over the last dimension (Ba et al., 2016), with Hugging Face's parameter names.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[features]`
    pub weight: Param<Tensor<1>>,
    /// `[features]`
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    pub epsilon: f64,
}

impl LayerNorm {
    /// `[batch, length, features]` to the same shape.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let shape = input.dims();
        self.rows(flat(input)).reshape(shape)
    }

    /// `[rows, features]` to the same shape.
    pub fn rows(&self, input: Tensor<2>) -> Tensor<2> {
        let weight = self.weight.val();
        let bias = match &self.bias {
            Some(bias) => bias.val(),
            None => Tensor::zeros(weight.dims(), &weight.device()),
        };
        kernels::layer_norm(input, weight, bias, self.epsilon)
    }
}

/// `[batch, length, features]` as `[batch * length, features]`.
fn flat(input: Tensor<3>) -> Tensor<2> {
    let [batch, length, features] = input.dims();
    input.reshape([batch * length, features])
}

/// Applies a linear layer to each row: `[rows, inputs]` to `[rows, outputs]`.
pub fn linear(layer: &Linear, input: Tensor<2>) -> Tensor<2> {
    let weight = layer.weight.val();
    let bias = match &layer.bias {
        Some(bias) => bias.val(),
        None => Tensor::zeros([weight.dims()[1]], &weight.device()),
    };
    kernels::dense(input, weight, bias)
}

/// Applies a linear layer to the last dimension.
pub fn linear3(layer: &Linear, input: Tensor<3>) -> Tensor<3> {
    let [batch, length, _] = input.dims();
    let output = linear(layer, flat(input));
    let [_, outputs] = output.dims();
    output.reshape([batch, length, outputs])
}

/// Turns an attention mask `[batch, length]` into the bias on attention scores: 0 for a token, and for padding a number
/// so low that its softmax is exactly 0.
pub fn attention_bias(attention_mask: Tensor<2, Int>) -> Tensor<2> {
    (attention_mask.float().neg() + 1.0) * -1e30
}

/// The attention scores of a token that are in memory at once, in all heads of a text of `length` tokens.
pub fn scores_of_token(heads: usize, length: usize) -> usize {
    heads * kernels::scores_at_once(length).div_ceil(length.max(1))
}

/// Takes the first token of each text: `[batch, length, hidden]` to `[batch, hidden]`.
pub fn first_token(hidden: Tensor<3>) -> Tensor<2> {
    let [batch, _, size] = hidden.dims();
    hidden.slice([0..batch, 0..1]).reshape([batch, size])
}

/// Averages the tokens in the mask `[batch, length]`: `[batch, length, hidden]` to `[batch, hidden]`.
pub fn mean(hidden: Tensor<3>, attention_mask: Tensor<2, Int>) -> Tensor<2> {
    let mask = attention_mask.float();
    let weights = mask.clone() / mask.sum_dim(1);
    kernels::pool(hidden, weights)
}
