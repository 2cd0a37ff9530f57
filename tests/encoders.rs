//! Every family of encoders against transformers in float64 (`tests/encoders/make.py`), as its checkpoint carries the mean,
//! and whole runs of it.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use common::place::{Place, assert_done, data, text, tokenizer};
use serde_json::Value;
use subtune::device::read_floats;
use subtune::encoder::{
    Dtype, FAMILIES, Inputs, Model, ModelConfig, ParameterKind, Pooling, WeightsFile, cross_entropy_sum,
    parameters, save,
};
use subtune::train::gradients;

/// float32 arithmetic against float64.
const HIDDEN: f64 = 1e-4;
const LOSS: f64 = 1e-5;
const GRADIENT_NORM: f64 = 1e-3;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/encoders");
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn config(folder: &Path) -> ModelConfig {
    ModelConfig::from_json("config.json", &common::file(folder, "config.json")).unwrap()
}

struct Expected(Value);

impl Expected {
    fn new(folder: &Path) -> Self {
        Expected(serde_json::from_slice(&common::file(folder, "expected.json")).unwrap())
    }

    /// The rows of a matrix, one behind the other.
    fn ints(&self, name: &str) -> Vec<i32> {
        let rows = self.0[name].as_array().unwrap().iter();
        rows.flat_map(|row| row.as_array().unwrap()).map(|value| value.as_i64().unwrap() as i32).collect()
    }

    fn inputs(&self, device: &Device) -> Inputs {
        let batch = self.0["input_ids"].as_array().unwrap().len();
        let ids = self.ints("input_ids");
        let shape = [batch, ids.len() / batch];
        Inputs::new(shape, ids, self.ints("attention_mask"), self.ints("token_type_ids"), device)
    }
}

fn floats(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(floats).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn largest_difference(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(a, b)| (f64::from(*a) - b).abs());
    // NaN must not pass
    differences.fold(0.0, |worst: f64, one| if one <= worst { worst } else { one })
}

#[test]
fn every_family_has_a_golden_model() {
    let types: Vec<&str> = folders().iter().map(|folder| config(folder).family.model_type).collect();
    for family in FAMILIES {
        assert!(types.contains(&family.model_type), "{}", family.model_type);
    }
}

#[test]
fn hidden_states_loss_and_gradients_are_those_of_transformers() {
    let chosen = common::device();
    let device = chosen.device.clone().autodiff();
    for folder in folders() {
        pollster::block_on(check(&folder, &device));
    }
}

async fn check(folder: &Path, device: &Device) {
    let name = folder.file_name().unwrap().display();
    let expected = Expected::new(folder);
    let bytes = common::file(folder, "model.safetensors");
    let config = config(folder);
    let model = WeightsFile::new("model.safetensors", &bytes).unwrap().load(&config, device).unwrap();

    let mask = expected.ints("attention_mask");
    let hidden: Vec<Vec<f64>> = expected.0["hidden"].as_array().unwrap().iter().map(floats).collect();
    let mut layers = 0;
    for (layer, found) in model.hidden_states(expected.inputs(device)).enumerate() {
        let size = found.dims()[2];
        let rows = read_floats(found.inner()).await.unwrap();
        let tokens = rows.chunks_exact(size).zip(&mask).filter(|(_, mask)| **mask == 1);
        let tokens: Vec<f32> = tokens.flat_map(|(row, _)| row).copied().collect();
        let deviation = largest_difference(&tokens, &hidden[layer]);
        assert!(deviation <= HIDDEN, "{name}: layer {layer} deviates by {deviation}");
        layers += 1;
    }
    assert_eq!(layers, hidden.len());

    let labels: Vec<i32> = floats(&expected.0["labels"]).into_iter().map(|label| label as i32).collect();
    let batch = labels.len();
    let labels = Tensor::from_data(TensorData::new(labels, [batch]), device);
    let logits = model.forward(expected.inputs(device));
    let deviation = largest_difference(
        &read_floats(logits.clone().inner()).await.unwrap(),
        &floats(&expected.0["logits"]),
    );
    assert!(deviation <= HIDDEN, "{name}: logits deviate by {deviation}");
    let loss = cross_entropy_sum(logits, labels) / batch as f64;
    let found = read_floats(loss.clone().inner()).await.unwrap();
    let deviation = largest_difference(&found, &floats(&expected.0["loss"]));
    assert!(deviation <= LOSS, "{name}: loss deviates by {deviation}");

    let mut norms: BTreeMap<String, f64> = serde_json::from_value(expected.0["gradients"].clone()).unwrap();
    let mut worst = 0f64;
    for (parameter, gradient) in parameters(&model).iter().zip(gradients(&model, loss)) {
        let norm = norms.remove(&parameter.name).unwrap_or_else(|| panic!("{name}: {}", parameter.name));
        let Some(gradient) = gradient else {
            // nothing but float64's rounding noise
            assert!(
                parameter.kind == ParameterKind::KeyBias && norm < 1e-12,
                "{name}: {}: {norm}",
                parameter.name
            );
            continue;
        };
        let found = read_floats(gradient).await.unwrap();
        let found = found.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        let deviation = (found - norm).abs() / norm;
        assert!(deviation <= GRADIENT_NORM, "{name}: {}: {found}, expected {norm}", parameter.name);
        worst = worst.max(deviation);
    }
    assert!(norms.is_empty(), "{name}: not found: {norms:?}");
    println!("{name}: loss {deviation:.1e}, gradient norms {worst:.1e}");
}

