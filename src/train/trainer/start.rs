//! The closed form before the first step: a classifier that is fitted to the features of the loaded encoder.

use std::collections::HashMap;

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use web_time::Instant;

use super::Trainer;
use crate::encoder::Model;
use crate::error::Result;
use crate::probe::{Features, Fitted, LinearMap, fit, folds};
use crate::spec::{Event, Metrics, Prediction};
use crate::task::{compared, rules, scored, self_trained, strata};
use crate::text::{Encoded, Target};
use crate::train::evaluate::features;
use crate::train::optimizer::Optimizer;
use crate::train::recipe::MOST_CROSS_VALIDATED;

/// The number of texts, and of texts in each class, beyond which the starting classifier is fitted to a part of them:
/// with more it would start better than necessary. With so few texts that the first model may also be the final one,
/// all of them count.
const MOST_TEXTS: usize = 600;
const MOST_TEXTS_OF_A_CLASS: usize = 16;

/// The origin of a run's classifier.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// It was loaded from the model folder, or made at random.
    Loaded,
    /// It will be fitted in closed form before the first step.
    Unfitted,
    Fitted(Fit),
}

/// The classifiers that were fitted in closed form.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The best classifier for the frozen features: a model by itself.
    pub probe: Classifier,
    /// The less confident classifier that training began with.
    pub start: Classifier,
}

/// The progress of a run's start, in its checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartState {
    Loaded,
    Unfitted,
    Fitted,
}

impl Start {
    pub(super) fn state(&self) -> StartState {
        match self {
            Start::Loaded => StartState::Loaded,
            Start::Unfitted => StartState::Unfitted,
            Start::Fitted(_) => StartState::Fitted,
        }
    }
}

/// A classifier's values on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Classifier {
    /// `[hidden, outputs]`
    pub weight: Vec<f32>,
    /// `[outputs]`
    pub bias: Vec<f32>,
}

impl Classifier {
    fn new(map: &LinearMap) -> Self {
        let (weight, bias) = map.classifier();
        Classifier { weight, bias }
    }

    /// Puts this classifier into the model, on `device`, with or without autodiff.
    pub fn put_into(&self, mut model: Model, device: &Device) -> Model {
        let outputs = self.bias.len();
        let weight = TensorData::new(self.weight.clone(), [self.weight.len() / outputs, outputs]);
        let bias = TensorData::new(self.bias.clone(), [outputs]);
        model.classifier = Linear {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
        };
        model
    }
}

impl Trainer {
    /// Fits the classifier in closed form before the first step.
    pub fn with_closed_form(mut self) -> Self {
        self.start = Start::Unfitted;
        self
    }

    /// The classifiers that were fitted before the first step.
    pub(crate) fn fitted(&self) -> Option<&Fit> {
        match &self.start {
            Start::Fitted(fit) => Some(fit),
            Start::Loaded | Start::Unfitted => None,
        }
    }

    /// Takes the training examples to which the classifier was fitted, and their features.
    pub(crate) fn take_fitted_features(&mut self) -> Option<(Vec<usize>, Features)> {
        self.fitted_features.take()
    }

    pub(super) async fn fit_start(&mut self) -> Result<()> {
        let began = Instant::now();
        if self.contrast.is_some() {
            self.end_contrast();
        }
        let rows = self.rows_to_fit();
        let train = rows.iter().map(|row| &self.data.train[*row]);
        let examples: Vec<Encoded> = train.chain(&self.data.label_names).cloned().collect();
        let found =
            features(&self.model().valid(), &examples, self.evaluation_options(), &self.device).await?;
        let targets = targets(&examples);
        let found = Features::new(found.len() / examples.len(), &found);
        let seed = self.arguments.seed;
        let problem = rules(self.data.task.kind).problem(&targets, &self.weights, &self.data.task);
        let judged = (groups(&examples), rows.len());
        let mut fitted = fit(&found, &*problem, &judged.0, judged.1, seed);
        let mut metrics = self.score_held_out(&fitted, &targets);
        let mut outcome = None;
        if let (Some(without), Some(unlabelled)) = (&metrics, self.unlabelled().await?) {
            let labelled = (&found, &targets[..]);
            let (taught, count) = self_trained(
                labelled,
                &unlabelled,
                (&judged.0, judged.1),
                (&self.weights, &self.data.task),
                seed,
            );
            if let Some(with) = self.score_held_out(&taught, &targets) {
                let told = outcome.insert(compared(unlabelled.rows(), count, [without, &with]));
                if told.used {
                    (fitted, metrics) = (taught, Some(with));
                }
            }
        }
        let [probe, start] = [&fitted.map, &fitted.start].map(Classifier::new);
        self.set_start(Fit { start: if self.max_steps() == 0 { probe.clone() } else { start }, probe });
        let kept: Vec<usize> = (0..rows.len()).collect();
        self.fitted_features = Some((rows.clone(), found.select(&kept)));
        self.events.push_back(Event::Probe {
            examples: rows.len(),
            c: fitted.c,
            seconds: began.elapsed().as_secs_f64(),
            metrics: metrics.map(Box::new),
            self_trained: outcome,
        });
        Ok(())
    }

