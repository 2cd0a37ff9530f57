//! The one stream of events that a face sees of a run.

use serde::{Deserialize, Serialize};

use super::arguments::TrainingArguments;
use super::checkpoint::exact::{by_value, or_nan};
use super::metrics::Metrics;
use crate::dps::Selected;

/// Which examples an evaluation was made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Held out, and used to choose the best model.
    Validation,
    /// Held out and used for nothing else.
    Test,
}

/// How much of one matrix is in the subnetwork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixSelection {
    /// Hugging Face's name of the parameter.
    pub name: String,
    #[serde(flatten)]
    pub selected: Selected,
}

/// Something that happened in a run. Serialised with its kind under `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Event {
    Start {
        #[serde(deserialize_with = "by_value")]
        arguments: Box<TrainingArguments>,
        device: String,
        labels: Vec<String>,
        train_examples: usize,
        validation_examples: usize,
        test_examples: usize,
        parameters: usize,
        learning_rate: f64,
        /// Optimiser steps of the whole run.
        max_steps: usize,
        /// Steps of one DPS stage.
        stage_steps: usize,
    },
    /// Gradients are gathered before training, to select by.
    Survey {
        batch: usize,
        batches: usize,
    },
    Step {
        step: usize,
        epoch: f64,
        /// Mean over the steps since the last event of this kind.
        #[serde(deserialize_with = "or_nan")]
        loss: f64,
        #[serde(deserialize_with = "or_nan")]
        grad_norm: f64,
        learning_rate: f64,
        steps_per_second: f64,
        /// Estimate.
        seconds_left: f64,
    },
    Evaluation {
        part: Part,
        step: usize,
        epoch: f64,
        #[serde(flatten, deserialize_with = "by_value")]
        metrics: Box<Metrics>,
        /// Whether this is the best evaluation so far.
        best: bool,
    },
    /// A subnetwork was selected.
    Subnetwork {
        step: usize,
        #[serde(deserialize_with = "by_value")]
        matrices: Vec<MatrixSelection>,
    },
    /// The run was stored and can be resumed from here.
    Checkpoint {
        step: usize,
        /// Where it was stored, such as `step-000120`.
        name: String,
    },
    Warning {
        message: String,
    },
    /// The device failed in a step, and the run goes on from an earlier one. What was told of later steps is void.
    Recovery {
        /// The step that failed.
        step: usize,
        /// The last step that still counts.
        from: usize,
        message: String,
    },
    End {
        steps: usize,
        seconds: f64,
        /// Mean over the steps after the first, without evaluations.
        seconds_per_step: f64,
        /// Where the kept model comes from.
        best_step: usize,
        stopped_early: bool,
        interrupted: bool,
        /// Steps that changed nothing because a gradient was no number.
        skipped_steps: usize,
    },
}
