//! The files of a tiny model, read back.

use super::proto::{Element, GraphMessage, Node, Tensor};
use super::*;
use crate::encoder::{FAMILIES, Pooling};
use crate::random::{Random, Stream};
use crate::spec::TaskKind;

fn config(pooling: Pooling, labels: &[&str]) -> ModelConfig {
    let text = r#"{"model_type": "bert", "vocab_size": 23, "hidden_size": 12, "num_hidden_layers": 2,
        "num_attention_heads": 3, "intermediate_size": 20, "max_position_embeddings": 16}"#;
    let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let problem = if labels.len() == 1 { TaskKind::Regression } else { TaskKind::Classification };
    let config = ModelConfig::from_json("config.json", text.as_bytes()).unwrap();
    ModelConfig { pooling, ..config.with_labels(problem, &labels) }
}

/// Different for each parameter, and the same wherever it is read.
fn values(place: &str, shape: &[usize]) -> Result<Vec<f32>> {
    let seed = place.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut random = Random::new(seed, Stream::Initialisation, 0);
    Ok((0..shape.iter().product()).map(|_| random.normal()).collect())
}

fn bytes(config: &ModelConfig, precision: Precision) -> Vec<u8> {
    to_onnx(config, Parameters { file: "model.safetensors", values: &values }, precision).unwrap()
}

fn graph(config: &ModelConfig, precision: Precision) -> GraphMessage {
    Model::decode(&bytes(config, precision)[..]).unwrap().graph.unwrap()
}

fn tensor<'a>(graph: &'a GraphMessage, name: &str) -> &'a Tensor {
    let found = graph.initializer.iter().find(|tensor| tensor.name.as_deref() == Some(name));
    found.unwrap_or_else(|| panic!("no tensor {name}"))
}

fn operators<'a>(graph: &'a GraphMessage, operator: &'a str) -> impl Iterator<Item = &'a Node> {
    graph.node.iter().filter(move |node| node.op_type.as_deref() == Some(operator))
}

const PRECISIONS: [Precision; 3] = [Precision::Float32, Precision::Float16, Precision::Q8];

#[test]
fn every_name_is_made_once_and_before_it_is_used() {
    for family in FAMILIES {
        let file = format!("tests/encoders/{}/config.json", family.model_type);
        let stored = ModelConfig::from_json(&file, &std::fs::read(&file).unwrap()).unwrap();
        let variants = PRECISIONS
            .iter()
            .flat_map(|precision| [Pooling::Mean, Pooling::Cls].map(|pooling| (*precision, pooling)));
        for (precision, pooling) in variants {
            let graph = graph(&ModelConfig { pooling, ..stored.clone() }, precision);
            let mut known: Vec<&str> = graph.input.iter().flat_map(|input| input.name.as_deref()).collect();
            let inputs = ["input_ids", "attention_mask", "token_type_ids"];
            assert_eq!(known, inputs[..if stored.type_vocab_size > 1 { 3 } else { 2 }], "{file}");
            known.extend(graph.initializer.iter().flat_map(|tensor| tensor.name.as_deref()));
            for node in &graph.node {
                for input in &node.input {
                    assert!(known.contains(&input.as_str()), "{input} is used before it is made");
                }
                known.extend(node.output.iter().map(String::as_str));
            }
            let count = known.len();
            known.sort_unstable();
            known.dedup();
            assert_eq!(known.len(), count, "a name stands for two values");
            let used =
                |name: &str| graph.node.iter().any(|node| node.input.iter().any(|input| input == name));
            let unused = graph.initializer.iter().flat_map(|tensor| tensor.name.as_deref());
            assert_eq!(unused.filter(|name| !used(name)).count(), 0);
            let [output] = &graph.output[..] else { panic!("one output") };
            assert_eq!(output.name.as_deref(), Some("logits"));
            assert!(graph.node.iter().any(|node| node.output == ["logits"]));
        }
    }
}

