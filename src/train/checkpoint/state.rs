//! The content of a checkpoint except its tensors.

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
    /// The peak learning rate.
    pub learning_rate: f64,
    pub device: String,
    /// [`Data::fingerprint`](crate::train::Data::fingerprint). With the seed it decides the order of the examples.
    pub data: String,
    /// Whether a classifier is fitted before the first step, and whether that is done.
    pub start: StartState,
    /// The number of finished steps within the contrastive stage; `None` outside of it.
    pub contrast: Option<usize>,
    /// The number of finished steps.
    pub step: usize,
    /// The number of finished batches within the survey before the first step; `None` outside of it.
    pub survey: Option<usize>,
    /// The number of steps since the loss was last read. If there are any, their sum is among the tensors.
    pub loss_steps: usize,
    pub skipped: usize,
    pub best: Option<BestState>,
    pub held_out: Option<HeldOutState>,
    pub evaluations_without_improvement: usize,
    /// Whether the run has sent its start event.
    pub started: bool,
    /// The time since the start.
    pub seconds: f64,
    /// The time of the steps after the first.
    pub stepping_seconds: f64,
    /// The time until the first step.
    pub preparing_seconds: f64,
    /// The reason to end after this step, if there is one.
    pub ending: Option<Ending>,
    /// All events so far.
    pub events: Vec<Event>,
    /// See [`RunState::model`].
    pub model: String,
    /// See [`RunState::origin`].
    pub origin: Value,
}

/// The content of a checkpoint except the trainer's state.
#[derive(Clone, Debug, Default)]
pub struct RunState {
    /// All events of the run so far.
    pub events: Vec<Event>,
    /// A hash of the model at the start.
    pub model: String,
    /// The face's own description of the run, from which it prepares the run again.
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
pub struct BestState {
    /// The bits of a float64, which may be infinite.
    pub value: u64,
    /// The bits of a float64 likewise.
    pub loss: u64,
    pub step: usize,
    /// Whether its weights are among the tensors.
    pub model: bool,
}

/// The description of predictions that are among the tensors.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOutState {
    pub part: Part,
    pub step: usize,
}
