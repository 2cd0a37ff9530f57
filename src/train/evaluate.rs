//! Computes a model's predictions and their scores.

use burn::tensor::Device;

use super::data::{text_features, text_logits};
use super::passes::passes;
use crate::device::read_floats;
use crate::encoder::Model;
use crate::error::{Error, Result};
use crate::kernels::stay_awake;
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
    stay_awake(device);
    let mut predictions = vec![Prediction::Value(0.0); encoded.len()];
    let (mut loss, rules) = (0.0, rules(task.kind));
    let lengths: Vec<usize> = encoded.iter().map(|one| one.encoding.input_ids.len()).collect();
    let batches = evaluation_batches(&lengths, options.batch_size);
    let size = (options.batch_size, options.max_length);
    for rows in batches.iter().flat_map(|rows| passes(model, encoded, rows, size, device)) {
        let batch = collate(encoded, rows, options.pad_id, options.max_length);
        let logits = text_logits(model, &batch, device);
        if !batch.targets.is_empty() {
            loss +=
                f64::from(read_floats(loss_sum(logits.clone(), &batch.targets, &Weights::Equal)).await?[0]);
        }
        let values = read_floats(rules.activate(logits)).await?;
        for (row, values) in batch.rows.iter().zip(values.chunks_exact(task.outputs())) {
            predictions[*row] = rules.prediction(values, task);
        }
    }
    Ok((predictions, loss))
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
    stay_awake(device);
    let lengths: Vec<usize> = encoded.iter().map(|one| one.encoding.input_ids.len()).collect();
    let batches = evaluation_batches(&lengths, options.batch_size);
    let mut features = Vec::new();
    let size = (options.batch_size, options.max_length);
    for rows in batches.iter().flat_map(|rows| passes(model, encoded, rows, size, device)) {
        let batch = collate(encoded, rows, options.pad_id, options.max_length);
        let found = read_floats(text_features(model, &batch, device)).await?;
        let size = found.len() / batch.rows.len();
        features.resize(encoded.len() * size, 0.0);
        for (row, found) in batch.rows.iter().zip(found.chunks_exact(size)) {
            features[row * size..][..size].copy_from_slice(found);
        }
    }
    Ok(features)
}
