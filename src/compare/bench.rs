//! One run of a comparison, under conditions that all runs share.

use std::ops::ControlFlow;

use super::curves::Curves;
use super::results::{Run, Scores, TransferScores};
use crate::device::Chosen;
use crate::dps::Method;
use crate::encoder::Dtype;
use crate::error::{Error, Result};
use crate::finetune::{Course, trainer};
use crate::model::ModelFolder;
use crate::spec::DataArguments;
use crate::text::{Encoded, Source, Task, Tokenizer};
use crate::train::{Data, EvaluationOptions, Event, Metrics, Part, TrainingArguments, evaluate};

/// Labelled examples from elsewhere, which a trained model is also scored on.
pub struct Transfer {
    pub file: String,
    pub examples: Vec<Encoded>,
}

/// What is the same for all runs.
pub struct Bench<'a> {
    pub folder: &'a ModelFolder,
    pub tokenizer: &'a Tokenizer,
    pub source: &'a Source,
    pub data: &'a DataArguments,
    pub transfer: Vec<Transfer>,
    /// Method and seed are each run's own.
    pub arguments: TrainingArguments,
    pub learning_rate: f64,
    pub chosen: &'a Chosen,
}

impl Bench<'_> {
    /// The examples of every run with this seed.
    ///
    /// # Errors
    /// There are too few examples to hold some out.
    pub fn data(&self, seed: u64) -> Result<Data> {
        let sets = self.source.divide(self.data, seed)?;
        let names = self.source.label_names(self.arguments.label_names)?;
        let vocab_size = self.folder.config()?.vocab_size;
        Data::new(self.tokenizer, self.source.task.clone(), &sets, &names, vocab_size)
    }

    /// Trains and scores a model. `watch` is told of each piece of the run; where it breaks off, there is no
    /// result. Training that diverges is a result too.
    ///
    /// # Errors
    /// The model cannot be used, or the device failed.
    pub async fn run(
        &self,
        method: Method,
        seed: u64,
        data: Data,
        mut watch: impl FnMut(&[Event]) -> ControlFlow<()>,
    ) -> Result<Option<Run>> {
        let arguments = TrainingArguments { method, seed, ..self.arguments.clone() };
        let device = &self.chosen.device;
        let autodiff = device.clone().autodiff();
        let (task, used) = (data.task.clone(), data.used.clone());
        let kept = (self.data.layers, arguments.pooling);
        let load =
            |Data { task, used, .. }: &Data| self.folder.load_for_training(task, used, kept, seed, &autodiff);
        let loaded = load(&data)?;
        let config = loaded.config.clone();
        let options = EvaluationOptions {
            batch_size: arguments.per_device_eval_batch_size,
            max_length: arguments.max_length,
            pad_id: self.tokenizer.pad_id(),
        };
        let keeps_best = arguments.load_best_model_at_end;
        let metric = arguments.best_metric(task == Task::Regression).to_owned();
        let mut run = Run {
            method,
            seed,
            scores: Scores::new(),
            transfer: Vec::new(),
            seconds_per_step: 0.0,
            steps: 0,
            diverged: None,
            curves: Curves::default(),
        };
        let (rate, name) = (self.learning_rate, self.chosen.name());
        let mut course = Course::new(trainer(arguments, rate, loaded, data, device.clone(), name)?);
        loop {
            let happened = match course.proceed(load).await {
                Ok(Some(happened)) => happened,
                Ok(None) => break,
                Err(Error::Diverged(why)) => return Ok(Some(self.diverged(run, why))),
                Err(error) => return Err(error),
            };
            for event in &happened {
                match event {
                    Event::Step { step, loss, .. } => Curves::add(&mut run.curves.loss, *step, *loss),
                    Event::Evaluation { part, step, metrics, best, .. } => {
                        if *part == Part::Validation {
                            let score = metrics.value(&metric).unwrap_or(f64::NAN);
                            Curves::add(&mut run.curves.validation, *step, score);
                        }
                        // the test comes last and so replaces the validation
                        if *part != Part::Validation || *best || !keeps_best {
                            run.scores = scores(metrics, &task);
                        }
                    }
                    Event::End { steps, seconds_per_step, .. } => {
                        (run.steps, run.seconds_per_step) = (*steps, *seconds_per_step);
                    }
                    _ => {}
                }
            }
            if watch(&happened).is_break() {
                return Ok(None);
            }
        }
        if self.transfer.is_empty() {
            return Ok(Some(run));
        }
        // with the tokens that only these texts use
        let trained =
            self.folder.export(&course.trainer.take_model(), &config, &used, Dtype::Float32).await?;
        let (model, _) = trained.load(device)?;
        for transfer in &self.transfer {
            let (metrics, _) = evaluate(&model, &transfer.examples, &task, options, device).await?;
            run.transfer
                .push(TransferScores { file: transfer.file.clone(), scores: scores(&metrics, &task) });
        }
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

/// All scores of the task by name; none for one that is no finite number.
fn scores(metrics: &Metrics, task: &Task) -> Scores {
    let names = Metrics::names(*task == Task::Regression);
    let value = |name: &str| metrics.value(name).filter(|value| value.is_finite());
    names.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}
