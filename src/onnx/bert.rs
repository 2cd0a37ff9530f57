//! The graph of a BERT for sequence classification: the computations of [`crate::encoder`] in ONNX's operators.

use super::graph::Value;
use super::network::Network;
use super::proto::{Attribute, Element, GraphMessage};
use crate::encoder::{Activation, MEAN_SCALE, ModelConfig, Pooling};
use crate::error::Result;

/// The first setting of a model that this graph does not compute, and the value that it computes. The family
/// decides the positions, the token types and the pooler.
pub fn difference(config: &ModelConfig) -> Option<String> {
    if config.family.model_type != "bert" {
        return Some(format!("model_type is {:?}; expected \"bert\"", config.family.model_type));
    }
    let activation = config.hidden_act;
    (activation != Activation::Gelu)
        .then(|| format!("hidden_act is {:?}; expected \"gelu\"", activation.name()))
}

/// Builds the graph, from `input_ids`, `attention_mask` and `token_type_ids`, each `[batch, length]`, to `logits`
/// `[batch, labels]`.
///
/// # Errors
/// A parameter cannot be read, or is too large for the precision.
pub fn graph(config: &ModelConfig, mut network: Network) -> Result<GraphMessage> {
    let graph = &mut network.graph;
    let [ids, mask, types] = ["input_ids", "attention_mask", "token_type_ids"].map(|name| graph.input(name));
    let mask = graph.cast(&mask, Element::Float32);
    let mut hidden = embeddings(&mut network, config, &ids, &types)?;
    let bias = attention_bias(&mut network, &mask);
    for index in 0..config.num_hidden_layers {
        hidden = layer(&mut network, config, index, &hidden, &bias)?;
    }
    let pooled = match config.pooling {
        Pooling::Mean => mean(&mut network, config, &hidden, &mask),
        Pooling::Cls => pooler(&mut network, config, &hidden)?,
    };
    let shape = [config.hidden_size, config.num_labels()];
    let logits = network.linear_in(Element::Float32, "classifier", &pooled, shape)?;
    Ok(network.graph.finish(&logits, "logits", config.num_labels()))
}

fn embeddings(network: &mut Network, config: &ModelConfig, ids: &Value, types: &Value) -> Result<Value> {
    let size = config.hidden_size;
    let own = |name: &str| format!("embeddings.{name}");
    let words = network.large_embedding(&own("word_embeddings"), ids, [config.vocab_size, size])?;
    let types = network.embedding(&own("token_type_embeddings"), types, [config.type_vocab_size, size])?;
    let positions = network.table(&own("position_embeddings"), [config.max_position_embeddings, size])?;
    let graph = &mut network.graph;
    let length = graph.node("Shape", &[ids], &[Attribute::integer("start", 1), Attribute::integer("end", 2)]);
    let zero = graph.integers(&[0]);
    let positions = graph.node("Slice", &[&positions, &zero, &length, &zero], &[]);
    let sum = graph.add(&words, &types);
    let sum = graph.add(&sum, &positions);
    network.layer_norm(&own("LayerNorm"), &sum, size, config.layer_norm_eps)
}

/// Turns the mask `[batch, length]` of float32 into the bias on attention scores, `[batch, 1, 1, length]`.
fn attention_bias(network: &mut Network, mask: &Value) -> Value {
    let graph = &mut network.graph;
    let [one, low] = [1.0, -1e30].map(|number| graph.scalar(number, Element::Float32));
    let padding = graph.node("Sub", &[&one, mask], &[]);
    let bias = graph.multiply(&padding, &low);
    graph.unsqueeze(&bias, &[1, 2])
}

fn layer(
    network: &mut Network,
    config: &ModelConfig,
    index: usize,
    hidden: &Value,
    bias: &Value,
) -> Result<Value> {
    let (size, wide, epsilon) = (config.hidden_size, config.intermediate_size, config.layer_norm_eps);
    let own = |name: &str| format!("layer.{index}.{name}");
    let context = attention(network, config, &own("attention.self"), hidden, bias)?;
    let output = network.linear(&own("attention.output.dense"), &context, [size, size])?;
    let sum = network.graph.add(&output, hidden);
    let attended = network.layer_norm(&own("attention.output.LayerNorm"), &sum, size, epsilon)?;
    let intermediate = network.linear(&own("intermediate.dense"), &attended, [size, wide])?;
    let element = network.element();
    let intermediate = network.graph.gelu(&intermediate, element);
    let output = network.linear(&own("output.dense"), &intermediate, [wide, size])?;
    let sum = network.graph.add(&output, &attended);
    network.layer_norm(&own("output.LayerNorm"), &sum, size, epsilon)
}

