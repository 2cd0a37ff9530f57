//! Attention and pooling: what all networks do with the tokens of a text.

use super::graph::Value;
use super::network::Network;
use super::proto::{Attribute, Element};

/// The bias that hides a token.
const UNSEEN: f32 = -1e30;

/// Turns the mask `[batch, length]` of float32 into the bias on attention scores, `[batch, 1, 1, length]`.
pub fn padding_bias(network: &mut Network, mask: &Value) -> Value {
    let graph = &mut network.graph;
    let [one, low] = [1.0, UNSEEN].map(|number| graph.scalar(number, Element::Float32));
    let padding = graph.node("Sub", &[&one, mask], &[]);
    let bias = graph.multiply(&padding, &low);
    graph.unsqueeze(&bias, &[1, 2])
}

/// The bias that hides tokens more than `reach` apart from each other, `[1, 1, length, length]`. `distances` come from
/// [`Graph::distances`](super::graph::Graph::distances).
pub fn window_bias(network: &mut Network, distances: &Value, reach: usize) -> Value {
    let graph = &mut network.graph;
    let (reach, low) = (graph.integer(reach as i64), graph.scalar(UNSEEN, Element::Float32));
    let distances = graph.node("Abs", &[distances], &[]);
    let far = graph.node("Greater", &[&distances, &reach], &[]);
    let far = graph.cast(&far, Element::Float32);
    let bias = graph.multiply(&far, &low);
    graph.unsqueeze(&bias, &[0, 1])
}

/// Splits heads: `[batch, length, hidden]` to `[batch, length, heads, hidden / heads]`.
pub fn split_heads(network: &mut Network, value: &Value, size: usize, heads: usize) -> Value {
    network.graph.reshape(value, &[0, 0, heads as i64, (size / heads) as i64])
}

/// Multi-head attention of queries, keys and values `[batch, length, heads, size]` to `[batch, length, hidden]`. The
/// scores and their softmax are in float32, because float16 cannot hold the bias of padding.
pub fn attention(
    network: &mut Network,
    [query, key, value]: [&Value; 3],
    head: usize,
    hidden: usize,
    bias: &Value,
) -> Value {
    let element = network.element();
    let graph = &mut network.graph;
    let query = graph.transpose(query, &[0, 2, 1, 3]);
    let key = graph.transpose(key, &[0, 2, 3, 1]);
    let value = graph.transpose(value, &[0, 2, 1, 3]);
    let scale = graph.scalar(1.0 / (head as f32).sqrt(), element);
    let query = graph.multiply(&query, &scale);
    let scores = graph.matrix_product(&query, &key);
    let scores = network.in_float32(&scores);
    let graph = &mut network.graph;
    let scores = graph.add(&scores, bias);
    let shares = graph.softmax(&scores);
    let shares = network.in_element(&shares);
    let graph = &mut network.graph;
    let context = graph.matrix_product(&shares, &value);
    let context = graph.transpose(&context, &[0, 2, 1, 3]);
    graph.reshape(&context, &[0, 0, hidden as i64])
}

/// Takes the first token: `[batch, length, hidden]` to `[batch, hidden]`.
pub fn first_token(network: &mut Network, hidden: &Value) -> Value {
    let zero = network.graph.integer(0);
    network.graph.node("Gather", &[hidden, &zero], &[Attribute::integer("axis", 1)])
}

/// The mean of the tokens, `[batch, hidden]` in float32. `hidden` is `[batch, length, hidden]` in float32.
pub fn mean(network: &mut Network, hidden: &Value, size: usize, mask: &Value) -> Value {
    let graph = &mut network.graph;
    let axes = graph.integers(&[1]);
    let tokens = graph.node("ReduceSum", &[mask, &axes], &[]);
    let weights = graph.divide(mask, &tokens);
    let weights = graph.unsqueeze(&weights, &[1]);
    let mean = graph.matrix_product(&weights, hidden);
    graph.reshape(&mean, &[0, size as i64])
}

/// Layer normalisation without parameters, of `[batch, hidden]` in float32.
pub fn plain_norm(network: &mut Network, value: &Value, size: usize, epsilon: f64) -> Value {
    let graph = &mut network.graph;
    let vector = |value: f32| move || value.to_le_bytes().repeat(size);
    let ones = graph.initializer("pooling.LayerNorm.weight", Element::Float32, &[size], vector(1.0));
    let zeros = graph.initializer("pooling.LayerNorm.bias", Element::Float32, &[size], vector(0.0));
    graph.layer_norm(value, &[&ones, &zeros], epsilon)
}
