//! One run of a comparison, under conditions that all runs share.

use std::ops::ControlFlow;

use super::curves::Curves;
use super::results::{Run, Scores, TransferScores};
use crate::bert::Dtype;
use crate::device::Chosen;
use crate::dps::Method;
use crate::error::{Error, Result};
use crate::finetune::{Course, trainer};
use crate::model::ModelFolder;
use crate::spec::DataArguments;
use crate::text::{Encoded, Source, Task, Tokenizer};
use crate::train::{Data, EvaluationOptions, Event, Metrics, Part, TrainingArguments, evaluate};

/// Labelled examples from another source, on which each trained model is also scored.
pub struct Transfer {
    pub file: String,
    pub examples: Vec<Encoded>,
}

/// The inputs that all runs share.
pub struct Bench<'a> {
    pub folder: &'a ModelFolder,
    pub tokenizer: &'a Tokenizer,
    pub source: &'a Source,
    pub data: &'a DataArguments,
    pub transfer: Vec<Transfer>,
    /// Each run sets its own method and seed.
    pub arguments: TrainingArguments,
    pub learning_rate: f64,
    pub chosen: &'a Chosen,
}

impl Bench<'_> {
    /// Splits the examples for the runs with this seed.
    ///
    /// # Errors
    /// There are too few examples to hold some out.
    pub fn data(&self, seed: u64) -> Result<Data> {
        let sets = self.source.divide(self.data, seed)?;
        let names = self.source.label_names(self.arguments.label_names)?;
        let vocab_size = self.folder.config()?.vocab_size;
        Data::new(self.tokenizer, self.source.task.clone(), &sets, &names, vocab_size)
    }

    /// Trains and scores a model. `watch` sees each event of the run; if it breaks off, there is no result. A run that
    /// diverges is also a result.
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
                        // the test comes last, so its scores replace those of the validation
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
        // a run holds only the word embeddings that its own texts use; these texts use others
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

    /// A run without scores. It is kept, so that the table can show that it diverged.
    fn diverged(&self, run: Run, why: String) -> Run {
        let empty =
            |transfer: &Transfer| TransferScores { file: transfer.file.clone(), scores: Scores::new() };
        let transfer = self.transfer.iter().map(empty).collect();
        Run { scores: Scores::new(), transfer, diverged: Some(why), ..run }
    }
}

/// All scores of the task by name; `None` for a score that is not finite.
fn scores(metrics: &Metrics, task: &Task) -> Scores {
    let names = Metrics::names(*task == Task::Regression);
    let value = |name: &str| metrics.value(name).filter(|value| value.is_finite());
    names.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}
