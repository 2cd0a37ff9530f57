//! A run that JavaScript pulls step by step, stores and takes up again.

use js_sys::Object;
use serde_json::json;
use wasm_bindgen::prelude::*;

use super::convert::{files, plain, record};
use super::device;
use super::error::{misused, of, thrown};
use crate::error::Error;
use crate::finetune::Running;
use crate::train::Checkpoint;

type Thrown<T> = Result<T, JsValue>;

#[wasm_bindgen]
pub struct Training {
    /// Until it was taken.
    running: Option<Running>,
    /// As the tuner was told: `auto`, `webgpu` or `cpu`.
    device: String,
    /// What the run can go on after.
    failed: Option<Error>,
}

impl Training {
    pub(super) fn new(running: Running, device: String) -> Self {
        Training { running: Some(running), device, failed: None }
    }

    pub(super) fn take(mut self) -> Option<Running> {
        self.running.take()
    }

    fn running(&mut self) -> Thrown<&mut Running> {
        self.running.as_mut().ok_or_else(|| misused("the training was finished already"))
    }

    /// Keeps an error that the run can go on after.
    fn thrown(&mut self, error: Error) -> JsValue {
        let thrown = of(&error);
        self.failed =
            Some(error).filter(|error| self.running.as_ref().is_some_and(|run| run.can_recover(error)));
        thrown
    }
}

#[wasm_bindgen]
impl Training {
    /// One step, and all that happened in it; nothing once the run has ended. Where it throws, the run may be able to
    /// [`recover`](Self::recover).
    pub async fn proceed(&mut self) -> Thrown<JsValue> {
        match self.running()?.proceed().await {
            Ok(Some(events)) => plain(&events),
            Ok(None) => Ok(JsValue::UNDEFINED),
            Err(error) => Err(self.thrown(error)),
        }
    }

    /// Whether the run can go on after what was thrown last.
    pub fn can_recover(&self) -> bool {
        self.failed.is_some()
    }

    /// Goes on on a device that is opened anew, from the files of the last checkpoint of this run or, where there are
    /// none, from the start. `place` names them in errors. Gives the event that says so.
    pub async fn recover(&mut self, place: String, checkpoint: Option<Object>) -> Thrown<JsValue> {
        let error =
            self.failed.take().ok_or_else(|| misused("nothing has failed that a run goes on after"))?;
        let checkpoint = checkpoint.map(|stored| read(&place, &stored)).transpose()?;
        // without another device, what matters is why the first is gone
        let Ok(chosen) = device::choose(&self.device).await else { return Err(of(&error)) };
        let recovered = self.running()?.recover(&error, chosen, checkpoint).await;
        plain(&recovered.map_err(thrown)?)
    }

    /// Whether it is time to store the run: every `save_steps` steps, or every five minutes.
    pub fn checkpoint_due(&self, save_steps: Option<usize>) -> bool {
        self.running.as_ref().is_some_and(|running| running.checkpoint_due(save_steps))
    }

    /// Whether nothing was done since the last checkpoint, or since the run was taken up.
    pub fn is_stored(&self) -> bool {
        self.running.as_ref().is_some_and(Running::is_stored)
    }

    /// The run as it is now: `{ name, files }`, to be kept as a whole or not at all; nothing once it has ended.
    pub async fn checkpoint(&mut self) -> Thrown<JsValue> {
        match self.running()?.checkpoint().await {
            Ok(Some(checkpoint)) => {
                let stored = plain(&json!({ "name": checkpoint.name() }))?;
                js_sys::Reflect::set(&stored, &"files".into(), &record(&checkpoint.into_files()))?;
                Ok(stored)
            }
            Ok(None) => Ok(JsValue::UNDEFINED),
            Err(error) => Err(self.thrown(error)),
        }
    }

    /// Notes that the last checkpoint was stored under `name`, and gives the event.
    pub fn checkpoint_stored(&mut self, name: &str) -> Thrown<JsValue> {
        plain(self.running()?.checkpoint_stored(name))
    }

    /// Notes something that a person should know, and gives the event.
    pub fn warn(&mut self, message: String) -> Thrown<JsValue> {
        plain(self.running()?.warn(message))
    }

    /// All that has happened so far.
    pub fn events(&mut self) -> Thrown<JsValue> {
        plain(&self.running()?.events())
    }

    /// End after the current step as if it were complete.
    pub fn stop(&mut self) {
        if let Some(running) = &mut self.running {
            running.stop();
        }
    }

    /// `report.html` of the run so far; with `error`, of a run that failed.
    pub fn report(&self, error: Option<String>) -> String {
        let error = error.map(Error::Usage);
        self.running.as_ref().map(|running| running.report(error.as_ref())).unwrap_or_default()
    }
}

/// A checkpoint of its files by name. `place` names them in errors.
pub(super) fn read(place: &str, stored: &Object) -> Thrown<Checkpoint> {
    Checkpoint::from_files(place, files(stored)?).map_err(thrown)
}

impl Drop for Training {
    /// Gives the GPU's memory back, which burn keeps for later otherwise.
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let device = running.device().device.clone();
            drop(running);
            device.memory_cleanup();
        }
    }
}
