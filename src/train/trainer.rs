//! The training loop. It is pulled one event at a time: to pause a run is to stop pulling.

mod contrast;
mod restart;
mod resume;
mod start;

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use web_time::Instant;

use super::contrastive::Pairs;
use super::data::{Data, mean_of_windows, text_features};
use super::evaluate::{EvaluationOptions, evaluate};
use super::frozen::Frozen;
use super::gradients::{Gradients, gradients};
use super::memory::MemoryEstimate;
use super::optimizer::Optimizer;
use super::passes::passes;
use super::schedule::LinearSchedule;
use super::stability::{features_and_instability, state_noise};
use crate::device::free_bytes;
use crate::device::read_floats;
use crate::dps::{Method, Phase, Stages};
use crate::encoder::{Model, ModelConfig, Parameter};
use crate::error::{Error, Result};
use crate::kernels::stay_awake;
use crate::probe::Features;
use crate::spec::{
    Event, HeldOut, MatrixSelection, Metrics, Part, Prediction, Selected, Stage, TrainingArguments,
};
use crate::task::{Weights, loss_sum, scored};
use crate::text::{Encoded, bucket_length, collate, length_grouped_order, training_order};

use contrast::Contrast;
use start::Start;
pub(in crate::train) use start::StartState;
pub(crate) use start::{Classifier, Fit, groups};

/// The number of successive steps without a finite gradient after which a run is abandoned.
const MOST_SKIPPED_IN_A_ROW: usize = 20;

/// One run. Call [`proceed`](Self::proceed) until it returns `None`, then [`take_model`](Self::take_model).
pub struct Trainer {
    arguments: TrainingArguments,
    data: Data,
    /// The hash of the data, computed once a checkpoint needs it.
    fingerprint: OnceCell<String>,
    weights: Weights,
    /// Without autodiff.
    device: Device,
    device_name: String,
    schedule: LinearSchedule,
    stages: Stages,
    steps_per_epoch: usize,
    /// The number of layers of the model.
    layers: usize,
    /// The number of features of a token.
    hidden: usize,
    parameters: usize,
    memory: MemoryEstimate,
    start: Start,
    /// The rows to which the classifier was fitted and their features, until they are taken.
    fitted_features: Option<(Vec<usize>, Features)>,
    /// The contrastive stage, while it runs.
    contrast: Option<Contrast>,
    /// The model at the end of that stage.
    contrasted: Option<Model>,
    /// Taken out only within a step.
    state: Option<(Optimizer, Model)>,
    /// The next batch of the survey before the first step, if the method makes one.
    survey_left: Option<usize>,
    /// The texts as the encoder reads them, if the method freezes it.
    frozen: Option<Frozen>,
    /// The number of finished steps.
    step: usize,
    /// The number of parts of a batch, if the device has no memory for the whole.
    parts: usize,
    events: VecDeque<Event>,
    /// The current epoch, and the order of its examples.
    order: (usize, Vec<usize>),
    /// The sum of the loss on the device since it was last read, and the number of its steps.
    loss: Option<(Tensor<1>, usize)>,
    /// The number of steps skipped until the last reading.
    skipped: usize,
    best: Option<Best>,
    held_out: Option<HeldOut>,
    /// The final model, once the run has ended.
    kept: Option<Model>,
    evaluations_without_improvement: usize,
    started: Option<Instant>,
    /// The time until the checkpoint that the run was resumed from.
    earlier: Duration,
    /// The time until the first step.
    preparing: Duration,
    /// The time of the steps without evaluations. The first step does not count, because a GPU compiles its kernels in
    /// it.
    stepping: Duration,
    /// The reason for the end of the run, once it is known.
    ending: Option<Ending>,
    ended: bool,
}

struct Best {
    value: f64,
    loss: f64,
    step: usize,
    /// `None` if the run keeps the last model anyway.
    model: Option<Model>,
}

