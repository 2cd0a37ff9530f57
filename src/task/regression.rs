//! A number for each text: the squared error.

use burn::tensor::{Tensor, TensorData};

use super::{Rules, Weights};
use crate::probe::{DEFAULT_PENALTY, Features, LinearMap, Problem, ridge};
use crate::spec::{Metrics, Prediction, Target, Task};

pub struct Number;

impl Rules for Number {
    fn loss_sum(&self, logits: Tensor<2>, targets: &[Target], _weights: &Weights) -> Tensor<1> {
        let device = logits.device();
        let difference =
            logits - Tensor::from_data(TensorData::new(values(targets), [targets.len(), 1]), &device);
        (difference.clone() * difference).sum()
    }

    fn weights(&self, _counts: &[usize], _examples: usize) -> Vec<f64> {
        Vec::new()
    }

    fn activate(&self, logits: Tensor<2>) -> Tensor<2> {
        logits
    }

    fn prediction(&self, values: &[f32], _task: &Task) -> Prediction {
        Prediction::Value(values[0])
    }

    fn loss(&self, values: &[f32], target: &Target) -> f64 {
        target.value().map_or(f64::NAN, |target| f64::from(values[0] - target).powi(2))
    }

    fn metrics(&self, loss: f64, predictions: &[Prediction], targets: &[Target], _task: &Task) -> Metrics {
        let predicted: Vec<f32> = predictions.iter().flat_map(Prediction::values).copied().collect();
        Metrics::regression(loss, &predicted, &values(targets))
    }

    /// A number has no probabilities to calibrate.
    fn scores(&self, _values: &[f32]) -> Vec<f64> {
        Vec::new()
    }

    fn loss_of_scores(&self, _scores: &[f64], _inverse: f64, _target: &Target, _doubt: f64) -> f64 {
        0.0
    }

    fn values(&self, _scores: &[f64], _temperature: f64) -> Vec<f32> {
        Vec::new()
    }

    fn problem(&self, targets: &[Target], _weights: &Weights, _task: &Task) -> Box<dyn Problem> {
        Box::new(Values(values(targets).into_iter().map(f64::from).collect()))
    }

    fn outputs(&self, predictions: &[f64]) -> Vec<f32> {
        vec![predictions[0] as f32]
    }

    /// A single stratum.
    fn strata(&self, targets: &[Target]) -> Vec<usize> {
        vec![0; targets.len()]
    }
}

fn values(targets: &[Target]) -> Vec<f32> {
    targets.iter().filter_map(Target::value).collect()
}

/// Numbers for ridge regression.
struct Values(Vec<f64>);

impl Problem for Values {
    fn rows(&self) -> usize {
        self.0.len()
    }

    fn outputs(&self) -> usize {
        1
    }

    fn most_folds(&self) -> usize {
        self.0.len()
    }

    fn strata(&self) -> Vec<usize> {
        vec![0; self.0.len()]
    }

    fn select(&self, rows: &[usize]) -> Box<dyn Problem> {
        Box::new(Values(rows.iter().map(|row| self.0[*row]).collect()))
    }

    fn fit(&self, features: &Features, c: f64, _start: LinearMap) -> LinearMap {
        ridge::fit(features, &self.0, c)
    }

    /// A regression has no confidence to limit: its values are as large as the targets.
    fn gentle(&self) -> f64 {
        DEFAULT_PENALTY
    }

    fn predictions(&self, scores: Vec<f64>) -> Vec<f64> {
        scores
    }

    fn loss(&self, predictions: &[f64]) -> f64 {
        predictions.iter().zip(&self.0).map(|(prediction, value)| (prediction - value).powi(2)).sum()
    }
}
