//! The course of a run: training, then the conclusion, which estimates the quality of the model, its best distance from the
//! start, and the temperature of its scores.

use std::ops::ControlFlow;

use burn::module::Module;

use super::average::{at_share, cooled};
use super::cross_validation::{CrossValidation, Verdict};
use crate::dps::Method;
use crate::encoder::Pooling;
use crate::error::Result;
use crate::model::{Loaded, ModelFolder};
use crate::spec::DataArguments;
use crate::task::{rules, scaled, scored, temperature};
use crate::text::{Source, Target};
use crate::train::{
    Conclusion, Data, Event, Facts, HeldOut, Part, Recipe, Trainer, TrainerSpec, TrainingArguments,
};

/// A run under way. Call [`proceed`](Self::proceed) until it returns `None`, then take the model of the trainer.
pub struct Course {
    pub trainer: Trainer,
    /// The cross-validation that follows the last step.
    validation: Option<CrossValidation>,
}

/// Fills in the settings that the user left out: from the recipe, and the pooling from the model.
///
/// # Errors
/// The model's configuration or weights cannot be used.
pub fn resolved(
    folder: &ModelFolder,
    source: &Source,
    data: &DataArguments,
    arguments: TrainingArguments,
) -> Result<(TrainingArguments, DataArguments)> {
    let facts = Facts {
        examples: source.train.len(),
        has_validation: source.validation.is_some(),
        has_test: source.test.is_some(),
    };
    let (mut arguments, data) = arguments.resolved(data.clone(), facts);
    let pooling = if arguments.recipe == Recipe::Plain { Some(Pooling::Cls) } else { arguments.pooling };
    arguments.pooling = Some(pooling.map_or_else(|| folder.pooling(), Ok)?);
    Ok((arguments, data))
}

/// Makes a trainer, with a classifier in closed form as its start if the recipe or the method wants one. `has_head` says
/// whether the model came with a classifier for the task.
///
/// # Errors
/// As [`Trainer::new`].
pub fn trainer(spec: TrainerSpec, has_head: bool) -> Result<Trainer> {
    let arguments = &spec.arguments;
    let by_recipe = arguments.recipe == Recipe::Auto && !has_head;
    let fits = by_recipe || arguments.method == Method::Probe || arguments.needs_closed_form();
    let trainer = Trainer::new(spec)?;
    Ok(if fits { trainer.with_closed_form() } else { trainer })
}

impl Course {
    pub fn new(trainer: Trainer) -> Self {
        Course { trainer, validation: None }
    }

    /// Ends the run after the current step. A cross-validation then ends without a verdict.
    pub fn stop(&mut self) {
        match self.validation {
            Some(_) => self.trainer.interrupt(),
            None => self.trainer.stop(),
        }
    }

    /// Drops the cross-validation.
    pub fn forget(&mut self) {
        self.validation = None;
    }

    /// Does one unit of work, such as a step, and returns its events; `None` at the end. `load` makes the starting model, on
    /// the run's device with autodiff.
    ///
    /// # Errors
    /// The device failed, or training diverged.
    pub async fn proceed(&mut self, load: impl Fn(&Data) -> Result<Loaded>) -> Result<Option<Vec<Event>>> {
        let trainer = &mut self.trainer;
        let plain = trainer.arguments().recipe == Recipe::Plain;
        if plain || !trainer.is_trained() || trainer.is_interrupted() || trainer.has_ended() {
            return trainer.proceed().await;
        }
        let data = trainer.data();
        if self.validation.is_none() && data.validation.is_empty() {
            self.validation = CrossValidation::new(trainer.arguments(), &data.train);
        }
        let conclusion = match &mut self.validation {
            None => calibrated(trainer),
            Some(validation) => {
                let (arguments, rate, device) =
                    (trainer.arguments(), trainer.learning_rate(), trainer.device());
                match validation.proceed(arguments, rate, data, device, || load(data)).await? {
                    ControlFlow::Continue(event) => return Ok(Some(event.into_iter().collect())),
                    ControlFlow::Break(verdict) => judged(trainer, verdict, || load(data))?,
                }
            }
        };
        self.validation = None;
        self.trainer.conclude(conclusion).await?;
        Ok(Some(self.trainer.take_events()))
    }
}

/// The conclusion from a cross-validation: the model at its best share and temperature.
fn judged(trainer: &Trainer, verdict: Verdict, load: impl Fn() -> Result<Loaded>) -> Result<Conclusion> {
    let Verdict { share, temperature, calibration: [before, after], rows, predictions } = verdict;
    let mut model = trainer.best_model();
    if share < 1.0 {
        let start = load()?.model.valid();
        model = at_share(share, start, model, trainer);
    }
    let step = trainer.progress().step();
    let part = Part::CrossValidation;
    let targets: Vec<Target> =
        rows.iter().filter_map(|row| trainer.data().train[*row].target.clone()).collect();
    let found = rules(trainer.data().task.kind).thresholds(&predictions, &targets);
    let thresholds = found.as_ref().map(|found| found.by_label.clone());
    let predictions = found.map_or(predictions, |found| found.predictions);
    Ok(Conclusion {
        thresholds,
        model: cooled(model, temperature),
        events: vec![Event::Calibration { part, temperature, before, after, share }],
        held_out: Some(HeldOut { part, step, predictions, rows: Some(rows) }),
    })
}

/// The conclusion from validation examples: the best model on them, with the temperature that fits them.
fn calibrated(trainer: &Trainer) -> Conclusion {
    let (model, data) = (trainer.best_model(), trainer.data());
    let (events, model, thresholds) = match trainer.held_out() {
        None => (Vec::new(), model, None),
        Some(HeldOut { part, predictions, .. }) => {
            let targets: Vec<Target> =
                data.validation.iter().filter_map(|example| example.target.clone()).collect();
            let temperature = temperature(predictions, &targets);
            let error = |predictions: &[_]| {
                scored(predictions, &targets, &data.task).calibration_error().unwrap_or_default()
            };
            let (before, after) = (error(predictions), error(&scaled(predictions, temperature)));
            let event = Event::Calibration { part: *part, temperature, before, after, share: 1.0 };
            let found = rules(data.task.kind).thresholds(&scaled(predictions, temperature), &targets);
            (vec![event], cooled(model, temperature), found.map(|found| found.by_label))
        }
    };
    Conclusion { model, events, held_out: None, thresholds }
}