/// The end of a run that does more than train.
pub(crate) struct Conclusion {
    pub model: Model,
    /// The events before the last evaluation.
    pub events: Vec<Event>,
    /// The predictions that give the score.
    pub held_out: Option<HeldOut>,
    /// The probability from which on a text has each label, where others than one half are better.
    pub thresholds: Option<Arc<[f32]>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Complete,
    StoppedEarly,
    Interrupted,
}

/// The inputs of a trainer.
pub struct TrainerSpec {
    /// All settings, with the values in force.
    pub arguments: TrainingArguments,
    /// The peak learning rate.
    pub learning_rate: f64,
    /// On `device` with autodiff, with the word embeddings of the tokens that `data` uses.
    pub model: Model,
    /// The configuration of the whole model.
    pub config: ModelConfig,
    /// The examples, with the tokens that the model has.
    pub data: Data,
    /// Without autodiff.
    pub device: Device,
    /// The device's name for people.
    pub device_name: String,
}

impl Trainer {
    /// # Errors
    /// A setting is out of range, or there are no training examples.
    pub fn new(spec: TrainerSpec) -> Result<Self> {
        let TrainerSpec { mut arguments, learning_rate, model, config, data, device, device_name } = spec;
        arguments.check(data.task.kind)?;
        arguments.update_fraction = Some(arguments.update_fraction());
        if data.train.is_empty() {
            return Err(Error::data("training data", None, "has no examples; expected at least one"));
        }
        let embeddings = model.vocabulary();
        assert_eq!(embeddings, data.used.rows(), "the model has other word embeddings than the data use");
        let memory = estimate(&config, &arguments, &data);
        let steps_per_epoch = data.train.len().div_ceil(arguments.step_size());
        let max_steps = arguments.total_steps(data.train.len());
        let stages = Stages::new(arguments.method, max_steps, arguments.update_ratio);
        let optimizer = Optimizer::new(&model, arguments.optimizer(), stages, &device);
        let pairs = match arguments.stage {
            Stage::None => None,
            Stage::Contrastive => Pairs::new(&data.train, arguments.seed),
        };
        let mut trainer = Trainer {
            schedule: LinearSchedule::new(learning_rate, arguments.warmup_ratio, max_steps),
            stages,
            steps_per_epoch,
            layers: config.num_hidden_layers,
            hidden: config.hidden_size,
            parameters: config.parameter_count(),
            memory,
            start: Start::Loaded,
            fitted_features: None,
            contrast: pairs.map(|pairs| Contrast { pairs, done: 0 }),
            contrasted: None,
            state: Some((optimizer, model)),
            survey_left: arguments.method.surveys().map(|_| 0),
            frozen: arguments
                .method
                .freezes_encoder()
                .then(|| Frozen::new(&data.train, arguments.per_device_eval_batch_size)),
            step: 0,
            parts: 1,
            events: VecDeque::new(),
            order: (usize::MAX, Vec::new()),
            loss: None,
            skipped: 0,
            best: None,
            held_out: None,
            kept: None,
            evaluations_without_improvement: 0,
            started: None,
            earlier: Duration::ZERO,
            preparing: Duration::ZERO,
            stepping: Duration::ZERO,
            ending: None,
            ended: false,
            weights: Weights::new(arguments.class_weights, &data.train),
            arguments,
            data,
            fingerprint: OnceCell::new(),
            device,
            device_name,
        };
        if trainer.contrast.is_some() {
            let (_, model) = trainer.state.take().expect("present between steps");
            trainer.state = Some((trainer.contrast_optimizer(&model), model));
        }
        Ok(trainer)
    }

    /// Does one part of the run, such as a step, and returns its events. Returns `None` once the run has ended.
    ///
    /// # Errors
    /// The device failed, or the loss was not finite for many steps.
    pub async fn proceed(&mut self) -> Result<Option<Vec<Event>>> {
        if self.ended && self.events.is_empty() {
            return Ok(None);
        }
        if !self.ended {
            self.work().await?;
        }
        Ok(Some(self.events.drain(..).collect()))
    }

