//! The graph of a BERT and its kin: what [`crate::encoder`] computes, in ONNX's operators.

use super::attention::{attention, first_token, mean, padding_bias, plain_norm, split_heads};
use super::graph::Value;
use super::network::Network;
use super::proto::{Attribute, Element, GraphMessage};
use crate::encoder::{FAR_BUCKETS, MEAN_SCALE, ModelConfig, Pooling, RELATIVE_BUCKETS};
use crate::error::Result;

/// Builds the graph, from `input_ids`, `attention_mask` and, if the model has token types, `token_type_ids`, each `[batch,
/// length]`, to `logits` `[batch, labels]`.
///
/// # Errors
/// A parameter cannot be read, or is too large for the precision.
pub fn graph(config: &ModelConfig, mut network: Network) -> Result<GraphMessage> {
    let graph = &mut network.graph;
    let [ids, mask] = ["input_ids", "attention_mask"].map(|name| graph.input(name));
    let types = (config.type_vocab_size > 1).then(|| graph.input("token_type_ids"));
    let mask = graph.cast(&mask, Element::Float32);
    let mut hidden = embeddings(&mut network, config, &ids, types.as_ref())?;
    let mut bias = padding_bias(&mut network, &mask);
    if config.family.has_relative_positions {
        let relative = relative_bias(&mut network, config, &ids)?;
        bias = network.graph.add(&bias, &relative);
    }
    for index in 0..config.num_hidden_layers {
        hidden = layer(&mut network, config, index, &hidden, &bias)?;
    }
    let pooled = match config.pooling {
        Pooling::Mean => carried_mean(&mut network, config, &hidden, &mask, &bias),
        Pooling::Cls => pooler(&mut network, config, &hidden)?,
    };
    let shape = [config.hidden_size, config.num_labels()];
    let logits = network.linear_in(Element::Float32, "classifier", &pooled, shape)?;
    Ok(network.graph.finish(&logits, "logits", config.num_labels()))
}

fn embeddings(
    network: &mut Network,
    config: &ModelConfig,
    ids: &Value,
    types: Option<&Value>,
) -> Result<Value> {
    let (size, hidden) = (config.embedding_size, config.hidden_size);
    let own = |name: &str| format!("embeddings.{name}");
    let words = network.large_embedding(&own("word_embeddings"), ids, [config.vocab_size, size])?;
    let shape = [config.type_vocab_size, size];
    let types = match (types, config.type_vocab_size) {
        (Some(types), _) => Some(network.embedding(&own("token_type_embeddings"), types, shape)?),
        (None, 0) => None,
        // one row for all tokens
        (None, _) => Some(network.table(&own("token_type_embeddings"), shape)?),
    };
    let positions = network.table(&own("position_embeddings"), [config.max_position_embeddings, size])?;
    let graph = &mut network.graph;
    let length = graph.length(ids);
    let (zero, first) = (graph.integers(&[0]), graph.integers(&[config.first_position() as i64]));
    let end = if config.first_position() == 0 { length } else { graph.add(&length, &first) };
    let positions = graph.node("Slice", &[&positions, &first, &end, &zero], &[]);
    let sum = types.map_or_else(|| words.clone(), |types| graph.add(&words, &types));
    let sum = graph.add(&sum, &positions);
    let normal = network.layer_norm(&own("LayerNorm"), &sum, size, config.layer_norm_eps)?;
    match size == hidden {
        true => Ok(normal),
        false => network.linear(&own("projection"), &normal, [size, hidden]),
    }
}

