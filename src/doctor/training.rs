//! The parts of the self-test that run a whole training step: the forward and backward passes of a small BERT, and
//! updates of it.

use burn::tensor::{Device, Tensor, TensorData};

use crate::dps::{Frozen, LowRank, Method, Stages};
use crate::encoder::{Inputs, Model, ModelConfig, Parameter, ParameterKind, cross_entropy_sum, parameters};
use crate::kernels::check::{Computation, Output};
use crate::random::{Random, Stream};
use crate::train::{Gradients, Optimizer, OptimizerArguments, flat_values, gradients};

/// The tolerance, as a share of the largest entry: sums in another order, through all layers.
const PASS: f32 = 1e-4;
/// The tolerance of an update from equal gradients: a few roundings.
const UPDATE: f32 = 1e-5;

const CONFIG: &[u8] = br#"{"model_type": "bert", "vocab_size": 50, "hidden_size": 36, "num_hidden_layers": 1,
    "num_attention_heads": 3, "intermediate_size": 70, "max_position_embeddings": 16, "initializer_range": 0.2,
    "num_labels": 3}"#;

pub(super) static PARTS: &[&Computation] = &[
    &Computation { name: "forward pass", shaders: &[], compute: forward },
    &Computation { name: "backward pass", shaders: &[], compute: backward },
    &Computation { name: "update", shaders: &[], compute: update },
];

fn model(device: &Device) -> Model {
    let config = ModelConfig::from_json("config.json", CONFIG).expect("a valid configuration");
    Model::random(&config, 5, &device.clone().autodiff())
}

/// The logits of three texts of different lengths, one of them a pair.
fn logits(model: &Model, device: &Device) -> Tensor<2> {
    let shape @ [batch, length] = [3, 13];
    let mut random = Random::new(5, Stream::Shuffle, 0);
    let ids = (0..batch * length).map(|_| random.below(50) as i32).collect();
    let entry = |rule: fn(usize, usize) -> bool| {
        (0..batch * length).map(|i| i32::from(rule(i / length, i % length))).collect()
    };
    let mask = entry(|row, column| column < 13 - 4 * row);
    let types = entry(|row, column| row == 1 && column > 4);
    model.forward(Inputs::new(shape, ids, mask, types, &device.clone().autodiff()))
}

fn forward(device: &Device) -> Vec<Output> {
    let logits = logits(&model(device), device).inner();
    vec![Output::Floats("logits".into(), logits.flatten(0, 1), PASS)]
}

fn backward(device: &Device) -> Vec<Output> {
    let model = model(device);
    let labels = Tensor::from_data(TensorData::new(vec![2, 0, 1], [3]), &device.clone().autodiff());
    let found = gradients(&model, cross_entropy_sum(logits(&model, device), labels));
    let output = |(parameter, gradient): (Parameter, Option<Tensor<1>>)| {
        Some(Output::Floats(format!("the gradient of {}", parameter.name), gradient?, PASS))
    };
    parameters(&model).into_iter().zip(found).filter_map(output).collect()
}

/// Runs a stage of each kind of `dps-mix`, which uses every update kernel, with given gradients.
fn update(device: &Device) -> Vec<Output> {
    const STEPS: usize = 2;
    let mut model = model(device);
    let arguments = OptimizerArguments {
        betas: [0.9, 0.999],
        epsilon: 1e-8,
        weight_decay: 0.01,
        max_grad_norm: 1.0,
        extrapolation: 0.0,
        update_fraction: 0.7,
        frozen: Frozen::Reference,
        low_rank: LowRank { rank: 1, alpha: 1.0, sparse: 0 },
        seed: 5,
    };
    let stages = Stages::new(Method::DpsMix, STEPS, 1.0 / STEPS as f64);
    let mut optimizer = Optimizer::new(&model, arguments, stages, device);
    for step in 1..=STEPS {
        optimizer = optimizer.begin(&model, step);
        let gradients = artificial_gradients(&optimizer.weights_in_use(&model, step), step, device);
        (optimizer, model) = optimizer.step(model, gradients, step, 0.01);
    }
    let masks = optimizer.subnetworks().map(|(parameter, subnetwork)| {
        Output::Integers(format!("the mask of {}", parameter.name), subnetwork.mask.clone())
    });
    let weights = parameters(&model).into_iter().zip(flat_values(&model));
    masks.chain(weights.map(|(parameter, values)| Output::Floats(parameter.name, values, UPDATE))).collect()
}

/// Makes gradients that depend on the weights in use, so that a wrong blend shows in the updated weights.
fn artificial_gradients(in_use: &Model, step: usize, device: &Device) -> Gradients {
    let gradient = |(place, (parameter, weights)): (usize, (Parameter, Tensor<1>))| {
        // its gradient is exactly 0, so a real step does not train it either
        if parameter.kind == ParameterKind::KeyBias {
            return None;
        }
        let mut random = Random::new(step as u64, Stream::Shuffle, place as u64);
        let drawn: Vec<f32> = (0..parameter.entries()).map(|_| random.normal()).collect();
        Some(Tensor::from_data(TensorData::new(drawn, [parameter.entries()]), device) + weights * 0.1)
    };
    parameters(in_use).into_iter().zip(flat_values(in_use)).enumerate().map(gradient).collect()
}
