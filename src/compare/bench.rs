//! One run of a comparison, under conditions that all runs share.

use std::path::Path;

use super::curves::Curves;
use super::results::{Run, Scores, TransferScores};
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

/// Labelled examples from elsewhere, which a trained model is also scored on.
pub struct Transfer {
    pub file: String,
    pub examples: Vec<Encoded>,
}

/// What is the same for all runs.
pub struct Bench<'a> {
    pub folder: &'a ModelFolder,
    pub model_name: &'a Path,
    pub source: &'a Source,
    pub train_file: &'a Path,
    pub data: &'a DataArguments,
    pub transfer: Vec<Transfer>,
    /// Method and seed are each run's own.
    pub arguments: TrainingArguments,
    /// What the next run is on.
    pub chosen: Chosen,
}

impl Bench<'_> {
    /// The run of every method with this seed.
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

    /// Trains and scores a model. `face` follows the run and opens a device if one fails; `is_interrupted` is asked after
    /// each piece of the run, and ends it without a result. Training that diverges is a result too.
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
    ) -> Result<Option<Run>> {
        let task = &self.source.task;
        let mut follower = Follower {
            face,
            metric: self.arguments.best_metric(*task == Task::Regression),
            keeps_best: self.arguments.load_best_model_at_end,
            task,
            run: Run {
                method,
                seed,
                scores: Scores::new(),
                transfer: Vec::new(),
                seconds_per_step: 0.0,
                steps: 0,
                diverged: None,
                curves: Curves::default(),
            },
        };
        // not stored: the whole run is made again if its device is lost
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
        // with the tokens that only these texts use
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

    /// No scores, but named, so that the table can say so.
    fn diverged(&self, run: Run, why: String) -> Run {
        let empty =
            |transfer: &Transfer| TransferScores { file: transfer.file.clone(), scores: Scores::new() };
        let transfer = self.transfer.iter().map(empty).collect();
        Run { scores: Scores::new(), transfer, diverged: Some(why), ..run }
    }
}

/// Notes how a run goes.
struct Follower<'a, F> {
    face: &'a mut F,
    /// What runs are compared by.
    metric: &'a str,
    keeps_best: bool,
    task: &'a Task,
    run: Run,
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
                // the test comes last and so replaces the validation
                if *part != Part::Validation || *best || !self.keeps_best {
                    run.scores = scores(metrics, self.task);
                }
            }
            Event::End { steps, seconds_per_step, .. } => {
                (run.steps, run.seconds_per_step) = (*steps, *seconds_per_step);
            }
            // what was noted so far comes again
            Event::Recovery { .. } => (run.curves, run.scores) = (Curves::default(), Scores::new()),
            _ => {}
        }
        self.face.tell(event);
    }

    async fn open(&mut self, tensor_bytes: u64) -> Result<Chosen> {
        self.face.open(tensor_bytes).await
    }
}

/// All scores of the task by name; none for one that is no finite number.
fn scores(metrics: &Metrics, task: &Task) -> Scores {
    let names = Metrics::names(*task == Task::Regression);
    let value = |name: &str| metrics.value(name).filter(|value| value.is_finite());
    names.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}