/// MPNet's bias on scores for the distance of two tokens, `[1, heads, length, length]` in float32.
fn relative_bias(network: &mut Network, config: &ModelConfig, ids: &Value) -> Result<Value> {
    let heads = config.num_attention_heads;
    let graph = &mut network.graph;
    let places = graph.places(ids);
    let distances = graph.distances(&places);
    let far = graph.node("Abs", &[&distances], &[]);
    let near = graph.integer(8);
    let near = graph.node("Min", &[&far, &near], &[]);
    // beyond 8, a bucket for each border that the distance has passed
    let borders = graph.integers(&FAR_BUCKETS.map(|border| border as i64));
    let far = graph.unsqueeze(&far, &[2]);
    let passed = graph.node("GreaterOrEqual", &[&far, &borders], &[]);
    let passed = graph.cast(&passed, Element::Int64);
    let axis = graph.integers(&[2]);
    let passed = graph.node("ReduceSum", &[&passed, &axis], &[Attribute::integer("keepdims", 0)]);
    let (zero, half) = (graph.integer(0), graph.integer(RELATIVE_BUCKETS as i64 / 2));
    let behind = graph.node("Greater", &[&distances, &zero], &[]);
    let behind = graph.cast(&behind, Element::Int64);
    let behind = graph.multiply(&behind, &half);
    let bucket = graph.add(&near, &passed);
    let bucket = graph.add(&bucket, &behind);
    let rows = network.embedding("relative_attention_bias", &bucket, [RELATIVE_BUCKETS, heads])?;
    let rows = network.in_float32(&rows);
    let rows = network.graph.transpose(&rows, &[2, 0, 1]);
    Ok(network.graph.unsqueeze(&rows, &[0]))
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
    let context = self_attention(network, config, &own("attention.self"), hidden, bias)?;
    let output = network.linear(&own("attention.output.dense"), &context, [size, size])?;
    let sum = network.graph.add(&output, hidden);
    let attended = network.layer_norm(&own("attention.output.LayerNorm"), &sum, size, epsilon)?;
    let intermediate = network.linear(&own("intermediate.dense"), &attended, [size, wide])?;
    let element = network.element();
    let intermediate = network.graph.activation(config.hidden_act, &intermediate, element);
    let output = network.linear(&own("output.dense"), &intermediate, [wide, size])?;
    let sum = network.graph.add(&output, &attended);
    network.layer_norm(&own("output.LayerNorm"), &sum, size, epsilon)
}

fn self_attention(
    network: &mut Network,
    config: &ModelConfig,
    prefix: &str,
    hidden: &Value,
    bias: &Value,
) -> Result<Value> {
    let (size, heads) = (config.hidden_size, config.num_attention_heads);
    let mut projected = |name: &str| {
        let flat = network.linear(&format!("{prefix}.{name}"), hidden, [size, size])?;
        Ok(split_heads(network, &flat, size, heads))
    };
    let [query, key, value] = [projected("query")?, projected("key")?, projected("value")?];
    Ok(attention(network, [&query, &key, &value], size / heads, size, bias))
}

/// Pools by the mean: the normalised mean of the tokens plus a small share of the first one, `[batch, hidden]` in float32.
/// A relative bias makes it a weighted mean, by the distance from the first token.
fn carried_mean(
    network: &mut Network,
    config: &ModelConfig,
    hidden: &Value,
    mask: &Value,
    bias: &Value,
) -> Value {
    let size = config.hidden_size;
    let hidden = network.in_float32(hidden);
    let mean = match config.family.has_relative_positions {
        false => mean(network, &hidden, size, mask),
        true => seen_by_first(network, config, &hidden, bias),
    };
    let first = first_token(network, &hidden);
    let graph = &mut network.graph;
    let scale = graph.scalar(MEAN_SCALE, Element::Float32);
    let first = graph.divide(&first, &scale);
    let sum = graph.add(&mean, &first);
    plain_norm(network, &sum, size, config.layer_norm_eps / f64::from(MEAN_SCALE * MEAN_SCALE))
}

/// Averages the tokens by the relative bias of the first token, `[batch, hidden]`. `bias` is `[batch, heads, length,
/// length]`.
fn seen_by_first(network: &mut Network, config: &ModelConfig, hidden: &Value, bias: &Value) -> Value {
    let (size, heads) = (config.hidden_size, config.num_attention_heads);
    let values = split_heads(network, hidden, size, heads);
    let graph = &mut network.graph;
    let values = graph.transpose(&values, &[0, 2, 1, 3]);
    let zero = graph.integers(&[0]);
    let first = graph.node("Gather", &[bias, &zero], &[Attribute::integer("axis", 2)]);
    let shares = graph.softmax(&first);
    let seen = graph.matrix_product(&shares, &values);
    graph.reshape(&seen, &[0, size as i64])
}

/// The pooler, `[batch, hidden]` in float32.
fn pooler(network: &mut Network, config: &ModelConfig, hidden: &Value) -> Result<Value> {
    let size = config.hidden_size;
    let first = first_token(network, hidden);
    let dense = network.linear("pooler.dense", &first, [size, size])?;
    let element = network.element();
    let bent = network.graph.activation(config.family.head, &dense, element);
    Ok(network.in_float32(&bent))
}
