//! Writes a run to a checkpoint and resumes it.

use std::fmt::Display;
use std::time::Duration;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use web_time::Instant;

use super::start::{Classifier, Fit, Start, StartState};
use super::{Best, Ending, Trainer, TrainerSpec};
use crate::encoder::{Model, Parameter, parameters};
use crate::error::{Error, Result};
use crate::spec::{Event, HeldOut, Part, Prediction, Suspect};
use crate::task::rules;
use crate::train::arguments::difference;
use crate::train::checkpoint::{self, Checkpoint, Entry, Place, RunState, State, Unpacked, Values, pack};
use crate::train::contrastive::STEPS;

/// The longest accepted duration: far longer than any run, and short enough to add to.
const MOST_SECONDS: f64 = 1e10;

impl Trainer {
    /// Stores the run between two calls of [`proceed`](Self::proceed), without changing it; `None` once it has ended. A
    /// run that was [stopped](Self::stop) continues from it. `run` is the part of the checkpoint that the trainer does
    /// not have.
    ///
    /// # Errors
    /// The device failed.
    pub async fn checkpoint(&self, run: RunState) -> Result<Option<Checkpoint>> {
        if self.ended {
            return Ok(None);
        }
        let mut entries = weights("weight", self.model());
        entries.extend(self.optimizer().entries());
        if let Start::Fitted(Fit { probe, start }) = &self.start {
            for (name, Classifier { weight, bias }) in [("probe", probe), ("start", start)] {
                let shape = [weight.len() / bias.len(), bias.len()];
                let entry = |part: &str, shape: &[usize], values: &Vec<f32>| {
                    Entry::new(format!("{name}.{part}"), shape, Values::Read(values.clone()))
                };
                entries.push(entry("weight", &shape, weight));
                entries.push(entry("bias", &shape[1..], bias));
            }
        }
        if let Some(model) = &self.contrasted {
            entries.extend(weights("contrasted", model));
        }
        if let Some((sum, _)) = &self.loss {
            entries.push(Entry::floats("loss", &[1], sum));
        }
        if let Some(model) = self.best.as_ref().and_then(|best| best.model.as_ref()) {
            entries.extend(weights("best", model));
        }
        if let Some(held_out) = &self.held_out {
            let shape = [held_out.predictions.len(), self.data.task.outputs()];
            let values = held_out.predictions.iter().flat_map(Prediction::values).copied().collect();
            entries.push(Entry::new("held_out", &shape, Values::Read(values)));
        }
        let state = State {
            arguments: self.arguments.clone(),
            learning_rate: self.schedule.peak,
            device: self.device_name.clone(),
            data: self.fingerprint().into(),
            start: self.start.state(),
            contrast: self.contrast.as_ref().map(|contrast| contrast.done),
            step: self.step,
            survey: self.survey_left,
            loss_steps: self.loss.as_ref().map_or(0, |(_, steps)| *steps),
            skipped: self.skipped,
            best: self.best.as_ref().map(|best| checkpoint::BestState {
                value: best.value.to_bits(),
                loss: best.loss.to_bits(),
                step: best.step,
                model: best.model.is_some(),
            }),
            held_out: self
                .held_out
                .as_ref()
                .map(|held_out| checkpoint::HeldOutState { part: held_out.part, step: held_out.step }),
            evaluations_without_improvement: self.evaluations_without_improvement,
            started: self.started.is_some(),
            seconds: self.seconds(),
            stepping_seconds: self.stepping.as_secs_f64(),
            preparing_seconds: self.preparing.as_secs_f64(),
            ending: self.ending.filter(|ending| *ending != Ending::Interrupted),
            events: run.events.into_iter().chain(self.events.iter().cloned()).collect(),
            model: run.model,
            origin: run.origin,
        };
        Ok(Some(Checkpoint::new(state, pack(entries).await?)))
    }