    async fn work(&mut self) -> Result<()> {
        stay_awake(&self.device);
        if self.started.is_none() {
            self.started = Some(Instant::now());
            self.events.push_back(self.start_event());
            if let Some(message) = free_bytes(&self.device).and_then(|free| self.memory.shortage(free)) {
                self.warn(message);
            }
            if let Some(message) = self.contrast_left_out() {
                self.warn(message);
            }
        } else if self.contrast.is_some() && self.ending.is_none() {
            self.advance_contrast().await?;
        } else if self.start == Start::Unfitted {
            // even if the run was stopped before, because a model with a random classifier is useless
            self.fit_start().await?;
            if self.max_steps() == 0 {
                self.ending.get_or_insert(Ending::Complete);
            }
        } else if self.ending.is_some() || self.max_steps() == 0 {
            self.ending.get_or_insert(Ending::Complete);
            self.end().await?;
        } else if let Some(batch) = self.survey_left {
            self.survey(batch);
        } else if self.frozen.as_ref().is_some_and(|frozen| !frozen.is_complete()) {
            self.freeze().await?;
        } else if self.optimizer().lacks_places() {
            self.state.as_mut().expect("present between steps").0.find_places().await?;
        } else {
            self.advance().await?;
        }
        Ok(())
    }

    /// Ends the run after the current step as if it were complete.
    pub fn stop(&mut self) {
        self.ending.get_or_insert(Ending::Interrupted);
    }

    /// The predictions of the kept model: on the test examples once the run has ended, and before that, or without test
    /// examples, on the validation examples. `None` before the first evaluation.
    pub fn held_out(&self) -> Option<&HeldOut> {
        self.held_out.as_ref()
    }

    /// Takes the final model, the best or the last, and frees all other memory on the device. Call it once, after the
    /// run has ended.
    pub fn take_model(&mut self) -> Model {
        (self.best, self.state) = (None, None);
        self.kept.take().expect("a run that has ended has a model until it is taken")
    }

    /// [Stops](Self::stop) a run between its last step and its conclusion.
    pub(crate) fn interrupt(&mut self) {
        self.ending = Some(Ending::Interrupted);
    }

    /// Whether all steps are done and only the [conclusion](Self::conclude) is missing.
    pub(crate) fn is_trained(&self) -> bool {
        self.ending.is_some()
    }

    pub(crate) fn is_interrupted(&self) -> bool {
        self.ending == Some(Ending::Interrupted)
    }

