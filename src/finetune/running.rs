//! A run under way, and its results.

use std::path::PathBuf;
use std::time::Duration;

use burn::tensor::Device;
use serde_json::Value;
use web_time::Instant;

use super::course::Course;
use crate::device::Chosen;
use crate::encoder::{Dtype, ModelConfig, Remembered};
use crate::error::{Error, Result};
use crate::hash::Hash;
use crate::model::{Loaded, ModelFolder};
use crate::report::{Mistakes, RunSummary, model_card, run_report};
use crate::task::{Doubt, doubts};
use crate::text::{Example, Sets, Target};
use crate::train::{Checkpoint, Data, Event, HeldOut, Part, Place, RunState, forget_classes, groups};

/// The number of suspects that are told, and of the characters of their texts.
const MOST_SUSPECTS: usize = 100;
const MOST_CHARACTERS: usize = 600;

/// The time between checkpoints if the user set no number of steps.
const SAVE_EVERY: Duration = Duration::from_secs(5 * 60);

/// A run on a device. A [`Session`](crate::session::Session) drives it.
pub struct Running {
    pub(super) course: Course,
    pub(super) chosen: Chosen,
    /// The seed of the run.
    pub(super) seed: u64,
    /// The starting model.
    pub(super) folder: ModelFolder,
    /// The configuration of the model in training.
    pub config: ModelConfig,
    /// The peak learning rate.
    pub learning_rate: f64,
    /// The class names; empty for a regression.
    pub labels: Vec<String>,
    pub(super) sets: Sets,
    /// The names in reports.
    pub(super) model_name: PathBuf,
    pub(super) train_file: PathBuf,
    pub(super) remembered: Remembered,
    pub(super) events: Vec<Event>,
    /// The face's record of how to prepare the run again, for checkpoints.
    pub(super) origin: Value,
    pub(super) saved: Saved,
    pub(super) losses: usize,
    /// The final model, from the end of the run until it is taken.
    pub(super) exported: Option<ModelFolder>,
    pub(super) ended: bool,
}

/// The number of times that a run continues after its device was lost.
const MOST_LOSSES: usize = 5;

/// The place of the last checkpoint, or of the start of this process.
pub(super) struct Saved {
    progress: Place,
    at: Instant,
    /// The starting model's fingerprint, once it was computed.
    model: Option<String>,
}

impl Saved {
    pub(super) fn new(progress: Place) -> Self {
        Saved { progress, at: Instant::now(), model: None }
    }
}

/// Hashes the starting model and its classes.
pub(super) fn model_fingerprint(folder: &ModelFolder, config: &ModelConfig) -> String {
    let mut hash = Hash::default();
    hash.add(config.to_json());
    hash.add(folder.bytes("model.safetensors"));
    hash.hex()
}

impl Running {
    /// Does one unit of work, such as a step, and returns its events; `None` after the end.
    ///
    /// # Errors
    /// The device failed, or training diverged.
    pub async fn proceed(&mut self) -> Result<Option<Vec<Event>>> {
        if self.ended {
            return Ok(None);
        }
        let done = self.advance().await;
        let (happened, exported) = self.chosen.explain(done).await?;
        (self.ended, self.exported) = (exported.is_some(), exported);
        // a resumed run repeats its folds, so their events must not be in a checkpoint
        let lasting = happened.iter().filter(|event| !matches!(event, Event::Fold { .. }));
        self.events.extend(lasting.cloned());
        if happened.iter().any(|event| matches!(event, Event::Evaluation { .. })) {
            forget_classes(&mut self.events);
        }
        Ok(Some(happened))
    }

    /// Does one unit of work. The last unit also exports the model, so a device that is lost later loses nothing.
    async fn advance(&mut self) -> Result<(Vec<Event>, Option<ModelFolder>)> {
        let (folder, config, device) = (&self.folder, &self.config, self.chosen.device.clone().autodiff());
        let load = |data: &Data| load(folder, config, data, self.seed, &device);
        let mut happened = self.course.proceed(load).await?.unwrap_or_default();
        happened.extend(self.suspects());
        let trainer = &mut self.course.trainer;
        if !trainer.has_ended() {
            return Ok((happened, None));
        }
        let model = trainer.take_model();
        let Data { task, used, .. } = trainer.data();
        let remembered = self.remembered.clone().with_thresholds(task.thresholds.to_vec());
        let config = ModelConfig { remembered: Some(remembered), ..self.config.clone() };
        let exported = self.folder.export(&model, &config, used, Dtype::Float32).await?;
        Ok((happened, Some(exported)))
    }