    /// Resumes the run of `checkpoint`. `spec` is the one given to [`new`](Self::new); the values of its model do not
    /// matter.
    ///
    /// # Errors
    /// The checkpoint belongs to another run, or holds impossible values.
    pub async fn resume(spec: TrainerSpec, checkpoint: Checkpoint) -> Result<Self> {
        let mut trainer = Trainer::new(spec)?;
        trainer.check(&checkpoint)?;
        let mut from = checkpoint.unpack()?;
        trainer.restore_tensors(&checkpoint.state, &mut from)?;
        from.finish()?;
        if trainer.optimizer().norm().await?.skipped < checkpoint.state.skipped {
            return Err(checkpoint.wrong("counts more skipped steps than its tensors"));
        }
        let state = checkpoint.state;
        trainer.skipped = state.skipped;
        trainer.step = state.step;
        trainer.survey_left = state.survey;
        trainer.evaluations_without_improvement = state.evaluations_without_improvement;
        trainer.started = state.started.then(Instant::now);
        trainer.earlier = Duration::from_secs_f64(state.seconds);
        trainer.stepping = Duration::from_secs_f64(state.stepping_seconds);
        trainer.preparing = Duration::from_secs_f64(state.preparing_seconds);
        trainer.ending = state.ending.filter(|ending| *ending != Ending::Interrupted);
        if trainer.step == trainer.max_steps() && trainer.start != Start::Unfitted {
            trainer.ending.get_or_insert(Ending::Complete);
        }
        trainer.events = state.events.into();
        Ok(trainer)
    }

