//! A run that a face pulls step by step.

use super::device;
use crate::device::Chosen;
use crate::error::{Error, Result};
use crate::finetune::Running;
use crate::session::{Face, Keeping, Session, Store};
use crate::train::Event;

/// A run under way.
pub struct Training<S: Store> {
    session: Session<S>,
    /// The choice of the tuner: `auto`, `webgpu` or `cpu`.
    device: String,
    /// The last error.
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

impl<S: Store> Training<S> {
    pub(super) fn new(running: Running, device: String) -> Self {
        Training { session: Session::new(running), device, failed: None }
    }

    fn listener(&self) -> Listener {
        Listener { heard: Vec::new(), device: self.device.clone() }
    }

    pub(super) fn session(&mut self) -> &mut Session<S> {
        &mut self.session
    }

    /// Stores the run from now on, every `save_steps` steps or every five minutes. At most `limit` checkpoints stay.
    pub fn keep(&mut self, store: S, save_steps: Option<usize>, limit: usize) {
        // the model stays in memory, so writing it cannot fail
        self.session.keep(Keeping { store, save_steps, limit, hold: false });
    }

    /// Does one step, and stores the run if that is due. Returns the events, or `None` after the end.
    ///
    /// # Errors
    /// The device failed, or training diverged. The run may be able to [`recover`](Self::recover).
    pub async fn proceed(&mut self) -> std::result::Result<Option<Vec<Event>>, &Error> {
        let mut listener = self.listener();
        match self.session.step(&mut listener).await {
            Ok(more) => Ok(more.then_some(listener.heard)),
            Err(error) => Err(self.failed.insert(error)),
        }
    }

    /// Whether the run can continue after the last error.
    pub fn can_recover(&self) -> bool {
        self.failed.as_ref().is_some_and(|error| self.session.running().can_recover(error))
    }

    /// Continues on a newly opened device, from the last checkpoint or, without one, from the start. Returns the event
    /// `recovery`.
    ///
    /// # Errors
    /// There was no error after which the run can continue, or those of [`Session::recover`].
    pub async fn recover(&mut self) -> Result<Option<Event>> {
        let mut listener = self.listener();
        let can = self.can_recover();
        let error = self.failed.take().filter(|_| can).ok_or_else(|| {
            Error::Usage("the run cannot continue: no error that it can continue after has occurred".into())
        })?;
        self.session.recover(error, &mut listener).await?;
        Ok(listener.heard.pop())
    }

    /// Whether no work was done since the last checkpoint, or since the run was resumed.
    pub fn is_stored(&self) -> bool {
        self.session.running().is_stored()
    }

    /// Stores the run now, unless it is already stored. Returns the events.
    ///
    /// # Errors
    /// The device failed. The run may be able to [`recover`](Self::recover).
    pub async fn save(&mut self) -> std::result::Result<Vec<Event>, &Error> {
        let mut listener = self.listener();
        match self.session.save(&mut listener).await {
            Ok(()) => Ok(listener.heard),
            Err(error) => Err(self.failed.insert(error)),
        }
    }

    /// Records a warning for the user, and returns its event.
    pub fn warn(&mut self, message: String) -> &Event {
        self.session.warn(message)
    }

    /// All events so far.
    pub fn events(&self) -> &[Event] {
        self.session.running().events()
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

impl<S: Store> Drop for Training<S> {
    /// Frees the GPU's memory, which burn would otherwise keep for later.
    fn drop(&mut self) {
        self.session.release();
    }
}
