//! The network of BERT (Devlin et al., 2019) and its relatives: embeddings of words, positions and token types, and layers
//! that normalise after each addition.

use burn::module::Module;
use burn::nn::{Embedding, Linear};
use burn::tensor::{Int, Tensor, TensorData};

use super::activation::Activation;
use super::builder::Builder;
use super::config::ModelConfig;
use super::inputs::Inputs;
use super::layers::{LayerNorm, attention_bias, first_token, linear3, mean, scores_of_token};
use super::mpnet::{BUCKETS, buckets};
use super::packed::Packed;
use crate::error::Result;
use crate::kernels;

#[derive(Module, Debug)]
pub struct PostNorm {
    pub embeddings: Embeddings,
    /// `[buckets, heads]`: the bias on attention scores for the distance of two tokens; MPNet only.
    pub relative_attention_bias: Option<Embedding>,
    pub layer: Vec<Layer>,
}

impl PostNorm {
    pub(super) fn build(from: &Builder, config: &ModelConfig) -> Result<Self> {
        let embeddings = Embeddings::build(from, config)?;
        let relative = || from.embedding("relative_attention_bias", BUCKETS, config.num_attention_heads);
        let relative_attention_bias = config.family.has_relative_positions.then(relative).transpose()?;
        let layer = (0..config.num_hidden_layers).map(|index| Layer::build(from, config, index));
        Ok(PostNorm { embeddings, relative_attention_bias, layer: layer.collect::<Result<_>>()? })
    }

    /// Computes the output of every layer, each `[batch, length, hidden]`. The values of padding are arbitrary.
    pub fn hidden_states(&self, inputs: Inputs) -> impl Iterator<Item = Tensor<3>> + '_ {
        let [_, length] = inputs.input_ids.dims();
        let packed = inputs.packed.clone();
        let embedded = match &packed {
            None => self.embeddings.forward(inputs.input_ids.clone(), inputs.token_type_ids.clone(), None),
            Some(Packed { input_ids, token_type_ids, positions, .. }) => {
                self.embeddings.forward(input_ids.clone(), token_type_ids.clone(), Some(positions.clone()))
            }
        };
        let embedded = inputs.disturb(embedded, packed.as_ref());
        let bias = Bias {
            of_keys: attention_bias(inputs.attention_mask),
            relative: self.relative(length),
            packed: packed.clone(),
        };
        let states = self.layer.iter().scan(embedded, move |hidden, layer| {
            *hidden = layer.forward(hidden.clone(), &bias);
            Some(hidden.clone())
        });
        states.map(move |state| match &packed {
            None => state,
            Some(packed) => packed.unpack(state),
        })
    }

    /// The relative bias on the scores of each head, `[heads, length, length]`.
    fn relative(&self, length: usize) -> Option<Tensor<3>> {
        let table = self.relative_attention_bias.as_ref()?.weight.val();
        let buckets = TensorData::new(buckets(length), [length, length]);
        let buckets = Tensor::from_data(buckets, &table.device());
        Some(kernels::lookup(table, buckets).permute([2, 0, 1]))
    }

    /// Computes the mean of the last layer's output `[batch, length, hidden]` that one more layer brings to the first token
    /// (see `pooling.rs`), `[batch, hidden]`. A relative bias makes it a weighted mean, by the distance from the first
    /// token.
    pub(super) fn carried_mean(&self, last: Tensor<3>, attention_mask: Tensor<2, Int>) -> Tensor<2> {
        let [_, length, _] = last.dims();
        match self.relative(length) {
            None => mean(last, attention_mask),
            Some(relative) => {
                // two buffers, because WebGPU refuses a kernel that is given one twice
                let [query, key] = [(); 2].map(|()| Tensor::zeros(last.dims(), &last.device()));
                let bias =
                    Bias { of_keys: attention_bias(attention_mask), relative: Some(relative), packed: None };
                let heads = self.layer[0].attention.self_attention.heads;
                first_token(bias.attention([query, key, last], heads))
            }
        }
    }

    /// See [`Model::floats_per_token`](super::Model::floats_per_token).
    pub fn floats_per_token(&self, length: usize) -> usize {
        let most = |layer: &Layer| {
            let [hidden, intermediate] = layer.intermediate.dense.weight.dims();
            intermediate.max(hidden).max(scores_of_token(layer.attention.self_attention.heads, length))
        };
        self.layer.iter().map(most).max().expect("config.json has at least one layer")
    }
}

/// The biases on attention scores, and the layout of the tokens.
struct Bias {
    /// `[batch, length]`, see [`attention_bias`].
    of_keys: Tensor<2>,
    /// `[heads, length, length]`
    relative: Option<Tensor<3>>,
    /// `None` if the batch is padded.
    packed: Option<Packed>,
}

impl Bias {
    fn attention(&self, projected: [Tensor<3>; 3], heads: usize) -> Tensor<3> {
        let of_keys = self.of_keys.clone();
        let attend = |projected| match &self.relative {
            None => kernels::attention(projected, of_keys, heads),
            Some(relative) => kernels::attention_relative(projected, of_keys, relative.clone(), heads),
        };
        match &self.packed {
            None => attend(projected),
            Some(packed) => packed.pack(attend(projected.map(|rows| packed.unpack(rows)))),
        }
    }
}

