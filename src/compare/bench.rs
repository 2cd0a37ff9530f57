//! One run of a comparison, under conditions that all runs share.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::curves::Curves;
use super::results::{FinishedRun, ScoresByName, TransferScores};
use super::variant::Variant;
use crate::device::Chosen;
use crate::error::{Error, Result};
use crate::finetune::{Prepared, RunSpec};
use crate::model::ModelFolder;
use crate::predict::{Predictor, Tuned};
use crate::session::{Face, FolderStore, Keeping, Session};
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

/// The settings of a variant's runs, filled in by the recipe. Each run sets its own seed.
pub struct Setup {
    /// The variant.
    pub variant: Variant,
    /// The settings of training.
    pub arguments: TrainingArguments,
    /// The settings of the data.
    pub data: DataArguments,
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
    /// Further files, on which each model is scored.
    pub transfer: Vec<Transfer>,
    /// The device of the next run.
    pub chosen: Chosen,
    /// Where the current run is stored, so that it can continue after an interruption.
    pub store: &'a Path,
}

/// What a checkpoint of a comparison says of its run.
#[derive(PartialEq, Serialize, Deserialize)]
struct Origin {
    seed: u64,
    #[serde(flatten)]
    variant: Variant,
}

impl Bench<'_> {
    /// Prepares the runs with these settings and this seed, which share it for every method.
    ///
    /// # Errors
    /// There are too few examples to hold some out.
    pub fn prepare(&self, setup: &Setup, seed: u64) -> Result<Prepared> {
        Prepared::new(RunSpec {
            folder: self.folder.clone(),
            model_name: self.model_name.to_owned(),
            source: self.source.clone(),
            train_file: self.train_file.to_owned(),
            data: setup.data.clone(),
            arguments: TrainingArguments { seed, ..setup.arguments.clone() },
            origin: serde_json::Value::Null,
        })
    }

    /// The run that was interrupted, if its checkpoint is there: its seed and variant.
    pub fn interrupted(&self) -> Option<(u64, Variant)> {
        let last = FolderStore::new(self.store).complete().pop()?;
        let checkpoint = FolderStore::read_folder(&last).ok()?;
        let Origin { seed, variant } = serde_json::from_value(checkpoint.origin().clone()).ok()?;
        Some((seed, variant))
    }

    /// Trains and scores a model, from the checkpoint of this run if there is one. `face` follows the run and opens a
    /// device if one fails. `is_interrupted` is checked after each step; an interrupted run is stored and has no result
    /// yet. A run that diverges is also a result.
    ///
    /// # Errors
    /// The model cannot be used, or the device failed for good.
    pub async fn run(
        &mut self,
        prepared: &Prepared,
        setup: &Setup,
        seed: u64,
        face: &mut impl Face,
        is_interrupted: impl Fn() -> bool,
    ) -> Result<Option<FinishedRun>> {
        let Setup { variant, arguments, .. } = setup;
        let task = &self.source.task;
        let origin = Origin { seed, variant: variant.clone() };
        let origin = serde_json::to_value(origin).expect("plain fields");
        let store = FolderStore::new(self.store);
        let prepared = prepared.with_method(variant.method).with_origin(origin.clone());
        let running = match store.complete().pop().map(|last| FolderStore::read_folder(&last)) {
            Some(Ok(checkpoint)) if *checkpoint.origin() == origin => {
                prepared.resume(checkpoint, &self.chosen).await?
            }
            // of a run that is not wanted any more
            Some(_) => {
                store.remove_all()?;
                prepared.start(&self.chosen)?
            }
            None => prepared.start(&self.chosen)?,
        };
        let mut session = Session::new(running);
        session.keep(Keeping { store, save_steps: None, limit: 1, hold: false });
        let diverged = loop {
            match session.advance(face).await {
                Ok(true) if is_interrupted() => {
                    session.save(face).await?;
                    return Ok(None);
                }
                Ok(true) => {}
                Ok(false) => break None,
                Err(Error::Diverged(why)) => break Some(why),
                Err(error) => return Err(error),
            }
        };
        let mut run = FinishedRun::new(variant.clone(), seed, session.running().events(), arguments, task);
        if let Some(why) = diverged {
            FolderStore::new(self.store).remove_all()?;
            return Ok(Some(self.diverged(run, why)));
        }
        self.chosen = session.running().device().clone();
        let trained = session.finish();
        drop(session);
        if let Some(trained) = trained.filter(|_| !self.transfer.is_empty()) {
            // from the exported files, because a run holds only the word embeddings that its own texts use
            let TrainingArguments { max_length, per_device_eval_batch_size, .. } = *arguments;
            let tuned = Tuned::new(trained, Some(max_length), per_device_eval_batch_size)?;
            let mut predictor = Predictor::new(tuned, self.chosen.clone())?;
            for transfer in &self.transfer {
                let (metrics, _) = predictor
                    .retried(
                        async |tuned| face.open(tuned.config.largest_parameter_bytes()).await,
                        async |predictor| predictor.score(&transfer.examples).await,
                    )
                    .await?;
                let scores = scores(&metrics, task);
                run.transfer.push(TransferScores { file: transfer.file.clone(), scores });
            }
            self.chosen = predictor.device().clone();
        }
        FolderStore::new(self.store).remove_all()?;
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

impl FinishedRun {
    /// The scores and curves in the events of a run.
    fn new(
        variant: Variant,
        seed: u64,
        events: &[Event],
        arguments: &TrainingArguments,
        task: &Task,
    ) -> Self {
        let metric = arguments.best_metric(task.kind);
        let mut run = FinishedRun {
            variant,
            seed,
            scores: ScoresByName::new(),
            validation: ScoresByName::new(),
            transfer: Vec::new(),
            seconds_per_step: 0.0,
            steps: 0,
            diverged: None,
            curves: Curves::default(),
        };
        for event in events {
            match event {
                Event::Step { step, loss, .. } => Curves::add(&mut run.curves.loss, *step, *loss),
                Event::Evaluation { part, step, metrics, best, .. } => {
                    if *part == Part::Validation {
                        let score = metrics.value(metric).unwrap_or(f64::NAN);
                        Curves::add(&mut run.curves.validation, *step, score);
                    }
                    let scores = scores(metrics, task);
                    match part {
                        Part::Validation if !*best && arguments.load_best_model_at_end => {}
                        // the test comes last, so its scores replace those of the validation
                        Part::Test => run.scores = scores,
                        Part::Validation | Part::CrossValidation => {
                            (run.validation, run.scores) = (scores.clone(), scores);
                        }
                    }
                }
                Event::End { steps, seconds_per_step, .. } => {
                    (run.steps, run.seconds_per_step) = (*steps, *seconds_per_step);
                }
                _ => {}
            }
        }
        run
    }
}

/// All scores of the task by name; `None` for a score that is not finite.
fn scores(metrics: &Metrics, task: &Task) -> ScoresByName {
    let value = |name: &str| metrics.value(name).filter(|value| value.is_finite());
    task.kind.row().metrics.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}
