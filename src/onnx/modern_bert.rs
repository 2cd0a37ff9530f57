//! The graph of a ModernBERT: what [`crate::encoder`] computes, in ONNX's operators.

use super::attention::{attention, first_token, mean, padding_bias, plain_norm, split_heads, window_bias};
use super::graph::Value;
use super::network::Network;
use super::proto::{Attribute, Element, GraphMessage};
use crate::encoder::{ModelConfig, ModernBertSettings, Pooling};
use crate::error::Result;

/// Builds the graph, from `input_ids` and `attention_mask`, each `[batch, length]`, to `logits` `[batch, labels]`.
///
/// # Errors
/// A parameter cannot be read, or is too large for the precision.
pub fn graph(
    config: &ModelConfig,
    settings: &ModernBertSettings,
    mut network: Network,
) -> Result<GraphMessage> {
    let (size, epsilon) = (config.hidden_size, config.layer_norm_eps);
    let graph = &mut network.graph;
    let [ids, mask] = ["input_ids", "attention_mask"].map(|name| graph.input(name));
    let mask = graph.cast(&mask, Element::Float32);
    let places = graph.places(&ids);
    let distances = graph.distances(&places);
    let padding = padding_bias(&mut network, &mask);
    let window = window_bias(&mut network, &distances, settings.local_attention / 2);
    let local = network.graph.add(&padding, &window);
    let half = size / config.num_attention_heads / 2;
    let [global_turn, local_turn] =
        settings.rope_theta.map(|theta| Turn::new(&mut network, theta, half, &places));

    let words = network.large_embedding("embeddings.word_embeddings", &ids, [config.vocab_size, size])?;
    let mut hidden = network.scale_norm("embeddings.LayerNorm", &words, size, epsilon)?;
    for (index, is_global) in settings.global.iter().take(config.num_hidden_layers).enumerate() {
        let (bias, turn) = if *is_global { (&padding, &global_turn) } else { (&local, &local_turn) };
        hidden = layer(&mut network, config, index, &hidden, bias, turn)?;
    }
    let hidden = network.scale_norm("final_norm", &hidden, size, epsilon)?;

    let pooled = match config.pooling {
        Pooling::Mean => {
            let hidden = network.in_float32(&hidden);
            let mean = mean(&mut network, &hidden, size, &mask);
            plain_norm(&mut network, &mean, size, epsilon)
        }
        Pooling::Cls => head(&mut network, config, settings, &hidden, &mask)?,
    };
    let shape = [size, config.num_labels()];
    let logits = network.linear_in(Element::Float32, "classifier", &pooled, shape)?;
    Ok(network.graph.finish(&logits, "logits", config.num_labels()))
}

/// Rotary position embeddings: cosine and sine of the angles of each position, `[1, length, 1, half]`.
struct Turn {
    cosine: Value,
    sine: Value,
}

impl Turn {
    fn new(network: &mut Network, theta: f64, half: usize, places: &Value) -> Self {
        let graph = &mut network.graph;
        let frequencies = (0..half).map(|pair| theta.powf(-(pair as f64) / half as f64) as f32);
        let bytes = || frequencies.flat_map(f32::to_le_bytes).collect();
        let frequencies =
            graph.initializer(&format!("frequencies {theta:?}"), Element::Float32, &[half], bytes);
        let places = graph.cast(places, Element::Float32);
        let places = graph.unsqueeze(&places, &[0, 2, 3]);
        let angles = graph.multiply(&places, &frequencies);
        let [cosine, sine] = ["Cos", "Sin"].map(|operator| graph.node(operator, &[&angles], &[]));
        Turn { cosine: network.in_element(&cosine), sine: network.in_element(&sine) }
    }

    /// Rotates each head of `[batch, length, heads, size]`.
    fn apply(&self, network: &mut Network, value: &Value) -> Value {
        let graph = &mut network.graph;
        let [first, second] = graph.split::<2>(value, 3);
        let turned = |graph: &mut super::graph::Graph, operator, [a, b]: [&Value; 2]| {
            let (left, right) = (graph.multiply(a, &self.cosine), graph.multiply(b, &self.sine));
            graph.node(operator, &[&left, &right], &[])
        };
        let halves = [turned(graph, "Sub", [&first, &second]), turned(graph, "Add", [&second, &first])];
        graph.node("Concat", &[&halves[0], &halves[1]], &[Attribute::integer("axis", 3)])
    }
}

fn layer(
    network: &mut Network,
    config: &ModelConfig,
    index: usize,
    hidden: &Value,
    bias: &Value,
    turn: &Turn,
) -> Result<Value> {
    let (size, heads, wide) = (config.hidden_size, config.num_attention_heads, config.intermediate_size);
    let epsilon = config.layer_norm_eps;
    let own = |name: &str| format!("layer.{index}.{name}");
    // the input of the first layer is normalised already
    let normal = match index {
        0 => hidden.clone(),
        _ => network.scale_norm(&own("attention_norm"), hidden, size, epsilon)?,
    };
    let projected = network.product(&own("attention.projection"), &normal, [size, 3 * size])?;
    let parts = network.graph.split::<3>(&projected, 2);
    let [query, key, value] = parts.map(|part| split_heads(network, &part, size, heads));
    let [query, key] = [query, key].map(|part| turn.apply(network, &part));
    let context = attention(network, [&query, &key, &value], size / heads, size, bias);
    let output = network.product(&own("attention.output"), &context, [size, size])?;
    let attended = network.graph.add(hidden, &output);

    let normal = network.scale_norm(&own("mlp_norm"), &attended, size, epsilon)?;
    let both = network.product(&own("mlp.input"), &normal, [size, 2 * wide])?;
    let element = network.element();
    let [input, gate] = network.graph.split::<2>(&both, 2);
    let input = network.graph.activation(config.hidden_act, &input, element);
    let gated = network.graph.multiply(&input, &gate);
    let output = network.product(&own("mlp.output"), &gated, [wide, size])?;
    Ok(network.graph.add(&attended, &output))
}

/// The pooler, `[batch, hidden]` in float32.
fn head(
    network: &mut Network,
    config: &ModelConfig,
    settings: &ModernBertSettings,
    hidden: &Value,
    mask: &Value,
) -> Result<Value> {
    let size = config.hidden_size;
    let token = match settings.reads_mean {
        true => {
            let hidden = network.in_float32(hidden);
            let mean = mean(network, &hidden, size, mask);
            network.in_element(&mean)
        }
        false => first_token(network, hidden),
    };
    let dense = network.product("pooler.dense", &token, [size, size])?;
    let element = network.element();
    let bent = network.graph.activation(settings.classifier_activation, &dense, element);
    let normal = network.scale_norm("pooler.norm", &bent, size, config.layer_norm_eps)?;
    Ok(network.in_float32(&normal))
}
