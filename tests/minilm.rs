//! The model on real weights against transformers in float64 (`tests/oracle/minilm_oracle.py`).
//!
//! By default it uses the bundled float16 weights; `SUBTUNE_MODEL` names a folder with the original float32 weights of
//! all-MiniLM-L6-v2. Each has its own golden values, so the tolerances are the same.

mod common;

use std::path::{Path, PathBuf};

use burn::module::Param;
use burn::tensor::{Tensor, TensorData};
use subtune::device::read_floats;
use subtune::encoder::{Inputs, ModelConfig, ParameterKind, WeightsFile, cross_entropy_sum, parameters};
use subtune::golden::Tensors;
use subtune::train::gradients;

/// The tolerance of float32 arithmetic against float64, through six layers.
const HIDDEN: f64 = 1e-4;
const LOSS: f64 = 1e-5;
const GRADIENT_NORM: f64 = 1e-3;

#[test]
fn hidden_states_loss_and_gradients_are_those_of_transformers() {
    pollster::block_on(check());
}

async fn check() {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minilm");
    let (folder, golden) = match std::env::var_os("SUBTUNE_MODEL") {
        Some(folder) => (PathBuf::from(folder), "minilm"),
        None => (bundled, "minilm-float16"),
    };
    let chosen = common::device();
    let device = chosen.device.clone().autodiff();
    let labels = ["0", "1", "2"].map(String::from);
    let config = ModelConfig::from_json("config.json", &common::file(&folder, "config.json"))
        .unwrap()
        .with_labels(subtune::text::TaskKind::Classification, &labels);
    let weights = common::file(&folder, "model.safetensors");
    let head = common::file(&common::golden().join("minilm"), "head.safetensors");
    let head = Tensors::new("head.safetensors", &head).unwrap();
    let expected = common::file(&common::golden().join(golden), "expected.safetensors");
    let expected = Tensors::new("expected.safetensors", &expected).unwrap();
    let mut model = WeightsFile::new("model.safetensors", &weights)
        .unwrap()
        .load_with_fresh_head(&config, 0, &device)
        .unwrap();
    // the oracle's own head
    let matrix = |name: &str, inputs: usize, outputs: usize| {
        let values = head.floats(name).unwrap();
        Tensor::<2>::from_data(TensorData::new(values, [outputs, inputs]), &device).transpose()
    };
    let vector = |name: &str| Tensor::<1>::from_floats(head.floats(name).unwrap().as_slice(), &device);
    let pooler = &mut model.pooler.as_mut().expect("pooled by the first token").dense;
    pooler.weight = Param::from_tensor(matrix("bert.pooler.dense.weight", 384, 384));
    pooler.bias = Some(Param::from_tensor(vector("bert.pooler.dense.bias")));
    model.classifier.weight = Param::from_tensor(matrix("classifier.weight", 384, 3));
    model.classifier.bias = Some(Param::from_tensor(vector("classifier.bias")));

    let [batch, length] = expected.shape("batch.input_ids").unwrap().try_into().unwrap();
    let inputs = || {
        let ids = |name: &str| expected.ints(&format!("batch.{name}")).unwrap();
        Inputs::new([batch, length], ids("input_ids"), ids("attention_mask"), ids("token_type_ids"), &device)
    };
    let mask = inputs().attention_mask.float().reshape([batch, length, 1]);
    for (index, hidden) in model.hidden_states(inputs()).enumerate() {
        let [_, _, size] = hidden.dims();
        let first = hidden.clone().slice([0..batch, 0..1]).reshape([batch, size]);
        let mean = (hidden * mask.clone()).sum_dim(1) / mask.clone().sum_dim(1);
        for (part, found) in [("cls", first), ("mean", mean.reshape([batch, size]))] {
            let name = format!("layer{}.{part}", index + 1);
            let found = read_floats(found.inner()).await.unwrap();
            let deviation = largest_difference(&found, &expected.floats(&name).unwrap());
            println!("{name}: {deviation:.2e}");
            assert!(deviation <= HIDDEN, "{name} deviates by {deviation}");
        }
    }
    let labels = Tensor::from_data(TensorData::new(expected.ints("batch.labels").unwrap(), [batch]), &device);
    let loss = cross_entropy_sum(model.forward(inputs()), labels) / batch as f64;
    let found = read_floats(loss.clone().inner()).await.unwrap();
    let deviation = largest_difference(&found, &expected.floats("loss").unwrap());
    println!("loss: {deviation:.2e}");
    assert!(deviation <= LOSS, "loss deviates by {deviation}");

    let mut worst = 0f64;
    for (parameter, gradient) in parameters(&model).iter().zip(gradients(&model, loss)) {
        let norm = f64::from(expected.floats(&format!("gradnorm.{}", parameter.name)).unwrap()[0]);
        let Some(gradient) = gradient else {
            // the exact gradient is 0; the recorded one is float64's rounding noise
            assert!(parameter.kind == ParameterKind::KeyBias && norm < 1e-12, "{}: {norm}", parameter.name);
            continue;
        };
        let found = read_floats(gradient).await.unwrap();
        let found_norm = found.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        let deviation = (found_norm - norm).abs() / norm;
        assert!(deviation <= GRADIENT_NORM, "{}: norm deviates by {deviation}", parameter.name);
        worst = worst.max(deviation);
        if let Ok(values) = expected.floats(&format!("grad.{}", parameter.name)) {
            let deviation = largest_difference(&found, &values) / norm;
            assert!(deviation <= GRADIENT_NORM, "{}: deviates by {deviation}", parameter.name);
        }
    }
    println!("gradient norms: {worst:.2e}");
}

fn largest_difference(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let differences = found.iter().zip(expected).map(|(a, b)| f64::from((a - b).abs()));
    // NaN must not pass
    differences.fold(0.0, |worst: f64, one| if one <= worst { worst } else { one })
}
