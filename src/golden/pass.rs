//! Compares one pass of a small model, forward and backward, with what transformers computed of it in float64
//! (`tests/encoders/make.py`).

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData};
use serde::Deserialize;

use super::deviations::{Deviation, Deviations, relative};
use super::recorded::{differs, file, require};
use crate::device::{Chosen, read_floats};
use crate::encoder::{Inputs, Model, ModelConfig, ParameterKind, WeightsFile, cross_entropy_sum, parameters};
use crate::error::{Error, Result};
use crate::train::gradients;

/// What float32 may deviate from float64: of each hidden state and logit, of the loss, and of each gradient's norm as a
/// share of it.
const HIDDEN: f64 = 1e-4;
const LOSS: f64 = 1e-5;
const GRADIENT_NORM: f64 = 1e-3;
/// A norm that is nothing but float64's rounding.
const ZERO: f64 = 1e-12;

/// The file that only a folder of this kind has.
pub const EXPECTED: &str = "expected.json";

/// Rows are those of the batch.
#[derive(Deserialize)]
struct Expected {
    input_ids: Vec<Vec<i32>>,
    attention_mask: Vec<Vec<i32>>,
    token_type_ids: Vec<Vec<i32>>,
    labels: Vec<i32>,
    /// For each layer the states of all tokens that are no padding.
    hidden: Vec<Vec<f64>>,
    logits: Vec<Vec<f64>>,
    loss: f64,
    /// The norm of each parameter's gradient.
    gradients: BTreeMap<String, f64>,
}

impl Expected {
    fn read(files: &BTreeMap<String, Vec<u8>>, config: &ModelConfig) -> Result<Self> {
        let expected: Expected = serde_json::from_slice(file(files, EXPECTED)?)
            .map_err(|error| Error::model(EXPECTED, error.to_string()))?;
        let length = expected.input_ids.first().map_or(0, Vec::len);
        let rows = [&expected.input_ids, &expected.attention_mask, &expected.token_type_ids];
        let is_batch = |rows: &&Vec<Vec<i32>>| {
            rows.len() == expected.labels.len() && rows.iter().all(|row| row.len() == length)
        };
        require(rows.iter().all(is_batch) && (1..=config.max_tokens()).contains(&length), || {
            "the shape of the batch".into()
        })?;
        let within = |value: &i32, count: usize| usize::try_from(*value).is_ok_and(|value| value < count);
        let is_known = expected.input_ids.iter().flatten().all(|id| within(id, config.vocab_size))
            && expected.token_type_ids.iter().flatten().all(|one| within(one, config.type_vocab_size.max(1)))
            && expected.labels.iter().all(|label| within(label, config.num_labels()));
        require(is_known, || "the tokens or labels that there are".into())?;
        Ok(expected)
    }

    fn inputs(&self, chosen: &Chosen) -> Inputs {
        let shape = [self.input_ids.len(), self.input_ids[0].len()];
        let device = chosen.device.clone().autodiff();
        Inputs::new(
            shape,
            self.input_ids.concat(),
            self.attention_mask.concat(),
            self.token_type_ids.concat(),
            &device,
        )
    }
}

/// Computes the pass and returns the model's family and the largest deviation of each quantity.
///
/// # Errors
/// A file is missing or damaged, shapes differ, or the device failed.
pub async fn compare(files: &BTreeMap<String, Vec<u8>>, chosen: &Chosen) -> Result<(String, Vec<Deviation>)> {
    let device = chosen.device.clone().autodiff();
    let config = ModelConfig::from_json("config.json", file(files, "config.json")?)?;
    let weights = file(files, "model.safetensors")?;
    let model = WeightsFile::new("model.safetensors", weights)?.load(&config, &device)?;
    let expected = Expected::read(files, &config)?;
    let mut worst = Deviations::default();

    compare_states(&model, &expected, chosen, &mut worst).await?;
    let logits = model.forward(expected.inputs(chosen));
    let found = read_floats(logits.clone().inner()).await?;
    compare_all("logit", &found, &expected.logits.concat(), &mut worst, "logits")?;
    let labels = expected.labels.clone();
    let labels = Tensor::from_data(TensorData::new(labels, [expected.labels.len()]), &device);
    let loss = cross_entropy_sum(logits, labels) / expected.labels.len() as f64;
    let found = f64::from(read_floats(loss.clone().inner()).await?[0]);
    worst.add("loss", (found - expected.loss).abs() / LOSS, || "the only step".into());
    compare_gradients(&model, loss, expected.gradients, &mut worst).await?;
    Ok((config.family.model_type.into(), worst.worst()))
}

fn compare_all(
    quantity: &'static str,
    found: &[f32],
    expected: &[f64],
    worst: &mut Deviations,
    place: &str,
) -> Result<()> {
    require(found.len() == expected.len(), || format!("the number of {place}"))?;
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        worst.add(quantity, (f64::from(*found) - expected).abs() / HIDDEN, || format!("{place}[{i}]"));
    }
    Ok(())
}

async fn compare_states(
    model: &Model,
    expected: &Expected,
    chosen: &Chosen,
    worst: &mut Deviations,
) -> Result<()> {
    let mask = expected.attention_mask.concat();
    let mut layers = 0;
    for (layer, states) in model.hidden_states(expected.inputs(chosen)).enumerate() {
        let [_, _, size] = states.dims();
        let rows = read_floats(states.inner()).await?;
        let tokens = rows.chunks_exact(size).zip(&mask).filter(|(_, mask)| **mask == 1);
        let tokens: Vec<f32> = tokens.flat_map(|(row, _)| row).copied().collect();
        let expected = expected.hidden.get(layer).map_or(&[][..], Vec::as_slice);
        compare_all("hidden state", &tokens, expected, worst, &format!("states of layer {layer}"))?;
        layers += 1;
    }
    require(layers == expected.hidden.len(), || "the number of layers".into())
}

async fn compare_gradients(
    model: &Model,
    loss: Tensor<1>,
    mut norms: BTreeMap<String, f64>,
    worst: &mut Deviations,
) -> Result<()> {
    for (parameter, gradient) in parameters(model).iter().zip(gradients(model, loss)) {
        let name = &parameter.name;
        let norm = norms.remove(name).ok_or_else(|| differs(format!("a gradient of {name}")))?;
        match gradient {
            Some(gradient) => {
                let found = read_floats(gradient).await?;
                let found = found.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
                worst.add("gradient norm", relative(found, norm) / GRADIENT_NORM, || name.clone());
            }
            // softmax takes away what a bias adds to all keys
            None => require(parameter.kind == ParameterKind::KeyBias && norm < ZERO, || {
                format!("no gradient of {name}")
            })?,
        }
    }
    require(norms.is_empty(), || format!("the gradient of {:?}", norms.keys()))
}
