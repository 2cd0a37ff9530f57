//! Computes a model's predictions and their scores.

use burn::tensor::Device;

use super::beside::beside;
use super::data::{text_features, text_logits};
use super::passes::passes;
use crate::device::read_floats;
use crate::encoder::Model;
use crate::error::{Error, Result};
use crate::spec::{Metrics, Prediction};
use crate::task::{Weights, loss_sum, rules};
use crate::text::{Encoded, Target, Task, collate, evaluation_batches};

/// The settings for running texts through a model.
#[derive(Clone, Copy, Debug)]
pub struct EvaluationOptions {
    /// The number of texts in a batch, or of windows of long texts.
    pub batch_size: usize,
    /// The most tokens that are read at once.
    pub max_length: usize,
    /// The id of the padding token.
    pub pad_id: u32,
}

/// Returns predictions in the order of `encoded`, and the summed loss if every example has a target.
///
/// # Errors
/// The device failed.
async fn run(
    model: &Model,
    encoded: &[Encoded],
    task: &Task,
    options: EvaluationOptions,
    device: &Device,
) -> Result<(Vec<Prediction>, f64)> {
    let rules = rules(task.kind);
    let passes = all_passes(model, encoded, options, device);
    let computed = beside(passes.len(), device, async |at| {
        let batch = collate(encoded, &passes[at], options.pad_id, options.max_length);
        let logits = text_logits(model, &batch, device);
        let loss = match batch.targets.is_empty() {
            true => 0.0,
            false => read_floats(loss_sum(logits.clone(), &batch.targets, &Weights::Equal)).await?[0],
        };
        Ok((loss, read_floats(rules.activate(logits)).await?))
    });
    let mut predictions = vec![Prediction::Value(0.0); encoded.len()];
    let mut sum = 0.0;
    for (rows, (loss, values)) in passes.iter().zip(computed.await?) {
        sum += f64::from(loss);
        for (row, values) in rows.iter().zip(values.chunks_exact(task.outputs())) {
            predictions[*row] = rules.prediction(values, task);
        }
    }
    Ok((predictions, sum))
}

/// The rows of each pass over `encoded`: batches of texts of similar length, or parts of them that fit the device.
fn all_passes(
    model: &Model,
    encoded: &[Encoded],
    options: EvaluationOptions,
    device: &Device,
) -> Vec<Vec<usize>> {
    let lengths: Vec<usize> = encoded.iter().map(|one| one.encoding.input_ids.len()).collect();
    let batches = evaluation_batches(&lengths, options.batch_size);
    let size = (options.batch_size, options.max_length);
    let parts = |rows: &Vec<usize>| -> Vec<Vec<usize>> {
        passes(model, encoded, rows, size, device).into_iter().map(<[usize]>::to_vec).collect()
    };
    batches.iter().flat_map(parts).collect()
}

/// Returns predictions in the order of `encoded`, all of them finite.
///
/// # Errors
/// The device failed, or the model's weights are so large that their sums are not finite.
pub async fn predict(
    model: &Model,
    encoded: &[Encoded],
    task: &Task,
    options: EvaluationOptions,
    device: &Device,
) -> Result<Vec<Prediction>> {
    let (predictions, _) = run(model, encoded, task, options, device).await?;
    check_finite(&predictions)?;
    Ok(predictions)
}

/// # Errors
/// A prediction is not finite.
pub fn check_finite(predictions: &[Prediction]) -> Result<()> {
    match predictions.iter().position(|one| !one.values().iter().all(|value| value.is_finite())) {
        None => Ok(()),
        Some(index) => Err(Error::model(
            "model.safetensors",
            format!(
                "the prediction for text {} is not finite: the model's weights are too large to compute with; expected \
                 those of a model that was trained to its end",
                index + 1
            ),
        )),
    }
}

/// Scores the model on `encoded`, where every example has a target.
///
/// # Errors
/// The device failed.
pub async fn evaluate(
    model: &Model,
    encoded: &[Encoded],
    task: &Task,
    options: EvaluationOptions,
    device: &Device,
) -> Result<(Metrics, Vec<Prediction>)> {
    let (predictions, loss) = run(model, encoded, task, options, device).await?;
    let targets: Vec<Target> = encoded.iter().filter_map(|one| one.target.clone()).collect();
    Ok((rules(task.kind).metrics(loss, &predictions, &targets, task), predictions))
}

/// Computes the classifier's input for each text, `[texts, hidden]`, in the order of `encoded`.
///
/// # Errors
/// The device failed.
pub async fn features(
    model: &Model,
    encoded: &[Encoded],
    options: EvaluationOptions,
    device: &Device,
) -> Result<Vec<f32>> {
    let passes = all_passes(model, encoded, options, device);
    let computed = beside(passes.len(), device, async |at| {
        let batch = collate(encoded, &passes[at], options.pad_id, options.max_length);
        read_floats(text_features(model, &batch, device)).await
    });
    let mut features = Vec::new();
    for (rows, found) in passes.iter().zip(computed.await?) {
        let size = found.len() / rows.len();
        features.resize(encoded.len() * size, 0.0);
        for (row, found) in rows.iter().zip(found.chunks_exact(size)) {
            features[row * size..][..size].copy_from_slice(found);
        }
    }
    Ok(features)
}