#[test]
fn weights_are_transposed_and_take_the_bytes_of_their_precision() {
    let config = config(Pooling::Mean, &["a", "b", "c"]);
    let place = "layer.1.intermediate.dense.weight";
    let name = &format!("bert.encoder.{place}");
    let stored = values(place, &[20, 12]).unwrap();
    let full = graph(&config, Precision::Float32);
    let found = tensor(&full, name);
    assert_eq!((&found.dims[..], found.data_type), (&[12, 20][..], Some(Element::Float32 as i32)));
    let entry = |row: usize, column: usize| {
        let bytes = &found.raw_data.as_ref().unwrap()[4 * (row * 20 + column)..][..4];
        f32::from_le_bytes(bytes.try_into().unwrap())
    };
    assert_eq!(entry(3, 17), stored[17 * 12 + 3]);
    let half = graph(&config, Precision::Float16);
    assert_eq!(tensor(&half, name).raw_data.as_ref().unwrap().len(), 2 * 240);
    assert_eq!(tensor(&half, "classifier.weight").data_type, Some(Element::Float32 as i32));
    let small = graph(&config, Precision::Q8);
    let [quantized, scale] = ["quantized", "scale"].map(|part| tensor(&small, &format!("{name}_{part}")));
    assert_eq!((&quantized.dims[..], quantized.data_type), (&[12, 20][..], Some(Element::Uint8 as i32)));
    let scale = f32::from_le_bytes(scale.raw_data.as_ref().unwrap()[4 * 17..][..4].try_into().unwrap());
    let byte = quantized.raw_data.as_ref().unwrap()[3 * 20 + 17];
    assert!(((f32::from(byte) - 128.0) * scale - stored[17 * 12 + 3]).abs() <= scale * 0.5001);
    assert!(small.initializer.iter().all(|tensor| tensor.name.as_deref() != Some(name.as_str())));
}

#[test]
fn the_mean_is_in_the_graph_and_the_pooler_where_there_is_one() {
    for (pooling, tanh, sums) in [(Pooling::Mean, 0, 1), (Pooling::Cls, 1, 0)] {
        let graph = graph(&config(pooling, &["a"]), Precision::Float32);
        assert_eq!(operators(&graph, "Tanh").count(), tanh);
        assert_eq!(operators(&graph, "ReduceSum").count(), sums);
        assert_eq!(operators(&graph, "Softmax").count(), 2);
        assert_eq!(operators(&graph, "LayerNormalization").count(), 5 + sums);
    }
}

#[test]
fn a_model_with_one_token_type_does_not_look_it_up() {
    for (types, lookups) in [(2, 2), (1, 1)] {
        let config = ModelConfig { type_vocab_size: types, ..config(Pooling::Mean, &["a", "b"]) };
        let graph = graph(&config, Precision::Float32);
        let tables =
            ["word_embeddings", "token_type_embeddings"].map(|name| format!("bert.embeddings.{name}.weight"));
        let found = operators(&graph, "Gather").filter(|node| tables.contains(&node.input[0]));
        assert_eq!(found.count(), lookups, "{types}");
        assert_eq!(graph.input.len(), 1 + types);
    }
}

#[test]
fn query_key_and_value_share_their_quantized_input() {
    let graph = graph(&config(Pooling::Mean, &["a", "b"]), Precision::Q8);
    assert_eq!(operators(&graph, "MatMulInteger").count(), 2 * 6);
    assert_eq!(operators(&graph, "DynamicQuantizeLinear").count(), 2 * 4);
    // the classifier and the products of attention stay as they are
    assert_eq!(operators(&graph, "MatMul").count(), 2 * 2 + 1 + 1);
}

#[test]
fn scores_are_masked_and_softened_in_float32() {
    let graph = graph(&config(Pooling::Mean, &["a", "b"]), Precision::Float16);
    let low = tensor(&graph, "Float32 -1e30");
    assert_eq!(low.raw_data.as_deref(), Some(&(-1e30f32).to_le_bytes()[..]));
    for softmax in operators(&graph, "Softmax") {
        let made =
            |name: &str| graph.node.iter().find(|node| node.output.iter().any(|output| output == name));
        let sum = made(&softmax.input[0]).unwrap();
        assert_eq!(sum.op_type.as_deref(), Some("Add"));
        let scores = made(&sum.input[0]).unwrap();
        assert_eq!(scores.op_type.as_deref(), Some("Cast"));
        assert_eq!(scores.attribute[0].i, Some(Element::Float32 as i64));
    }
}

#[test]
fn a_weight_beyond_float16_is_refused_by_name() {
    let config = config(Pooling::Mean, &["a", "b"]);
    let large = |place: &str, shape: &[usize]| {
        let mut values = values(place, shape)?;
        if place.ends_with("layer.0.output.dense.bias") {
            values[0] = 7e4;
        }
        Ok(values)
    };
    let parameters = || Parameters { file: "model.safetensors", values: &large };
    let error = to_onnx(&config, parameters(), Precision::Float16).unwrap_err().to_string();
    assert_eq!(
        error,
        "model.safetensors: bert.encoder.layer.0.output.dense.bias holds 7e4; float16 ends at 65504: export the model as float32"
    );
    assert!(to_onnx(&config, parameters(), Precision::Q8).is_ok());
}