    /// Takes the events that have not been returned yet.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        self.events.drain(..).collect()
    }

    /// Adds a warning to the events.
    pub(crate) fn warn(&mut self, message: String) {
        self.events.push_back(Event::Warning { message });
    }

    /// The place that the run has reached.
    pub(crate) fn progress(&self) -> Place {
        match (&self.contrast, self.survey_left) {
            (Some(contrast), _) => Place::Contrast(contrast.done),
            (None, Some(batches)) => Place::Survey(batches),
            (None, None) => Place::Step(self.step),
        }
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ended || self.ending == Some(Ending::Interrupted)
    }

    fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| self.data.fingerprint())
    }

    fn restore_tensors(&mut self, state: &State, from: &mut Unpacked) -> Result<()> {
        match (&mut self.contrast, state.contrast) {
            (Some(contrast), Some(done)) => contrast.done = done,
            (Some(_), None) => {
                let (model, device) = (self.end_contrast(), &self.device);
                let all = parameters(&model);
                self.contrasted = Some(load(model, &all, "contrasted", from, device)?);
            }
            (None, _) => {}
        }
        if state.start == StartState::Fitted {
            let [hidden, outputs] = self.model().classifier.weight.dims();
            let mut classifier = |name: &str| -> Result<Classifier> {
                let weight = from.floats(&format!("{name}.weight"), &[hidden, outputs])?;
                Ok(Classifier { weight, bias: from.floats(&format!("{name}.bias"), &[outputs])? })
            };
            let (probe, start) = (classifier("probe")?, classifier("start")?);
            self.set_start(Fit { probe, start });
        } else if state.start == StartState::Unfitted {
            self.start = Start::Unfitted;
        }
        let (optimizer, model) = self.state.take().expect("present between steps");
        let all = parameters(&model);
        if let Some(best) = &state.best {
            let stored = best.model.then(|| load(model.valid(), &all, "best", from, &self.device));
            let model = stored.transpose()?;
            let [value, loss] = [best.value, best.loss].map(f64::from_bits);
            self.best = Some(Best { value, loss, step: best.step, model });
        }
        let model = load(model, &all, "weight", from, &self.device.clone().autodiff())?;
        self.state = Some((optimizer.restore(from, state.step)?, model));
        if state.loss_steps > 0 {
            let sum = TensorData::new(from.floats("loss", &[1])?, [1]);
            self.loss = Some((Tensor::from_data(sum, &self.device), state.loss_steps));
        }
        if let Some(held_out) = &state.held_out {
            let outputs = self.data.task.outputs();
            let values = from.floats("held_out", &[self.data.validation.len(), outputs])?;
            let prediction = |values: &[f32]| rules(self.data.task.kind).prediction(values, &self.data.task);
            let predictions = values.chunks_exact(outputs).map(prediction).collect();
            self.held_out =
                Some(HeldOut { part: held_out.part, step: held_out.step, predictions, rows: None });
        }
        Ok(())
    }

    /// Checks whether this run can have been in the state.
    fn check(&self, checkpoint: &Checkpoint) -> Result<()> {
        let state = &checkpoint.state;
        let conflict = |name: &str, was: &dyn Display, is: &dyn Display| {
            let message = "a run is resumed with the settings that it was started with";
            Err(Error::Usage(format!("{name} is {is}, but in the run to resume it is {was}; {message}")))
        };
        if let Some((name, was, is)) = difference(&state.arguments, &self.arguments) {
            return conflict(&name, &was, &is);
        }
        let (was, is) = (state.learning_rate, self.schedule.peak);
        if was.to_bits() != is.to_bits() {
            return conflict("the learning rate", &was, &is);
        }
        if state.data != self.fingerprint() {
            return Err(checkpoint.wrong(
                "is of other data: the files, the columns or the tokenizer have changed since the run was started; \
                 put them back, or start a new run in another folder",
            ));
        }
        let batches = self.survey_rows().len().div_ceil(self.arguments.train_batch_size());
        let before_survey = self.survey_left.is_some();
        let surveyed = match state.survey {
            Some(done) => before_survey && state.step == 0 && done < batches,
            None => true,
        };
        let contrasts = state.contrast.is_none_or(|done| {
            let begun = self.survey_left == state.survey && state.start != StartState::Fitted;
            self.contrast.is_some() && begun && state.step == 0 && done < STEPS
        });
        let done = state.step.max(state.contrast.unwrap_or(0));
        let reasonable = |seconds: f64| (0.0..MOST_SECONDS).contains(&seconds);
        let times = [state.seconds, state.stepping_seconds, state.preparing_seconds];
        let validates = state.best.is_none() && state.held_out.is_none() || !self.data.validation.is_empty();
        let best = state.best.as_ref().is_none_or(|best| {
            best.step <= state.step && best.model == self.arguments.load_best_model_at_end
        });
        let held_out = state
            .held_out
            .as_ref()
            .is_none_or(|held_out| held_out.step <= state.step && held_out.part == Part::Validation);
        let rules = [
            (state.step <= self.max_steps(), "has done more steps than the run has"),
            (contrasts, "is in a contrastive stage that the run does not make"),
            (surveyed, "is in a survey that the run does not make"),
            (state.started || state.step == 0, "has done steps of a run that was never started"),
            (
                state.start != StartState::Unfitted || state.step == 0,
                "has done steps before its start was fitted",
            ),
            (state.loss_steps <= done, "has losses of more steps than were done"),
            (times.into_iter().all(reasonable), "has no reasonable duration"),
            (state.evaluations_without_improvement <= state.step, "has made more evaluations than steps"),
            (validates && best && held_out, "has evaluations that the run cannot have made"),
            (state.events.iter().all(|event| self.can_tell(event)), "tells of what the run cannot have done"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, broken)) => Err(checkpoint.wrong(format!("{broken}; resume from another checkpoint"))),
            None => Ok(()),
        }
    }

    /// Whether the event could be one of this run, so that reports can rely on its values.
    fn can_tell(&self, event: &Event) -> bool {
        let most = self.max_steps();
        match event {
            Event::Start { device, .. } => {
                let mut expected = self.start_event();
                if let Event::Start { device: expected, .. } = &mut expected {
                    expected.clone_from(device);
                }
                *event == expected
            }
            Event::Evaluation { step, metrics, .. } => {
                let examples = [&self.data.validation, &self.data.test].map(Vec::len);
                metrics.fits(&self.data.task) && *step <= most && examples.contains(&metrics.examples)
            }
            Event::Probe { examples, metrics, self_trained, .. } => {
                *examples <= self.data.train.len()
                    && self_trained.is_none_or(|it| {
                        it.taught <= it.unlabelled && it.unlabelled == self.data.unlabelled.len()
                    })
                    && metrics
                        .as_ref()
                        .is_none_or(|metrics| metrics.fits(&self.data.task) && metrics.examples <= *examples)
            }
            Event::Suspects { examples, count, suspects } => {
                let labels = &self.data.task.labels;
                let is_known =
                    |suspect: &Suspect| labels.contains(&suspect.label) && labels.contains(&suspect.likely);
                *examples <= self.data.train.len()
                    && count <= examples
                    && suspects.len() <= *count
                    && suspects.iter().all(is_known)
            }
            Event::Contrast { step, steps, .. } => {
                self.contrast.is_some() && *steps == STEPS && step <= steps
            }
            Event::Subnetwork { step, matrices } => {
                let covered = || self.optimizer().covered();
                *step <= most
                    && matrices.len() <= covered().count()
                    && matrices.iter().all(|matrix| {
                        let entries = |(parameter, _): (&Parameter, _)| {
                            (parameter.name == matrix.name).then(|| parameter.entries())
                        };
                        let selected = &matrix.selected;
                        covered().find_map(entries) == Some(selected.entries)
                            && selected.kept <= selected.entries
                            && selected.overlap <= selected.kept
                    })
            }
            Event::Step { step, .. } | Event::Checkpoint { step, .. } => *step <= most,
            Event::Recovery { step, from, .. } => from <= step && *step <= most,
            Event::Survey { .. } | Event::Warning { .. } => true,
            // a resumed run repeats everything after the last step
            Event::Fold { .. } | Event::Calibration { .. } | Event::End { .. } => false,
        }
    }
}