/// Multi-head attention. The scores and their softmax are in float32, because float16 cannot hold the bias of padding.
fn attention(
    network: &mut Network,
    config: &ModelConfig,
    prefix: &str,
    hidden: &Value,
    bias: &Value,
) -> Result<Value> {
    let (size, heads) = (config.hidden_size, config.num_attention_heads);
    let head = size / heads;
    let element = network.element();
    let mut projected = |name: &str, order: [i64; 4]| {
        let flat = network.linear(&format!("{prefix}.{name}"), hidden, [size, size])?;
        let split = network.graph.reshape(&flat, &[0, 0, heads as i64, head as i64]);
        Ok(network.graph.transpose(&split, order))
    };
    let query = projected("query", [0, 2, 1, 3])?;
    let key = projected("key", [0, 2, 3, 1])?;
    let value = projected("value", [0, 2, 1, 3])?;
    let graph = &mut network.graph;
    let scale = graph.scalar(1.0 / (head as f32).sqrt(), element);
    let query = graph.multiply(&query, &scale);
    let mut scores = graph.matrix_product(&query, &key);
    if element != Element::Float32 {
        scores = graph.cast(&scores, Element::Float32);
    }
    let scores = graph.add(&scores, bias);
    let mut shares = graph.softmax(&scores);
    if element != Element::Float32 {
        shares = graph.cast(&shares, element);
    }
    let context = graph.matrix_product(&shares, &value);
    let context = graph.transpose(&context, [0, 2, 1, 3]);
    Ok(graph.reshape(&context, &[0, 0, size as i64]))
}

/// Pools by the mean: the normalised mean of the tokens plus a small share of the first one, `[batch, hidden]` in float32.
fn mean(network: &mut Network, config: &ModelConfig, hidden: &Value, mask: &Value) -> Value {
    let size = config.hidden_size;
    let hidden = in_float32(network, hidden);
    let graph = &mut network.graph;
    let axes = graph.integers(&[1]);
    let tokens = graph.node("ReduceSum", &[mask, &axes], &[]);
    let weights = graph.divide(mask, &tokens);
    let weights = graph.unsqueeze(&weights, &[1]);
    let mean = graph.matrix_product(&weights, &hidden);
    let mean = graph.reshape(&mean, &[0, size as i64]);
    let first = first_token(network, &hidden);
    let graph = &mut network.graph;
    let scale = graph.scalar(MEAN_SCALE, Element::Float32);
    let first = graph.divide(&first, &scale);
    let sum = graph.add(&mean, &first);
    let vector = |value: f32| move || value.to_le_bytes().repeat(size);
    let ones = graph.initializer("pooling.LayerNorm.weight", Element::Float32, &[size], vector(1.0));
    let zeros = graph.initializer("pooling.LayerNorm.bias", Element::Float32, &[size], vector(0.0));
    graph.layer_norm(&sum, [&ones, &zeros], config.layer_norm_eps / f64::from(MEAN_SCALE * MEAN_SCALE))
}

/// Pools by BERT's pooler, `[batch, hidden]` in float32.
fn pooler(network: &mut Network, config: &ModelConfig, hidden: &Value) -> Result<Value> {
    let size = config.hidden_size;
    let first = first_token(network, hidden);
    let dense = network.linear("pooler.dense", &first, [size, size])?;
    let bent = network.graph.node("Tanh", &[&dense], &[]);
    Ok(in_float32(network, &bent))
}

/// Takes the first token: `[batch, length, hidden]` to `[batch, hidden]`.
fn first_token(network: &mut Network, hidden: &Value) -> Value {
    let bytes = || 0i64.to_le_bytes().into();
    let zero = network.graph.initializer("int64 0", Element::Int64, &[], bytes);
    network.graph.node("Gather", &[hidden, &zero], &[Attribute::integer("axis", 1)])
}

fn in_float32(network: &mut Network, value: &Value) -> Value {
    match network.element() {
        Element::Float32 => value.clone(),
        _ => network.graph.cast(value, Element::Float32),
    }
}
