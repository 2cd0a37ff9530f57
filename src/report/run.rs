//! A run as a report sees it: what it was given, and its events sorted by what they tell.

use std::path::Path;

use super::mistakes::Mistakes;
use crate::text::Understood;
use crate::train::{Event, MatrixSelection, Metrics, Part, TrainingArguments};

/// A run, finished or not, and what it was made from.
pub struct RunSummary<'a> {
    pub events: &'a [Event],
    pub train_file: &'a Path,
    pub model: &'a Path,
    /// Of the model that was trained.
    pub layers: usize,
    pub hidden_size: usize,
    /// Class names; none for a regression.
    pub labels: Vec<String>,
    /// Whether each example has two texts.
    pub is_pair: bool,
    /// Where the run got as far as an evaluation.
    pub mistakes: Option<Mistakes>,
    /// Why the run failed, where it did.
    pub error: Option<String>,
}

impl RunSummary<'_> {
    /// The names of the data file and the model, without the folders that they lie in.
    pub fn names(&self) -> [String; 2] {
        [self.train_file, self.model].map(name)
    }
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A value at a step.
pub type Point = (f64, f64);

/// How a run was set up.
pub struct Start<'a> {
    pub arguments: &'a TrainingArguments,
    pub device: &'a str,
    /// How the data files were read.
    pub data: Option<&'a Understood>,
    /// Train, validation and test.
    pub examples: [usize; 3],
    pub parameters: usize,
    pub memory_bytes: u64,
    pub learning_rate: f64,
    pub max_steps: usize,
    pub stage_steps: usize,
    /// What trained and what the score is from, in words.
    pub plan: &'a str,
}

/// The linear model that a run started from.
pub struct Probe<'a> {
    pub examples: usize,
    pub c: f64,
    /// Cross-validated.
    pub metrics: Option<&'a Metrics>,
}

/// How the scores were made to say what they mean.
pub struct Calibration {
    /// The examples that the temperature was fitted to.
    pub part: Part,
    pub temperature: f64,
    /// Before and after.
    pub errors: [f64; 2],
    /// How far from the start the kept weights are.
    pub share: f64,
}

pub struct Evaluation<'a> {
    pub step: usize,
    pub metrics: &'a Metrics,
    pub best: bool,
}

/// One selection of subnetworks.
pub struct Cycle<'a> {
    pub step: usize,
    pub matrices: &'a [MatrixSelection],
}

pub struct End {
    pub seconds: f64,
    pub best_step: usize,
    pub stopped_early: bool,
    pub interrupted: bool,
    pub skipped_steps: usize,
}

/// What happened, by kind.
#[derive(Default)]
pub struct History<'a> {
    pub start: Option<Start<'a>>,
    pub losses: Vec<Point>,
    pub learning_rates: Vec<Point>,
    pub seconds_per_step: Option<f64>,
    pub validations: Vec<Evaluation<'a>>,
    pub test: Option<Evaluation<'a>>,
    pub cross_validation: Option<Evaluation<'a>>,
    pub probe: Option<Probe<'a>>,
    pub calibration: Option<Calibration>,
    pub cycles: Vec<Cycle<'a>>,
    pub warnings: Vec<&'a str>,
    pub end: Option<End>,
    /// The last step that anything is known of.
    pub steps: usize,
}

impl<'a> History<'a> {
    pub fn new(events: &'a [Event]) -> Self {
        let mut history = History::default();
        for event in events {
            history.add(event);
        }
        history
    }

    fn add(&mut self, event: &'a Event) {
        match event {
            Event::Start {
                arguments,
                device,
                data,
                train_examples,
                validation_examples,
                test_examples,
                parameters,
                memory_bytes,
                learning_rate,
                max_steps,
                stage_steps,
                plan,
                ..
            } => {
                self.start = Some(Start {
                    arguments,
                    device,
                    data: data.as_deref(),
                    examples: [*train_examples, *validation_examples, *test_examples],
                    parameters: *parameters,
                    memory_bytes: *memory_bytes,
                    learning_rate: *learning_rate,
                    max_steps: *max_steps,
                    stage_steps: *stage_steps,
                    plan,
                });
            }
            Event::Step { step, loss, learning_rate, steps_per_second, .. } => {
                self.steps = self.steps.max(*step);
                self.losses.push((*step as f64, *loss));
                self.learning_rates.push((*step as f64, *learning_rate));
                self.seconds_per_step = Some(1.0 / steps_per_second.max(1e-9));
            }
            Event::Evaluation { part, step, metrics, best, .. } => {
                self.steps = self.steps.max(*step);
                let evaluation = Evaluation { step: *step, metrics, best: *best };
                match part {
                    Part::Validation => self.validations.push(evaluation),
                    Part::Test => self.test = Some(evaluation),
                    Part::CrossValidation => self.cross_validation = Some(evaluation),
                }
            }
            Event::Subnetwork { step, matrices } => {
                self.steps = self.steps.max(*step);
                self.cycles.push(Cycle { step: *step, matrices });
            }
            Event::Warning { message } | Event::Recovery { message, .. } => self.warnings.push(message),
            Event::End { steps, seconds, best_step, stopped_early, interrupted, skipped_steps, .. } => {
                self.steps = *steps;
                self.end = Some(End {
                    seconds: *seconds,
                    best_step: *best_step,
                    stopped_early: *stopped_early,
                    interrupted: *interrupted,
                    skipped_steps: *skipped_steps,
                });
            }
            Event::Probe { examples, c, metrics, .. } => {
                self.probe = Some(Probe { examples: *examples, c: *c, metrics: metrics.as_deref() });
            }
            Event::Calibration { part, temperature, before, after, share } => {
                self.calibration = Some(Calibration {
                    part: *part,
                    temperature: *temperature,
                    errors: [*before, *after],
                    share: *share,
                });
            }
            Event::Contrast { .. } | Event::Survey { .. } | Event::Checkpoint { .. } | Event::Fold { .. } => {
            }
        }
    }

    /// What the run is judged by: the test examples, else a cross-validation, else the best evaluation on the validation
    /// examples.
    pub fn judged_on(&self) -> Option<(Part, &Evaluation<'a>)> {
        let kept = self.end.as_ref().map(|end| end.best_step);
        // of those that are neither, a run that was stored keeps the curves alone
        let whole = |one: &&Evaluation| one.metrics.is_whole();
        let validations = || self.validations.iter().filter(whole);
        let validation = validations()
            .find(|one| Some(one.step) == kept)
            .or_else(|| validations().rev().find(|one| one.best))
            .or(validations().next_back());
        let test = self.test.as_ref().filter(whole).map(|test| (Part::Test, test));
        let crossed = self.cross_validation.as_ref().map(|crossed| (Part::CrossValidation, crossed));
        test.or(crossed).or(validation.map(|validation| (Part::Validation, validation)))
    }
}

/// How a part is called in a sentence.
pub fn part_name(part: Part) -> &'static str {
    match part {
        Part::Validation => "validation",
        Part::Test => "test",
        Part::CrossValidation => "cross-validated",
    }
}
