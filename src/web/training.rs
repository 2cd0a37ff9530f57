//! A run that JavaScript pulls step by step.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::convert::{files, plain};
use super::error::js_error;
use super::store::JsStore;
use crate::train::Checkpoint;
use crate::tuner;

type Thrown<T> = Result<T, JsValue>;

/// A run under way.
#[wasm_bindgen]
pub struct Training(pub(super) tuner::Training<JsStore>);

#[wasm_bindgen]
impl Training {
    /// Stores the run in `store` from now on, every `save_steps` steps or every five minutes. At most `limit` checkpoints
    /// stay.
    pub fn keep(&mut self, store: JsStore, save_steps: Option<usize>, limit: usize) {
        self.0.keep(store, save_steps, limit);
    }

    /// Does one step, and stores the run if that is due. Returns the events, or `undefined` after the end. If it throws, the
    /// run may be able to [`recover`](Self::recover).
    pub async fn proceed(&mut self) -> Thrown<JsValue> {
        match self.0.proceed().await.map_err(js_error)? {
            Some(events) => plain(&events),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// Whether the run can continue after the last error.
    pub fn can_recover(&self) -> bool {
        self.0.can_recover()
    }

    /// Continues on a newly opened device, from the last checkpoint or, without one, from the start. Returns the event
    /// `recovery`.
    pub async fn recover(&mut self) -> Thrown<JsValue> {
        plain(&self.0.recover().await.map_err(js_error)?)
    }

    /// Whether no work was done since the last checkpoint, or since the run was resumed.
    pub fn is_stored(&self) -> bool {
        self.0.is_stored()
    }

    /// Stores the run now, unless it is already stored. Returns the events. If it throws, the run may be able to
    /// [`recover`](Self::recover).
    pub async fn save(&mut self) -> Thrown<JsValue> {
        plain(&self.0.save().await.map_err(js_error)?)
    }

    /// Records a warning for the user, and returns its event.
    pub fn warn(&mut self, message: String) -> Thrown<JsValue> {
        plain(self.0.warn(message))
    }

    /// All events so far.
    pub fn events(&self) -> Thrown<JsValue> {
        plain(&self.0.events())
    }

    /// Ends the run after the current step as if it were complete.
    pub fn stop(&mut self) {
        self.0.stop();
    }

    /// Writes `report.html` of the run so far. With `error`, it is that of a failed run.
    pub fn report(&self, error: Option<String>) -> String {
        self.0.report(error)
    }
}

/// Reads a checkpoint from its files, by name. Errors call it `place`.
pub(super) fn read(place: &str, stored: &Object) -> Thrown<Checkpoint> {
    Checkpoint::from_files(place, files(stored)?).map_err(js_error)
}
