//! A run as a report sees it: its inputs, and its events sorted by kind.

use std::path::Path;

use super::mistakes::Mistakes;
use crate::spec::{Event, MatrixSelection, Metrics, Part, SelfTrained, Task, TrainingArguments, Understood};

/// A run, finished or not, with its inputs.
pub struct RunSummary<'a> {
    /// The events of the run so far.
    pub events: &'a [Event],
    /// The training file.
    pub train_file: &'a Path,
    /// The starting model.
    pub model: &'a Path,
    /// The number of layers of the trained model.
    pub layers: usize,
    /// Hugging Face's name of the kind of encoder.
    pub model_type: &'a str,
    /// The size of a hidden state.
    pub hidden_size: usize,
    /// What the model learned.
    pub task: Task,
    /// Whether each example has two texts.
    pub is_pair: bool,
    /// The prompt before every text; empty where there is none.
    pub prompt: String,
    /// `None` if the run did not reach an evaluation.
    pub mistakes: Option<Mistakes>,
    /// The reason why the run failed, if it did.
    pub error: Option<String>,
}

impl RunSummary<'_> {
    /// The names of the data file and the model, without their folders.
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

/// The setup of a run.
pub struct Start<'a> {
    pub arguments: &'a TrainingArguments,
    pub device: &'a str,
    /// The way in which the data files were read.
    pub data: Option<&'a Understood>,
    /// The numbers of examples for training, validation and test.
    pub examples: [usize; 3],
    pub parameters: usize,
    pub memory_bytes: u64,
    pub learning_rate: f64,
    pub max_steps: usize,
    pub stage_steps: usize,
    /// The examples that train and those that give the score, in words.
    pub plan: &'a str,
}

/// The probe that the run started from.
pub struct Probe<'a> {
    pub examples: usize,
    pub c: f64,
    /// The cross-validated scores.
    pub metrics: Option<&'a Metrics>,
    pub self_trained: Option<SelfTrained>,
}

/// The calibration of the probabilities.
pub struct Calibration {
    /// The examples to which the temperature was fitted.
    pub part: Part,
    pub temperature: f64,
    /// The expected calibration error before and after.
    pub errors: [f64; 2],
    /// The position of the kept weights between the first model (0) and the fine-tuned one (1).
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

/// The events of a run, by kind.
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
    /// The last step that an event mentions.
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
            Event::Probe { examples, c, metrics, self_trained, .. } => {
                let (metrics, self_trained) = (metrics.as_deref(), *self_trained);
                self.probe = Some(Probe { examples: *examples, c: *c, metrics, self_trained });
            }
            Event::Calibration { part, temperature, before, after, share } => {
                self.calibration = Some(Calibration {
                    part: *part,
                    temperature: *temperature,
                    errors: [*before, *after],
                    share: *share,
                });
            }
            Event::Suspects { .. }
            | Event::Contrast { .. }
            | Event::Survey { .. }
            | Event::Checkpoint { .. }
            | Event::Fold { .. } => {}
        }
    }

    /// The evaluation that judges the run: that on the test examples, or else the cross-validation, or else the best
    /// one on the validation examples.
    pub fn judged_on(&self) -> Option<(Part, &Evaluation<'a>)> {
        let kept = self.end.as_ref().map(|end| end.best_step);
        // a stored run keeps only the curves of its other evaluations, not their whole scores
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