/// Word, position and token type embeddings, summed and normalised.
#[derive(Module, Debug)]
pub struct Embeddings {
    pub word_embeddings: Embedding,
    pub position_embeddings: Embedding,
    pub token_type_embeddings: Option<Embedding>,
    pub layer_norm: LayerNorm,
    /// From the size of embeddings to that of hidden states.
    pub projection: Option<Linear>,
    /// The row of the position embeddings for the first token.
    #[module(skip)]
    pub first_position: usize,
}

impl Embeddings {
    fn build(from: &Builder, config: &ModelConfig) -> Result<Self> {
        let (size, hidden) = (config.embedding_size, config.hidden_size);
        let table = |name: &str, rows| from.embedding(&format!("embeddings.{name}_embeddings"), rows, size);
        let projection = || from.linear("embeddings.projection", [size, hidden]);
        let types = config.type_vocab_size;
        Ok(Embeddings {
            word_embeddings: table("word", config.vocab_size)?,
            position_embeddings: table("position", config.max_position_embeddings)?,
            token_type_embeddings: (types > 0).then(|| table("token_type", types)).transpose()?,
            layer_norm: from.layer_norm("embeddings.LayerNorm", size, config)?,
            projection: (size != hidden).then(projection).transpose()?,
            first_position: config.first_position(),
        })
    }

    /// Embeds token ids and token types `[batch, length]`, to `[batch, length, hidden]`. Without `positions`, they count
    /// from the first column.
    fn forward(
        &self,
        input_ids: Tensor<2, Int>,
        token_type_ids: Tensor<2, Int>,
        positions: Option<Tensor<2, Int>>,
    ) -> Tensor<3> {
        let [_, length] = input_ids.dims();
        let table = self.position_embeddings.weight.val();
        let positions = match positions {
            None => table.narrow(0, self.first_position, length).unsqueeze(),
            Some(positions) => kernels::lookup(table, positions + self.first_position as i64),
        };
        let words = kernels::lookup(self.word_embeddings.weight.val(), input_ids);
        let sum = match self.token_type_embeddings.as_ref().map(|types| types.weight.val()) {
            None => words + positions,
            // the tokenizer may still give the second text type 1, which this table lacks
            Some(types) if types.dims()[0] == 1 => words + types.unsqueeze() + positions,
            Some(types) => words + kernels::lookup(types, token_type_ids) + positions,
        };
        let normal = self.layer_norm.forward(sum);
        match &self.projection {
            Some(projection) => linear3(projection, normal),
            None => normal,
        }
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
    /// `[batch, length, hidden]` to the same shape.
    fn forward(&self, hidden: Tensor<3>, bias: &Bias) -> Tensor<3> {
        let projected = [&self.query, &self.key, &self.value].map(|layer| linear3(layer, hidden.clone()));
        bias.attention(projected, self.heads)
    }
}

/// A linear map whose output is added to the residual and normalised.
#[derive(Module, Debug)]
pub struct Output {
    pub dense: Linear,
    pub layer_norm: LayerNorm,
}

impl Output {
    fn build(from: &Builder, place: &str, inputs: usize, config: &ModelConfig) -> Result<Self> {
        Ok(Output {
            dense: from.linear(&format!("{place}.dense"), [inputs, config.hidden_size])?,
            layer_norm: from.layer_norm(&format!("{place}.LayerNorm"), config.hidden_size, config)?,
        })
    }

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
    #[module(skip)]
    pub activation: Activation,
}

#[derive(Module, Debug)]
pub struct Layer {
    pub attention: Attention,
    pub intermediate: Intermediate,
    pub output: Output,
}

impl Layer {
    fn build(from: &Builder, config: &ModelConfig, index: usize) -> Result<Self> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let place = |name: &str| format!("layer.{index}.{name}");
        let own = |name: &str| from.linear(&place(&format!("attention.self.{name}")), [hidden, hidden]);
        let intermediate = from.linear(&place("intermediate.dense"), [hidden, wide])?;
        Ok(Layer {
            attention: Attention {
                self_attention: SelfAttention {
                    query: own("query")?,
                    key: own("key")?,
                    value: own("value")?,
                    heads: config.num_attention_heads,
                },
                output: Output::build(from, &place("attention.output"), hidden, config)?,
            },
            intermediate: Intermediate { dense: intermediate, activation: config.hidden_act },
            output: Output::build(from, &place("output"), wide, config)?,
        })
    }

    /// `[batch, length, hidden]` to the same shape.
    fn forward(&self, hidden: Tensor<3>, bias: &Bias) -> Tensor<3> {
        let context = self.attention.self_attention.forward(hidden.clone(), bias);
        let attended = self.attention.output.forward(context, hidden);
        let wide = self.intermediate.activation.apply(linear3(&self.intermediate.dense, attended.clone()));
        self.output.forward(wide, attended)
    }
}
