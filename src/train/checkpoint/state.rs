//! What a checkpoint holds besides tensors.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::train::arguments::TrainingArguments;
use crate::train::events::{Event, Part};
use crate::train::trainer::Ending;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub arguments: TrainingArguments,
    /// The peak.
    pub learning_rate: f64,
    pub device: String,
    /// [`Data::fingerprint`](crate::train::Data::fingerprint). With the seed it decides the order of the examples.
    pub data: String,
    /// Steps done.
    pub step: usize,
    /// Within the survey before the first step, how many of its batches are done.
    pub survey: Option<usize>,
    /// Steps since the loss was last read; their sum is among the tensors unless there are none.
    pub loss_steps: usize,
    pub skipped: usize,
    pub best: Option<Best>,
    pub held_out: Option<HeldOut>,
    pub evaluations_without_improvement: usize,
    /// Whether the run has told that it starts.
    pub started: bool,
    /// Since the start.
    pub seconds: f64,
    /// Of the steps after the first.
    pub stepping_seconds: f64,
    /// Whether the run was to end after this step, and why.
    pub ending: Option<Ending>,
    /// Of a [`Trainer`](crate::train::Trainer), what it has not told yet; of a
    /// [`Running`](crate::finetune::Running), all that has happened.
    pub events: Vec<Event>,
    /// A hash of the model that was started from.
    pub model: String,
    /// What the face needs to prepare the run again, in its own words.
    pub origin: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Bits of a float64, which may be infinite.
    pub value: u64,
    pub step: usize,
    /// Whether its weights are among the tensors.
    pub model: bool,
}

/// Of predictions that are among the tensors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    pub part: Part,
    pub step: usize,
}
