//! One run of a comparison, under conditions that all runs share.

use std::path::Path;

use super::curves::Curves;
use super::results::{FinishedRun, ScoresByName, TransferScores};
use crate::device::Chosen;
use crate::dps::Method;
use crate::error::{Error, Result};
use crate::finetune::{Prepared, RunSpec};
use crate::model::ModelFolder;
use crate::predict::{Predictor, Tuned};
use crate::session::{Face, MemoryStore, Session};
use crate::spec::DataArguments;
use crate::text::{Encoded, Source, Task};
use crate::train::{Event, Metrics, Part, TrainingArguments};

/// Labelled examples from another source, on which each trained model is also scored.
pub struct Transfer {
    /// The name of the file in tables.
    pub file: String,
    /// Its labelled examples.
    pub examples: Vec<Encoded>,
}

/// The inputs that all runs share.
pub struct Bench<'a> {
    /// The starting model.
    pub folder: &'a ModelFolder,
    /// Its name in reports.
    pub model_name: &'a Path,
    /// The task and the labelled texts.
    pub source: &'a Source,
    /// The name of the training file in reports.
    pub train_file: &'a Path,
    /// The settings of the data.
    pub data: &'a DataArguments,
    /// Further files, on which each model is scored.
    pub transfer: Vec<Transfer>,
    /// Each run sets its own method and seed.
    pub arguments: TrainingArguments,
    /// The device of the next run.
    pub chosen: Chosen,
}

impl Bench<'_> {
    /// Prepares the runs with this seed, which share it for every method.
    ///
    /// # Errors
    /// There are too few examples to hold some out.
    pub fn prepare(&self, seed: u64) -> Result<Prepared> {
        Prepared::new(RunSpec {
            folder: self.folder.clone(),
            model_name: self.model_name.to_owned(),
            source: self.source.clone(),
            train_file: self.train_file.to_owned(),
            data: self.data.clone(),
            arguments: TrainingArguments { seed, ..self.arguments.clone() },
            origin: serde_json::Value::Null,
        })
    }

    /// Trains and scores a model. `face` follows the run and opens a device if one fails. `is_interrupted` is checked
    /// after each step, and ends the run without a result. A run that diverges is also a result.
    ///
    /// # Errors
    /// The model cannot be used, or the device failed for good.
    pub async fn run(
        &mut self,
        prepared: &Prepared,
        method: Method,
        seed: u64,
        face: &mut impl Face,
        is_interrupted: impl Fn() -> bool,
    ) -> Result<Option<FinishedRun>> {
        let task = &self.source.task;
        let mut follower = Follower {
            face,
            metric: self.arguments.best_metric(*task == Task::Regression),
            keeps_best: self.arguments.load_best_model_at_end,
            task,
            run: FinishedRun {
                method,
                seed,
                scores: ScoresByName::new(),
                transfer: Vec::new(),
                seconds_per_step: 0.0,
                steps: 0,
                diverged: None,
                curves: Curves::default(),
            },
        };
        // the run is not stored: it is repeated from its start if the device is lost
        let mut session = Session::<MemoryStore>::new(prepared.with_method(method).start(&self.chosen)?);
        loop {
            match session.advance(&mut follower).await {
                Ok(true) if is_interrupted() => return Ok(None),
                Ok(true) => {}
                Ok(false) => break,
                Err(Error::Diverged(why)) => return Ok(Some(self.diverged(follower.run, why))),
                Err(error) => return Err(error),
            }
        }
        self.chosen = session.running().device().clone();
        let Follower { face, mut run, .. } = follower;
        let Some(trained) = session.finish().filter(|_| !self.transfer.is_empty()) else {
            return Ok(Some(run));
        };
        drop(session);
        // from the exported files, because a run holds only the word embeddings that its own texts use
        let TrainingArguments { max_length, per_device_eval_batch_size, .. } = self.arguments;
        let tuned = Tuned::new(trained, Some(max_length), per_device_eval_batch_size)?;
        let mut predictor = Predictor::new(tuned, self.chosen.clone())?;
        for transfer in &self.transfer {
            let (metrics, _) = predictor
                .retried(
                    async |tuned| face.open(tuned.config.largest_parameter_bytes()).await,
                    async |predictor| predictor.score(&transfer.examples).await,
                )
                .await?;
            run.transfer.push(TransferScores { file: transfer.file.clone(), scores: scores(&metrics, task) });
        }
        self.chosen = predictor.device().clone();
        Ok(Some(run))
    }

    /// A run without scores. It is kept, so that the table can show that it diverged.
    fn diverged(&self, run: FinishedRun, why: String) -> FinishedRun {
        let empty =
            |transfer: &Transfer| TransferScores { file: transfer.file.clone(), scores: ScoresByName::new() };
        let transfer = self.transfer.iter().map(empty).collect();
        FinishedRun { scores: ScoresByName::new(), transfer, diverged: Some(why), ..run }
    }
}

/// Collects the scores and the curves of a run.
struct Follower<'a, F> {
    face: &'a mut F,
    /// The metric of the comparison.
    metric: &'a str,
    keeps_best: bool,
    task: &'a Task,
    run: FinishedRun,
}

impl<F: Face> Face for Follower<'_, F> {
    fn tell(&mut self, event: &Event) {
        let run = &mut self.run;
        match event {
            Event::Step { step, loss, .. } => Curves::add(&mut run.curves.loss, *step, *loss),
            Event::Evaluation { part, step, metrics, best, .. } => {
                if *part == Part::Validation {
                    let score = metrics.value(self.metric).unwrap_or(f64::NAN);
                    Curves::add(&mut run.curves.validation, *step, score);
                }
                // the test comes last, so its scores replace those of the validation
                if *part != Part::Validation || *best || !self.keeps_best {
                    run.scores = scores(metrics, self.task);
                }
            }
            Event::End { steps, seconds_per_step, .. } => {
                (run.steps, run.seconds_per_step) = (*steps, *seconds_per_step);
            }
            // the repeated run sends these events again
            Event::Recovery { .. } => (run.curves, run.scores) = (Curves::default(), ScoresByName::new()),
            _ => {}
        }
        self.face.tell(event);
    }

    async fn open(&mut self, tensor_bytes: u64) -> Result<Chosen> {
        self.face.open(tensor_bytes).await
    }
}

/// All scores of the task by name; `None` for a score that is not finite.
fn scores(metrics: &Metrics, task: &Task) -> ScoresByName {
    let names = Metrics::names(*task == Task::Regression);
    let value = |name: &str| metrics.value(name).filter(|value| value.is_finite());
    names.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}
