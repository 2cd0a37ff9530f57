//! A step of training as a whole: forward and backward pass of a small BERT, and updates of it.

use burn::tensor::{Device, Tensor, TensorData};

use super::check::{Check, Output, compared};
use crate::bert::{
    BertConfig, BertForSequenceClassification, Inputs, ParameterKind, cross_entropy_sum, parameters, values,
};
use crate::device::Chosen;
use crate::dps::{Frozen, Method, Stages};
use crate::error::Result;
use crate::random::{Random, Stream};
use crate::train::{Gradients, Optimizer, OptimizerArguments, gradients, read_words};

/// Sums in another order, through two layers, as a share of the largest entry.
const PASS: f32 = 1e-4;
/// A few roundings of an update of equal gradients.
const UPDATE: f32 = 1e-5;

const CONFIG: &[u8] = br#"{"model_type": "bert", "vocab_size": 50, "hidden_size": 36, "num_hidden_layers": 2,
    "num_attention_heads": 3, "intermediate_size": 70, "max_position_embeddings": 16, "initializer_range": 0.2,
    "num_labels": 3}"#;

pub(super) async fn checks(chosen: &Chosen) -> Vec<Check> {
    let cpu = Device::flex();
    let forward = compared("forward pass", chosen, forward(&chosen.device).await, forward(&cpu).await);
    let backward = compared("backward pass", chosen, backward(&chosen.device).await, backward(&cpu).await);
    let update = compared("update", chosen, update(&chosen.device).await, update(&cpu).await);
    vec![forward, backward, update]
}

fn model(device: &Device) -> Result<BertForSequenceClassification> {
    let config = BertConfig::from_json("config.json", CONFIG)?;
    BertForSequenceClassification::random(&config, 5, &device.clone().autodiff())
}

/// Three texts of different lengths, one of them a pair.
fn logits(model: &BertForSequenceClassification, device: &Device) -> Tensor<2> {
    let shape @ [batch, length] = [3, 13];
    let mut random = Random::new(5, Stream::Shuffle, 0);
    let ids = (0..batch * length).map(|_| random.below(50) as i32).collect();
    let entry = |of: fn(usize, usize) -> bool| {
        (0..batch * length).map(|i| i32::from(of(i / length, i % length))).collect()
    };
    let mask = entry(|row, column| column < 13 - 4 * row);
    let types = entry(|row, column| row == 1 && column > 4);
    model.forward(Inputs::new(shape, ids, mask, types, &device.clone().autodiff()))
}

async fn forward(device: &Device) -> Result<Vec<Output>> {
    let logits = logits(&model(device)?, device).inner().flatten(0, 1);
    Ok(vec![Output::floats("logits", logits, PASS).await?])
}

async fn backward(device: &Device) -> Result<Vec<Output>> {
    let model = model(device)?;
    let labels = Tensor::from_data(TensorData::new(vec![2, 0, 1], [3]), &device.clone().autodiff());
    let found = gradients(&model, cross_entropy_sum(logits(&model, device), labels));
    let mut outputs = Vec::new();
    for (parameter, gradient) in parameters(&model).into_iter().zip(found) {
        if let Some(gradient) = gradient {
            outputs
                .push(Output::floats(format!("the gradient of {}", parameter.name), gradient, PASS).await?);
        }
    }
    Ok(outputs)
}

/// Two stages of each kind of dps-mix, which uses every kernel, with given gradients.
async fn update(device: &Device) -> Result<Vec<Output>> {
    const STEPS: usize = 4;
    let mut model = model(device)?;
    let arguments = OptimizerArguments {
        betas: [0.9, 0.999],
        epsilon: 1e-8,
        weight_decay: 0.01,
        max_grad_norm: 1.0,
        update_fraction: 0.7,
        frozen: Frozen::Reference,
        seed: 5,
    };
    let stages = Stages::new(Method::DpsMix, STEPS, 1.0 / STEPS as f64);
    let mut optimizer = Optimizer::new(&model, arguments, stages, device);
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        let given = given(&optimizer.weights_in_use(&model, step), step, device).await?;
        (optimizer, model) = optimizer.step(model, given, step, 0.01);
    }
    let mut outputs = Vec::new();
    for (parameter, subnetwork) in optimizer.subnetworks() {
        let values = read_words(subnetwork.mask.clone()).await?;
        outputs.push(Output::Words { name: format!("the mask of {}", parameter.name), values });
    }
    for (parameter, values) in values(&model).await? {
        outputs.push(Output::Floats { name: parameter.name, values, tolerance: UPDATE });
    }
    Ok(outputs)
}

/// Gradients that depend on the weights in use, so that a wrong blend shows in what is updated.
async fn given(in_use: &BertForSequenceClassification, step: usize, device: &Device) -> Result<Gradients> {
    let shapes = parameters(in_use);
    let mut given = Vec::new();
    for (place, (parameter, weights)) in shapes.into_iter().zip(values(in_use).await?).enumerate() {
        if parameter.kind == ParameterKind::KeyBias {
            given.push(None);
            continue;
        }
        let mut random = Random::new(step as u64, Stream::Shuffle, place as u64);
        let values = weights.1.iter().map(|weight| random.normal() + 0.1 * weight).collect::<Vec<_>>();
        let entries = values.len();
        given.push(Some(Tensor::from_data(TensorData::new(values, [entries]), device)));
    }
    Ok(given)
}
