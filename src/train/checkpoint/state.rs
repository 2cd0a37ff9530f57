//! What a checkpoint holds besides tensors.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::place::Place;
use crate::json::Fields;
use crate::spec::{Event, Part, TrainingArguments};
use crate::train::trainer::{Ending, StartState};

#[derive(Clone, Debug, Serialize)]
pub struct State {
    pub arguments: TrainingArguments,
    /// The peak.
    pub learning_rate: f64,
    pub device: String,
    /// [`Data::fingerprint`](crate::train::Data::fingerprint). With the seed it decides the order of the examples.
    pub data: String,
    /// Whether the classifier is fitted before the first step, and was.
    pub start: StartState,
    /// Within the contrastive stage, how many of its steps are done.
    pub contrast: Option<usize>,
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
    /// Until the first step.
    pub preparing_seconds: f64,
    /// Whether the run was to end after this step, and why.
    pub ending: Option<Ending>,
    /// All that has happened.
    pub events: Vec<Event>,
    /// As [`RunState::model`].
    pub model: String,
    /// As [`RunState::origin`].
    pub origin: Value,
}

/// What a checkpoint holds of a run besides its trainer.
#[derive(Clone, Debug, Default)]
pub struct RunState {
    /// All that was told of the run.
    pub events: Vec<Event>,
    /// A hash of the model that was started from.
    pub model: String,
    /// What the face needs to prepare the run again, in its own words.
    pub origin: Value,
}

impl State {
    pub fn place(&self) -> Place {
        match (self.contrast, self.survey) {
            (Some(steps), _) => Place::Contrast(steps),
            (None, Some(batches)) => Place::Survey(batches),
            (None, None) => Place::Step(self.step),
        }
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Fields::new(deserializer)?).map_err(D::Error::custom)
    }
}

fn read(mut fields: Fields) -> serde_json::Result<State> {
    let state = State {
        arguments: fields.take("arguments")?,
        learning_rate: fields.take("learning_rate")?,
        device: fields.take("device")?,
        data: fields.take("data")?,
        start: fields.take("start")?,
        contrast: fields.take("contrast")?,
        step: fields.take("step")?,
        survey: fields.take("survey")?,
        loss_steps: fields.take("loss_steps")?,
        skipped: fields.take("skipped")?,
        best: fields.take("best")?,
        held_out: fields.take("held_out")?,
        evaluations_without_improvement: fields.take("evaluations_without_improvement")?,
        started: fields.take("started")?,
        seconds: fields.take("seconds")?,
        stepping_seconds: fields.take("stepping_seconds")?,
        preparing_seconds: fields.take("preparing_seconds")?,
        ending: fields.take("ending")?,
        events: fields.take("events")?,
        model: fields.take("model")?,
        origin: fields.take("origin")?,
    };
    fields.finish()?;
    Ok(state)
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Bits of a float64, which may be infinite.
    pub value: u64,
    /// Likewise.
    pub loss: u64,
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