/// Every parameter, to write under `prefix`.
fn weights(prefix: &str, model: &Model) -> Vec<Entry> {
    struct Collect<'a> {
        prefix: &'a str,
        names: std::vec::IntoIter<Parameter>,
        entries: Vec<Entry>,
    }
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let Some(Parameter { name, shape, .. }) = self.names.next() else { return };
            let values = Values::Floats(param.val().inner().flatten(0, D - 1));
            self.entries.push(Entry::new(format!("{}.{name}", self.prefix), &shape, values));
        }
    }
    let mut collect = Collect { prefix, names: parameters(model).into_iter(), entries: Vec::new() };
    model.visit(&mut collect);
    collect.entries
}

/// Loads the values under `prefix` into the model, on its own device.
fn load(
    model: Model,
    parameters: &[Parameter],
    prefix: &str,
    from: &mut Unpacked,
    device: &Device,
) -> Result<Model> {
    struct Load<'a, 'b> {
        prefix: &'a str,
        parameters: std::slice::Iter<'a, Parameter>,
        from: &'a mut Unpacked<'b>,
        device: &'a Device,
        result: Result<()>,
    }
    impl ModuleMapper for Load<'_, '_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some(Parameter { name, shape, .. }) = self.parameters.next() else { return param };
            if self.result.is_err() {
                return param;
            }
            match self.from.floats(&format!("{}.{name}", self.prefix), shape) {
                Ok(values) => {
                    let (id, before, mapper) = param.consume();
                    let tensor = Tensor::from_data(TensorData::new(values, shape.clone()), self.device);
                    let tensor = if before.is_require_grad() { tensor.require_grad() } else { tensor };
                    Param::from_mapped_value(id, tensor, mapper)
                }
                Err(error) => {
                    self.result = Err(error);
                    param
                }
            }
        }
    }
    let mut mapper = Load { prefix, parameters: parameters.iter(), from, device, result: Ok(()) };
    let model = model.map(&mut mapper);
    mapper.result.map(|()| model)
}