    /// The best model so far, if the run keeps the best, or otherwise the last.
    pub(crate) fn best_model(&self) -> Model {
        let best = self.best.as_ref().and_then(|best| best.model.clone());
        best.unwrap_or_else(|| self.model().valid())
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    fn model(&self) -> &Model {
        &self.state.as_ref().expect("present between steps").1
    }

    fn optimizer(&self) -> &Optimizer {
        &self.state.as_ref().expect("present between steps").0
    }

    pub(crate) fn max_steps(&self) -> usize {
        self.schedule.total_steps
    }

    /// The mean time of a step without evaluations. With a single step, it is the whole time.
    fn seconds_per_step(&self) -> f64 {
        match self.step {
            2.. => self.stepping.as_secs_f64() / (self.step - 1) as f64,
            _ => self.seconds(),
        }
    }

    /// The seconds since the start, except those in which the run was stored and not running.
    fn seconds(&self) -> f64 {
        (self.earlier + self.started.map_or(Duration::ZERO, |started| started.elapsed())).as_secs_f64()
    }

    fn epoch(&self) -> f64 {
        self.step as f64 / self.steps_per_epoch as f64
    }

    fn start_event(&self) -> Event {
        Event::Start {
            arguments: Box::new(self.arguments.clone()),
            device: self.device_name.clone(),
            data: self.data.understood.clone().map(Box::new),
            labels: self.data.task.labels.clone(),
            train_examples: self.data.train.len(),
            validation_examples: self.data.validation.len(),
            test_examples: self.data.test.len(),
            layers: self.layers,
            parameters: self.parameters,
            memory_bytes: self.memory.total(),
            learning_rate: self.schedule.peak,
            max_steps: self.max_steps(),
            stage_steps: self.stages.steps,
            plan: {
                let [train, validation, test] =
                    [&self.data.train, &self.data.validation, &self.data.test].map(Vec::len);
                self.arguments.plan(train, validation, test)
            },
        }
    }

    /// Does one optimiser step, and the readings and evaluations that are due after it.
    async fn advance(&mut self) -> Result<()> {
        let began = Instant::now();
        if self.step == 0 {
            self.preparing = Duration::from_secs_f64(self.seconds());
        }
        self.step += 1;
        let (optimizer, model) = self.state.take().expect("present between steps");
        let optimizer = optimizer.begin(&model, self.step);
        let rows = self.next_rows();
        // dropped before the update, so that it happens in place
        let (loss, gradients) = self.differentiate(&optimizer.weights_in_use(&model, self.step), &rows);
        let learning_rate = self.schedule.learning_rate(self.step);
        self.state = Some(optimizer.step(model, gradients, self.step, learning_rate));
        self.add_loss(loss);

        let last = self.step == self.max_steps();
        let eval_steps = self.arguments.eval_steps.unwrap_or(self.steps_per_epoch);
        let validates = !self.data.validation.is_empty() && (last || self.step.is_multiple_of(eval_steps));
        // also before an evaluation: reading the loss waits for the steps under way, which are then not counted
        // as time of the evaluation
        if self.step == 1 || last || validates || self.step.is_multiple_of(self.arguments.logging_steps) {
            self.log().await?;
        }
        if self.stages.phase(self.step) == (Phase::Selected { first: true }) {
            self.report_selection().await?;
        }
        if self.step > 1 {
            self.stepping += began.elapsed();
        }
        if validates {
            self.validate().await?;
        }
        if last {
            self.ending.get_or_insert(Ending::Complete);
        }
        Ok(())
    }

    /// The examples of the survey: all in their order, or, if the method collects the gradients of fewer batches than there
    /// are, those of the first steps.
    fn survey_rows(&self) -> Vec<usize> {
        let examples = self.data.train.len();
        let most =
            self.arguments.method.surveys().unwrap_or(0).saturating_mul(self.arguments.train_batch_size());
        if most >= examples {
            return (0..examples).collect();
        }
        let mut rows = self.epoch_order(0);
        rows.truncate(most);
        rows
    }

    /// Does one batch of the survey before the first step, from which some methods select.
    fn survey(&mut self, batch: usize) {
        let rows = self.survey_rows();
        let mut batches = rows.chunks(self.arguments.train_batch_size());
        let count = batches.len();
        let (optimizer, model) = self.state.take().expect("present between steps");
        let rows = batches.nth(batch).unwrap_or_default();
        // no method blends before its first step
        let (_, gradients) = self.differentiate(&optimizer.weights_in_use(&model, 1), rows);
        self.state = Some((optimizer.survey(&gradients), model));
        let done = batch + 1;
        self.survey_left = (done < count).then_some(done);
        if done == count || done.is_multiple_of(self.arguments.logging_steps) {
            self.events.push_back(Event::Survey { batch: done, batches: count });
        }
    }

    /// Lets a frozen encoder read one batch of the training texts.
    async fn freeze(&mut self) -> Result<()> {
        let (model, options) = (self.model().valid(), self.evaluation_options());
        match &mut self.frozen {
            Some(frozen) => frozen.advance(&model, &self.data.train, options, &self.device).await,
            None => Ok(()),
        }
    }

    /// Computes the (weighted) mean loss over the examples of `rows` and its gradients, batch by batch.
    fn differentiate(&self, model: &Model, rows: &[usize]) -> (Tensor<1>, Gradients) {
        let weight = |row: &usize| {
            self.data.train[*row].target.as_ref().map_or(1.0, |target| self.weights.weight(target))
        };
        let total_weight: f64 = rows.iter().map(weight).sum();
        let mut total: Option<(Tensor<1>, Gradients)> = None;
        let (train, max_length) = (&self.data.train, self.arguments.max_length);
        let (all, texts) = (rows.len(), self.arguments.train_batch_size().div_ceil(self.parts));
        let batches = rows.chunks(texts);
        for rows in batches.flat_map(|rows| passes(model, train, rows, (texts, max_length), &self.device)) {
            let batch = collate(train, rows, self.data.pad_id, max_length);
            let device = self.device.clone().autodiff();
            let (features, instability) = match &self.frozen {
                Some(frozen) => {
                    (mean_of_windows(model.project(frozen.pooled(rows, &device)), &batch.windows), None)
                }
                None if self.arguments.method.disturbs() => {
                    let TrainingArguments { lnsr_weight, lnsr_std, seed, .. } = self.arguments;
                    let noise = state_noise(&batch, self.hidden, lnsr_std, (seed, self.step), &device);
                    let (features, instability) = features_and_instability(model, &batch, noise, &device);
                    (features, Some(instability * (lnsr_weight / all as f64)))
                }
                None => (text_features(model, &batch, &device), None),
            };
            let mut loss = loss_sum(model.classify(features), &batch.targets, &self.weights) / total_weight;
            if let Some(instability) = instability {
                loss = loss + instability;
            }
            let found = (loss.clone().inner(), gradients(model, loss));
            total = Some(match total {
                None => found,
                Some((loss, sums)) => (loss + found.0, add(sums, found.1)),
            });
        }
        total.expect("a step has at least one example")
    }

    /// The examples of the current step.
    fn next_rows(&mut self) -> Vec<usize> {
        let (epoch, index) = ((self.step - 1) / self.steps_per_epoch, (self.step - 1) % self.steps_per_epoch);
        if self.order.0 != epoch {
            self.order = (epoch, self.epoch_order(epoch as u64));
        }
        self.order.1.chunks(self.arguments.step_size()).nth(index).unwrap_or_default().to_vec()
    }

    fn epoch_order(&self, epoch: u64) -> Vec<usize> {
        let seed = self.arguments.seed;
        if !self.arguments.group_by_length {
            return training_order(self.data.train.len(), epoch, seed);
        }
        let lengths: Vec<usize> =
            self.data.train.iter().map(|example| example.encoding.input_ids.len()).collect();
        length_grouped_order(&lengths, self.arguments.train_batch_size(), epoch, seed)
    }

    fn add_loss(&mut self, loss: Tensor<1>) {
        self.loss = Some(match self.loss.take() {
            Some((sum, steps)) => (sum + loss, steps + 1),
            None => (loss, 1),
        });
    }

    /// Reads the mean loss since the last reading and the last gradient norm. Returns `None` if no step was done since.
    /// `place` names the position of the run in errors.
    ///
    /// # Errors
    /// The device failed, or the gradients were not finite for many steps.
    async fn read_loss(&mut self, place: &str) -> Result<Option<(f64, f64)>> {
        let Some((sum, steps)) = self.loss.take() else { return Ok(None) };
        let loss = f64::from(read_floats(sum).await?[0]) / steps as f64;
        let norm = self.optimizer().norm().await?;
        let newly_skipped = norm.skipped - self.skipped;
        self.skipped = norm.skipped;
        if newly_skipped > 0 {
            let message = format!(
                "{newly_skipped} of the last {steps} steps changed nothing because a gradient was not finite"
            );
            self.events.push_back(Event::Warning { message });
        }
        if newly_skipped == steps && self.skipped >= MOST_SKIPPED_IN_A_ROW.min(self.arguments.logging_steps) {
            return Err(Error::Diverged(format!(
                "training was given up at {place}: no gradient of the last {steps} steps was a finite number; use a \
                 smaller learning rate"
            )));
        }
        Ok(Some((loss, f64::from(norm.value))))
    }

    async fn log(&mut self) -> Result<()> {
        let Some((loss, grad_norm)) = self.read_loss(&format!("step {}", self.step)).await? else {
            return Ok(());
        };
        let seconds = (self.seconds() - self.preparing.as_secs_f64()).max(0.0);
        self.events.push_back(Event::Step {
            step: self.step,
            epoch: self.epoch(),
            loss,
            grad_norm,
            learning_rate: self.schedule.learning_rate(self.step),
            steps_per_second: self.step as f64 / seconds.max(1e-9),
            seconds_left: seconds / self.step as f64 * (self.max_steps() - self.step) as f64,
        });
        Ok(())
    }

    async fn report_selection(&mut self) -> Result<()> {
        let selected = self.optimizer().selected().await?;
        let selection = |(parameter, selected): (&Parameter, Selected)| MatrixSelection {
            name: parameter.name.clone(),
            layer: parameter.layer(),
            matrix: parameter.matrix().into(),
            selected,
        };
        let matrices = selected.into_iter().map(selection).collect();
        self.events.push_back(Event::Subnetwork { step: self.step, matrices });
        Ok(())
    }

    async fn evaluate(&self, model: &Model, encoded: &[Encoded]) -> Result<(Metrics, Vec<Prediction>)> {
        evaluate(model, encoded, &self.data.task, self.evaluation_options(), &self.device).await
    }

    pub(crate) fn evaluation_options(&self) -> EvaluationOptions {
        EvaluationOptions {
            batch_size: self.arguments.per_device_eval_batch_size.div_ceil(self.parts),
            max_length: self.arguments.max_length,
            pad_id: self.data.pad_id,
        }
    }

    /// Evaluates on the validation set, keeps the best model, and ends the run if its patience is exhausted.
    async fn validate(&mut self) -> Result<()> {
        let model = self.model().valid();
        let (metrics, predictions) = self.evaluate(&model, &self.data.validation).await?;
        let name = self.arguments.best_metric(self.data.task.kind);
        let value = metrics.value(name).unwrap_or(f64::NAN);
        let value = if Metrics::greater_is_better(name) { value } else { -value };
        let threshold = self.arguments.early_stopping_threshold;
        let loss = metrics.loss;
        // NaN is never better. With few examples many values are equal; then the lower loss decides, and then the later
        // step.
        let (best, patient) = match &self.best {
            Some(best) => {
                let tied = value == best.value && (loss <= best.loss || best.loss.is_nan());
                (value > best.value || tied, value > best.value + threshold)
            }
            None => (!value.is_nan(), !value.is_nan()),
        };
        self.evaluations_without_improvement =
            if patient { 0 } else { self.evaluations_without_improvement + 1 };
        if best || !self.arguments.load_best_model_at_end {
            self.held_out =
                Some(HeldOut { part: Part::Validation, step: self.step, predictions, rows: None });
        }
        if best {
            let model = self.arguments.load_best_model_at_end.then_some(model);
            self.best = Some(Best { value, loss, step: self.step, model });
        }
        self.events.push_back(Event::Evaluation {
            part: Part::Validation,
            step: self.step,
            epoch: self.epoch(),
            metrics: Box::new(metrics),
            best,
        });
        let patience = self.arguments.early_stopping_patience;
        if patience.is_some_and(|patience| self.evaluations_without_improvement >= patience) {
            self.ending.get_or_insert(Ending::StoppedEarly);
        }
        Ok(())
    }

    /// Ends the run with the best model or the last.
    async fn end(&mut self) -> Result<()> {
        let model = self.best_model();
        self.conclude(Conclusion { model, events: Vec::new(), held_out: None, thresholds: None }).await
    }

    /// Scores the model on the test set and ends the run. Call it once the run [is trained](Self::is_trained).
    ///
    /// # Errors
    /// The device failed.
    pub(crate) async fn conclude(&mut self, conclusion: Conclusion) -> Result<()> {
        let Conclusion { model, events, held_out, thresholds } = conclusion;
        if let Some(thresholds) = thresholds {
            self.data.task.thresholds = thresholds;
        }
        let kept = self.best.as_ref().filter(|best| best.model.is_some());
        let best_step = kept.map_or(self.step, |best| best.step);
        let epoch = best_step as f64 / self.steps_per_epoch as f64;
        self.events.extend(events);
        if let Some(held_out) = held_out {
            self.events.push_back(Event::Evaluation {
                part: held_out.part,
                step: best_step,
                epoch,
                metrics: Box::new(self.scored(&held_out)),
                best: true,
            });
            self.held_out = Some(held_out);
        }
        if !self.data.test.is_empty() {
            let (metrics, predictions) = self.evaluate(&model, &self.data.test).await?;
            self.held_out = Some(HeldOut { part: Part::Test, step: best_step, predictions, rows: None });
            self.events.push_back(Event::Evaluation {
                part: Part::Test,
                step: best_step,
                epoch,
                metrics: Box::new(metrics),
                best: true,
            });
        }
        self.events.push_back(Event::End {
            steps: self.step,
            seconds: self.seconds(),
            seconds_per_step: self.seconds_per_step(),
            best_step,
            stopped_early: self.ending == Some(Ending::StoppedEarly),
            interrupted: self.ending == Some(Ending::Interrupted),
            skipped_steps: self.optimizer().norm().await?.skipped,
        });
        self.ended = true;
        self.kept = Some(model);
        Ok(())
    }

    fn scored(&self, held_out: &HeldOut) -> Metrics {
        let examples = match held_out.part {
            Part::Validation => &self.data.validation,
            Part::Test => &self.data.test,
            Part::CrossValidation => &self.data.train,
        };
        let rows = held_out.rows.clone().unwrap_or_else(|| (0..examples.len()).collect());
        let targets: Vec<_> = rows.iter().filter_map(|row| examples[*row].target.clone()).collect();
        scored(&held_out.predictions, &targets, &self.data.task)
    }
}

fn add(sums: Gradients, gradients: Gradients) -> Gradients {
    let add = |(sum, gradient): (Option<Tensor<1>>, Option<Tensor<1>>)| Some(sum? + gradient?);
    sums.into_iter().zip(gradients).map(add).collect()
}

/// Estimates the memory for the largest batch. A contrastive stage trains every weight, and the run keeps its result.
fn estimate(config: &ModelConfig, arguments: &TrainingArguments, data: &Data) -> MemoryEstimate {
    let held = ModelConfig { vocab_size: data.used.rows(), ..config.clone() };
    let tokens = data.train.iter().map(|example| example.encoding.input_ids.len()).max().unwrap_or(0);
    let windows = data.train.iter().map(|example| example.encoding.window_count());
    let most = windows.clone().max().unwrap_or(1);
    let size = arguments.train_batch_size().min(windows.sum()).max(most);
    let by_method = |method| {
        MemoryEstimate::new(
            &held,
            (method, arguments.optimizer()),
            [size, bucket_length(tokens, arguments.max_length)],
        )
    };
    let estimate = by_method(arguments.method);
    match arguments.stage {
        Stage::None => estimate,
        Stage::Contrastive => MemoryEstimate {
            weights: estimate.weights + 4 * held.parameter_count() as u64,
            moments: by_method(Method::Full).moments,
            ..estimate
        },
    }
}