    /// The features of the texts without a label, which the folds of a cross-validation have in common unless a
    /// contrastive stage gives each an encoder of its own; `None` without such texts.
    async fn unlabelled(&mut self) -> Result<Option<Features>> {
        if self.data.unlabelled.is_empty() {
            return Ok(None);
        }
        if let Some(known) = &self.data.unlabelled_features {
            return Ok(Some(known.clone()));
        }
        let texts = &self.data.unlabelled;
        let found = features(&self.model().valid(), texts, self.evaluation_options(), &self.device).await?;
        let found = Features::new(found.len() / texts.len(), &found);
        if self.contrasted.is_none() {
            self.data.unlabelled_features = Some(found.clone());
        }
        Ok(Some(found))
    }

    /// Gives the model the classifier that training begins with, and makes a fresh optimiser.
    pub(super) fn set_start(&mut self, fit: Fit) {
        let (_, model) = self.state.take().expect("present between steps");
        self.begin_with(fit.start.put_into(model, &self.device.clone().autodiff()));
        self.start = Start::Fitted(fit);
    }

    /// Sets the model that training begins with, and makes a fresh optimiser, because some methods pull towards the
    /// weights at the start of a run.
    pub(super) fn begin_with(&mut self, model: Model) {
        let optimizer = Optimizer::new(&model, self.arguments.optimizer(), self.stages, &self.device);
        self.state = Some((optimizer, model));
    }

    /// The rows to fit: all training examples, or a part with its share of each class.
    fn rows_to_fit(&self) -> Vec<usize> {
        let train = &self.data.train;
        let most = MOST_TEXTS.max(MOST_TEXTS_OF_A_CLASS * self.data.task.outputs());
        if self.max_steps() == 0 || train.len() <= MOST_CROSS_VALIDATED.max(most) {
            return (0..train.len()).collect();
        }
        let all: Vec<usize> = (0..train.len()).collect();
        folds(&strata(&targets(train)), &all, train.len().div_ceil(most), self.arguments.seed).swap_remove(0)
    }

    /// The scores of a cross-validation of the closed form.
    fn score_held_out(&self, fitted: &Fitted, targets: &[Target]) -> Option<Metrics> {
        if fitted.held_out.is_empty() {
            return None;
        }
        let (task, rules) = (&self.data.task, rules(self.data.task.kind));
        let predictions: Vec<Prediction> = fitted
            .held_out
            .iter()
            .map(|(_, outputs)| rules.prediction(&rules.outputs(outputs), task))
            .collect();
        let targets: Vec<Target> = fitted.held_out.iter().map(|(row, _)| targets[*row].clone()).collect();
        Some(scored(&predictions, &targets, task))
    }
}

/// The targets of examples, all of which have one.
fn targets(examples: &[Encoded]) -> Vec<Target> {
    examples.iter().filter_map(|example| example.target.clone()).collect()
}

/// A number for each example. Equal texts share it.
pub(crate) fn groups(examples: &[Encoded]) -> Vec<usize> {
    let mut known = HashMap::new();
    let windows = examples.iter().map(|example| example.encoding.windows().collect::<Vec<_>>());
    windows.enumerate().map(|(row, windows)| *known.entry(windows).or_insert(row)).collect()
}