    /// Judges the labels, once the first model is fitted.
    fn suspects(&mut self) -> Option<Event> {
        let (rows, features) = self.course.trainer.take_fitted_features()?;
        let data = self.course.trainer.data();
        let targets: Vec<Target> = rows.iter().filter_map(|row| data.train[*row].target.clone()).collect();
        let all = groups(&data.train);
        let groups: Vec<usize> = rows.iter().map(|row| all[*row]).collect();
        let found = doubts(&features, &targets, &groups, &data.task, self.seed)?;
        let suspect =
            |doubt: &Doubt| doubt.suspect(&self.sets.train[rows[doubt.row]], &data.task, MOST_CHARACTERS);
        let suspects = found.iter().take(MOST_SUSPECTS).map(suspect).collect();
        Some(Event::Suspects { examples: rows.len(), count: found.len(), suspects })
    }

    /// Whether the run can continue after `error`: after a lost device up to five times, and once after running out of
    /// memory, with batches split in halves from then on.
    pub fn can_recover(&self, error: &Error) -> bool {
        match error {
            Error::DeviceLost(_) => self.losses < MOST_LOSSES,
            Error::OutOfMemory(_) => self.course.trainer.can_take_parts(),
            _ => false,
        }
    }

    /// Continues after `error` on a newly opened device, from the last checkpoint of this run or, without one, from the
    /// start. The same kind of device gives the same bits, unless batches are split.
    ///
    /// # Errors
    /// The device fails again, or the checkpoint cannot be used.
    pub async fn recover(
        &mut self,
        error: &Error,
        chosen: Chosen,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Event> {
        let failed = self.course.trainer.progress().step();
        self.release();
        let halves = match error {
            Error::OutOfMemory(_) => {
                self.course.trainer.take_parts();
                ", with batches in two halves"
            }
            _ => {
                self.losses += 1;
                ""
            }
        };
        let device = chosen.device.clone();
        let trainer = &mut self.course.trainer;
        let autodiff = device.clone().autodiff();
        let Loaded { model, config, .. } =
            load(&self.folder, &self.config, trainer.data(), self.seed, &autodiff)?;
        let restarted = trainer.restart((model, config), device, chosen.name(), checkpoint).await;
        chosen.explain(restarted).await?;
        let from = self.course.trainer.progress().step();
        let place = match from {
            0 => "from the start".into(),
            step => format!("after step {step}"),
        };
        let message =
            format!("step {failed} failed: {error}. The run continues {place} on {}{halves}", chosen.name());
        self.chosen = chosen;
        self.saved = Saved { model: self.saved.model.take(), ..Saved::new(self.course.trainer.progress()) };
        let earlier = self.events.drain(..).filter(|event| matches!(event, Event::Recovery { .. }));
        let recovery = Event::Recovery { step: failed, from, message };
        let restart = self.course.trainer.take_events();
        self.events =
            restart.into_iter().chain(earlier.collect::<Vec<_>>()).chain([recovery.clone()]).collect();
        Ok(recovery)
    }

    /// Frees the run's memory on its device. Only reports and [`recover`](Self::recover) may follow.
    pub fn release(&mut self) {
        self.course.forget();
        self.course.trainer.release();
        self.chosen.device.memory_cleanup();
    }

    /// The device of the run.
    pub fn device(&self) -> &Chosen {
        &self.chosen
    }

    /// Whether a [`checkpoint`](Self::checkpoint) is due: every `save_steps` units of work (steps, steps of the contrastive
    /// stage, or batches of the survey), or every five minutes if `save_steps` is `None`.
    pub fn checkpoint_due(&self, save_steps: Option<usize>) -> bool {
        if self.course.trainer.is_ending() || self.is_stored() {
            return false;
        }
        match save_steps {
            Some(steps) => self.course.trainer.progress().number().is_multiple_of(steps),
            None => self.saved.at.elapsed() >= SAVE_EVERY,
        }
    }

    /// Whether all steps are done and only the conclusion is left.
    pub fn is_trained(&self) -> bool {
        self.course.trainer.is_trained()
    }

    /// Whether no work was done since the last [`checkpoint`](Self::checkpoint), or since the run was started or resumed.
    pub fn is_stored(&self) -> bool {
        self.course.trainer.progress() == self.saved.progress
    }

    /// Makes a checkpoint of the run; `None` after the end. Call [`checkpoint_stored`] once it is stored.
    ///
    /// [`checkpoint_stored`]: Self::checkpoint_stored
    ///
    /// # Errors
    /// The device failed.
    pub async fn checkpoint(&mut self) -> Result<Option<Checkpoint>> {
        let model = self.saved.model.get_or_insert_with(|| model_fingerprint(&self.folder, &self.config));
        let run = RunState { events: self.events.clone(), model: model.clone(), origin: self.origin.clone() };
        let checkpoint = self.course.trainer.checkpoint(run).await;
        // values that were read from a lost device must not be stored
        let Some(mut checkpoint) = self.chosen.explain(checkpoint).await? else { return Ok(None) };
        // a run that resumes from it must know of this event too
        let stored = Event::Checkpoint { step: checkpoint.step(), name: checkpoint.name() };
        checkpoint.state.events.push(stored);
        (self.saved.progress, self.saved.at) = (self.course.trainer.progress(), Instant::now());
        Ok(Some(checkpoint))
    }

    /// Records that the last [`checkpoint`](Self::checkpoint) was stored under `name`.
    pub fn checkpoint_stored(&mut self, name: &str) -> &Event {
        let step = self.saved.progress.step();
        self.note(Event::Checkpoint { step, name: name.into() })
    }

    /// Records a warning of the face, so that the report shows it too.
    pub fn warn(&mut self, message: String) -> &Event {
        self.note(Event::Warning { message })
    }

    fn note(&mut self, event: Event) -> &Event {
        self.events.push(event);
        self.events.last().expect("one was added")
    }

    /// Ends the run after the current step as if it were complete.
    pub fn stop(&mut self) {
        self.course.stop();
    }

    /// All events so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The held-out examples with their predictions, by the final model or, in a cross-validation, by a model that was
    /// trained without them. `None` before the first evaluation.
    pub fn held_out(&self) -> Option<(Vec<&Example>, &HeldOut)> {
        let held_out = self.course.trainer.held_out()?;
        let examples = match held_out.part {
            Part::Validation => &self.sets.validation,
            Part::Test => &self.sets.test,
            Part::CrossValidation => &self.sets.train,
        };
        let examples = match &held_out.rows {
            Some(rows) => rows.iter().map(|row| &examples[*row]).collect(),
            None => examples.iter().collect(),
        };
        Some((examples, held_out))
    }

    /// Writes `report.html` of the run so far. With `error`, it is that of a failed run.
    pub fn report(&self, error: Option<&Error>) -> String {
        run_report(&self.summary(error))
    }

    /// Takes the files of the final model, with the model card and the report. `None` before the end, and after they were
    /// taken.
    pub fn finish(&mut self) -> Option<ModelFolder> {
        let folder = self.exported.take()?;
        let (card, report) = (model_card(&self.summary(None)), self.report(None));
        Some(folder.with_file("README.md", card.into_bytes()).with_file("report.html", report.into_bytes()))
    }

    fn summary(&self, error: Option<&Error>) -> RunSummary<'_> {
        RunSummary {
            events: &self.events,
            train_file: &self.train_file,
            model: &self.model_name,
            layers: self.config.num_hidden_layers,
            model_type: self.config.family.model_type,
            hidden_size: self.config.hidden_size,
            task: self.course.trainer.data().task.clone(),
            mistakes: self
                .held_out()
                .map(|(examples, held_out)| Mistakes::new(held_out, &examples, &self.labels)),
            is_pair: self.remembered.pair,
            prompt: self.remembered.prompt.clone().unwrap_or_default(),
            error: error.map(Error::to_string),
        }
    }
}

/// Loads the starting model, on a device with autodiff.
fn load(
    folder: &ModelFolder,
    config: &ModelConfig,
    Data { task, used, .. }: &Data,
    seed: u64,
    device: &Device,
) -> Result<Loaded> {
    let kept = (Some(config.num_hidden_layers), Some(config.pooling));
    folder.load_for_training(task, used, kept, seed, device)
}