fn logits(model: &Model, expected: &Expected, device: &Device) -> Vec<f64> {
    let found = pollster::block_on(read_floats(model.forward(expected.inputs(device)))).unwrap();
    found.into_iter().map(f64::from).collect()
}

#[test]
fn a_checkpoint_carries_the_mean_as_transformers_computes_it_and_loads_to_the_same_model() {
    let device = Device::flex();
    for folder in folders() {
        let name = folder.file_name().unwrap().display();
        let expected = Expected::new(&folder);
        let bytes = common::file(&folder, "model.safetensors");
        let config = ModelConfig { pooling: Pooling::Mean, ..config(&folder) };
        let source = WeightsFile::new("model.safetensors", &bytes).unwrap();
        let model = source.load_with_fresh_head(&config, 1, &device).unwrap();
        let before = logits(&model, &expected, &device);
        // float16 rounds the encoder too, so that it is compared with itself
        for (dtype, rounding) in [(Dtype::Float32, 1e-4), (Dtype::Float16, 0.1)] {
            let saved = pollster::block_on(save(&model, &config, dtype)).unwrap();
            let file = WeightsFile::new("saved", &saved).unwrap();
            // as transformers reads it: with one more layer, or another head, and the first token's pooler
            let plain = ModelConfig::from_json("config.json", config.to_json().as_bytes()).unwrap();
            assert_eq!(plain.pooling, Pooling::Cls);
            let transformers = logits(&file.load(&plain, &device).unwrap(), &expected, &device);
            let pooled = file.config(plain);
            assert_eq!(
                (pooled.pooling, pooled.num_hidden_layers),
                (Pooling::Mean, config.num_hidden_layers),
                "{name}"
            );
            assert!(file.has_classifier(&pooled));
            let again = logits(&file.load(&pooled, &device).unwrap(), &expected, &device);
            for ((before, transformers), again) in before.iter().zip(transformers).zip(again) {
                assert!(
                    (transformers - again).abs() <= 2e-4,
                    "{name} {dtype:?}: {transformers}, here {again}"
                );
                assert!(
                    (before - again).abs() <= rounding,
                    "{name} {dtype:?}: {again} again, {before} before"
                );
            }
        }
    }
}

#[test]
fn a_written_config_reads_back_the_same() {
    for folder in folders() {
        let config = config(&folder);
        assert_eq!(ModelConfig::from_json("config.json", config.to_json().as_bytes()).unwrap(), config);
    }
}

/// The golden model as a folder that the program reads. Its tokenizer has fewer tokens.
fn place(folder: &Path) -> Place {
    let place = Place::new();
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(folder.join(name), place.path("model").join(name)).unwrap();
    }
    std::fs::write(place.path("model/tokenizer.json"), tokenizer()).unwrap();
    place.file("data.csv", data());
    place
}

fn predictions(place: &Place, model: &str) -> Vec<f64> {
    let arguments = ["predict", "--model", model, "--device", "cpu", "--log-format", "json"];
    let output = place.run(&[&arguments[..], &["good fine", "bad ugly 7"]].concat());
    assert_done(&output);
    let lines = text(&output.stdout);
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.flat_map(|row| row["probabilities"].as_array().unwrap().clone())
        .map(|one| one["probability"].as_f64().unwrap())
        .collect()
}

#[test]
fn every_family_is_trained_resumed_used_and_exported() {
    for folder in folders() {
        let name = folder.file_name().unwrap().display();
        let place = place(&folder);
        for pooling in ["mean", "cls"] {
            let more = [
                "--method",
                "dps-dense",
                "--max-steps",
                "8",
                "--save-steps",
                "4",
                "--keep-checkpoints",
                "--pooling",
                pooling,
                "--output-dir",
                pooling,
            ];
            let plain =
                ["--recipe", "plain", "--max-length", "32", "--device", "cpu", "--train-file", "data.csv"];
            assert_done(&place.run(&[&["train", "--model", "model"][..], &plain, &more].concat()));
            let weights = || std::fs::read(place.path(pooling).join("model.safetensors")).unwrap();
            let (whole, predicted) = (weights(), predictions(&place, pooling));
            assert_eq!(predicted.len(), 4);

            let checkpoints = place.path(pooling).join("checkpoints");
            let mut steps: Vec<PathBuf> =
                std::fs::read_dir(&checkpoints).unwrap().map(|entry| entry.unwrap().path()).collect();
            steps.sort();
            assert!(steps.len() > 1 && steps[0].ends_with("step-000004"), "{name}: {steps:?}");
            steps[1..].iter().for_each(|step| std::fs::remove_dir_all(step).unwrap());
            std::fs::remove_file(place.path(pooling).join("model.safetensors")).unwrap();
            assert_done(&place.run(&["train", "--resume", pooling]));
            assert!(weights() == whole, "{name}, {pooling}: resumed to other bits");

            let half = format!("{pooling}-half");
            assert_done(&place.run(&["export", "--model", pooling, "--output", &half, "--dtype", "float16"]));
            for (before, after) in predicted.iter().zip(predictions(&place, &half)) {
                assert!(
                    (before - after).abs() < 0.02,
                    "{name}, {pooling}: {after} as float16, {before} before"
                );
            }
        }
    }
}
