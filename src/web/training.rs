//! A run that JavaScript pulls step by step.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::convert::{files, plain};
use super::device;
use super::error::{js_error, misused};
use super::store::JsStore;
use crate::device::Chosen;
use crate::error::{Error, Result};
use crate::finetune::Running;
use crate::session::{Face, Keeping, Session};
use crate::train::{Checkpoint, Event};

type Thrown<T> = std::result::Result<T, JsValue>;

/// A run under way.
#[wasm_bindgen]
pub struct Training {
    session: Session<JsStore>,
    /// The choice of the tuner: `auto`, `webgpu` or `cpu`.
    device: String,
    /// The last error, if the run can continue after it.
    failed: Option<Error>,
}

/// Collects the events of one call.
struct Listener {
    heard: Vec<Event>,
    device: String,
}

impl Face for Listener {
    fn tell(&mut self, event: &Event) {
        self.heard.push(event.clone());
    }

    async fn open(&mut self, _: u64) -> Result<Chosen> {
        device::choose(&self.device).await.map_err(|_| Error::Device("no device could be opened".into()))
    }
}

impl Training {
    pub(super) fn new(running: Running, device: String) -> Self {
        Training { session: Session::new(running), device, failed: None }
    }

    fn listener(&self) -> Listener {
        Listener { heard: Vec::new(), device: self.device.clone() }
    }

    pub(super) fn session(&mut self) -> &mut Session<JsStore> {
        &mut self.session
    }

    /// Makes the JavaScript error, and keeps `error` if the run can continue after it.
    fn throw(&mut self, error: Error) -> JsValue {
        let found = js_error(&error);
        self.failed = Some(error).filter(|error| self.session.running().can_recover(error));
        found
    }
}

#[wasm_bindgen]
impl Training {
    /// Stores the run in `store` from now on, every `save_steps` steps or every five minutes. At most `limit` checkpoints
    /// stay.
    pub fn keep(&mut self, store: JsStore, save_steps: Option<usize>, limit: usize) {
        // the model stays in memory, so writing it cannot fail
        self.session.keep(Keeping { store, save_steps, limit, hold: false });
    }

    /// Does one step, and stores the run if that is due. Returns the events, or `undefined` after the end. If it throws, the
    /// run may be able to [`recover`](Self::recover).
    pub async fn proceed(&mut self) -> Thrown<JsValue> {
        let mut listener = self.listener();
        match self.session.step(&mut listener).await {
            Ok(true) => plain(&listener.heard),
            Ok(false) => Ok(JsValue::UNDEFINED),
            Err(error) => Err(self.throw(error)),
        }
    }

    /// Whether the run can continue after the last error.
    pub fn can_recover(&self) -> bool {
        self.failed.is_some()
    }

    /// Continues on a newly opened device, from the last checkpoint or, without one, from the start. Returns the event
    /// `recovery`.
    pub async fn recover(&mut self) -> Thrown<JsValue> {
        let mut listener = self.listener();
        let failed = self.failed.take();
        let error = failed.ok_or_else(|| {
            misused("the run cannot continue: no error that it can continue after has occurred")
        })?;
        self.session.recover(error, &mut listener).await.map_err(js_error)?;
        plain(&listener.heard.last())
    }

    /// Whether no work was done since the last checkpoint, or since the run was resumed.
    pub fn is_stored(&self) -> bool {
        self.session.running().is_stored()
    }

    /// Stores the run now, unless it is already stored. Returns the events. If it throws, the run may be able to
    /// [`recover`](Self::recover).
    pub async fn save(&mut self) -> Thrown<JsValue> {
        let mut listener = self.listener();
        match self.session.save(&mut listener).await {
            Ok(()) => plain(&listener.heard),
            Err(error) => Err(self.throw(error)),
        }
    }

    /// Records a warning for the user, and returns its event.
    pub fn warn(&mut self, message: String) -> Thrown<JsValue> {
        plain(self.session.warn(message))
    }

    /// All events so far.
    pub fn events(&self) -> Thrown<JsValue> {
        plain(&self.session.running().events())
    }

    /// Ends the run after the current step as if it were complete.
    pub fn stop(&mut self) {
        self.session.stop();
    }

    /// Writes `report.html` of the run so far. With `error`, it is that of a failed run.
    pub fn report(&self, error: Option<String>) -> String {
        self.session.running().report(error.map(Error::Usage).as_ref())
    }
}

/// Reads a checkpoint from its files, by name. Errors call it `place`.
pub(super) fn read(place: &str, stored: &Object) -> Thrown<Checkpoint> {
    Checkpoint::from_files(place, files(stored)?).map_err(js_error)
}

impl Drop for Training {
    /// Frees the GPU's memory, which burn would otherwise keep for later.
    fn drop(&mut self) {
        self.session.release();
    }
}
