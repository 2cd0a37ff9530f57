//! Drives a run in the same way for every face: step by step, with a checkpoint when it is due, and with recovery after
//! the device failed. Progress bars, Ctrl-C, pausing and aborting are the faces' own.

mod face;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
mod memory;
mod store;

pub use face::Face;
#[cfg(not(target_arch = "wasm32"))]
pub use folder::FolderStore;
pub use memory::MemoryStore;
pub use store::{Files, Store};

use crate::error::{Error, Result};
use crate::finetune::Running;
use crate::model::ModelFolder;
use crate::train::{Checkpoint, Event};
use store::save;

/// A run and its store.
///
/// Call [`advance`](Self::advance) until it returns false, then [`finish`](Self::finish).
pub struct Session<S> {
    running: Running,
    keeping: Option<Keeping<S>>,
    /// The error of the last checkpoint, if it could not be written.
    failed: Option<String>,
    /// Whether the user has been warned that checkpoints cannot be written.
    warned: bool,
    /// The run after its last step, if that state is not stored.
    held: Option<Checkpoint>,
    interrupting: bool,
}

/// The place and the frequency of a run's checkpoints.
pub struct Keeping<S> {
    /// Where.
    pub store: S,
    /// Steps between two checkpoints; `None` stores by the clock.
    pub save_steps: Option<usize>,
    /// The number of checkpoints to keep, at least 1.
    pub limit: usize,
    /// Whether a checkpoint of the trained run stays in memory until the model is written, because that may fail.
    pub hold: bool,
}

impl<S: Store> Session<S> {
    /// A session that stores nothing yet.
    pub fn new(running: Running) -> Self {
        Session { running, keeping: None, failed: None, warned: false, held: None, interrupting: false }
    }

    /// Stores the run from now on.
    pub fn keep(&mut self, keeping: Keeping<S>) {
        self.keeping = Some(keeping);
    }

    /// The run as it is.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// The store of the run.
    pub fn store(&mut self) -> Option<&mut S> {
        self.keeping.as_mut().map(|keeping| &mut keeping.store)
    }

    /// The error of the last checkpoint, if it could not be written.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Does one part of the run, such as a step, and stores the run if that is due. If the device fails and the run can
    /// continue, it does so on another device. Returns whether there is more to do.
    ///
    /// # Errors
    /// The device failed for good, or training diverged.
    pub async fn advance(&mut self, face: &mut impl Face) -> Result<bool> {
        match self.step(face).await {
            Err(error) if self.running.can_recover(&error) => self.recover(error, face).await.map(|()| true),
            done => done,
        }
    }

    /// Like [`advance`](Self::advance), for a face that calls [`recover`](Self::recover) itself.
    ///
    /// # Errors
    /// The device failed, or training diverged.
    pub async fn step(&mut self, face: &mut impl Face) -> Result<bool> {
        if self.interrupting {
            // stored before it is stopped, so that a resumed run continues as if it had not been
            self.save(face).await?;
            self.interrupting = false;
            self.running.stop();
        }
        let Some(happened) = self.running.proceed().await? else { return Ok(false) };
        happened.iter().for_each(|event| face.tell(event));
        let due = |keeping: &Keeping<S>| self.running.checkpoint_due(keeping.save_steps);
        if self.keeping.as_ref().is_some_and(due) {
            self.save(face).await?;
        }
        self.hold().await?;
        Ok(true)
    }

    /// Continues after `error` on a device that `face` opens, from the last checkpoint or, without one, from the start.
    ///
    /// # Errors
    /// `error` itself, if no other device can be opened; or the device fails again, or the checkpoint cannot be used.
    pub async fn recover(&mut self, error: Error, face: &mut impl Face) -> Result<()> {
        // without another device, the user needs to know why the first was lost
        let Ok(chosen) = face.open(self.running.config.largest_parameter_bytes()).await else {
            return Err(error);
        };
        let last = match &self.keeping {
            Some(Keeping { store, .. }) => match store.places().await?.last() {
                Some(place) => Some(store.read(*place).await?),
                None => None,
            },
            None => None,
        };
        face.tell(&self.running.recover(&error, chosen, last).await?);
        Ok(())
    }

    /// Stores the run, unless it has ended or is stored already. If the checkpoint cannot be written, the run continues
    /// and `face` gets a warning, but only once.
    ///
    /// # Errors
    /// The device failed.
    pub async fn save(&mut self, face: &mut impl Face) -> Result<()> {
        let Some(Keeping { store, limit, .. }) = &mut self.keeping else { return Ok(()) };
        let checkpoint = match self.held.take() {
            Some(held) => Some(held),
            None if self.running.is_stored() && self.failed.is_none() => None,
            None => self.running.checkpoint().await?,
        };
        let Some(checkpoint) = checkpoint else { return Ok(()) };
        let name = checkpoint.name();
        self.failed = save(store, checkpoint, *limit).await.err().map(|error| error.to_string());
        match &self.failed {
            None => face.tell(self.running.checkpoint_stored(&name)),
            Some(_) if self.warned => {}
            Some(error) => {
                self.warned = true;
                face.tell(self.running.warn(format!(
                    "no checkpoint could be written ({error}); the run continues, and earlier checkpoints are kept"
                )));
            }
        }
        Ok(())
    }

    /// Stores the run before its next step and then ends it as if it were complete.
    pub fn interrupt(&mut self) {
        self.interrupting = true;
    }

    /// Ends the run after the current step as if it were complete.
    pub fn stop(&mut self) {
        self.running.stop();
    }

    /// Adds a warning of the face to the run, so that the report contains it too. Returns the event.
    pub fn warn(&mut self, message: String) -> &Event {
        self.running.warn(message)
    }

    /// Frees the run's memory on its device. Afterwards only reports can be made.
    pub fn release(&mut self) {
        self.running.release();
    }

    /// Keeps a checkpoint in memory. The work after the steps consumes the run's state, and writing the model may fail.
    async fn hold(&mut self) -> Result<()> {
        let holds = self.keeping.as_ref().is_some_and(|keeping| keeping.hold);
        let is_stored = self.running.is_stored() && self.failed.is_none();
        if holds && self.running.is_trained() && !is_stored && self.held.is_none() {
            self.held = self.running.checkpoint().await?;
        }
        Ok(())
    }

    /// Stores the checkpoint that is held in memory, if there is one. Call it if the model could not be written.
    ///
    /// # Errors
    /// The checkpoint cannot be written either.
    pub async fn store_held(&mut self) -> Result<()> {
        match (self.held.take(), &mut self.keeping) {
            (Some(held), Some(Keeping { store, limit, .. })) => save(store, held, *limit).await,
            _ => Ok(()),
        }
    }

    /// The files of the trained model, with a model card and the report. `None` before the run has ended.
    pub fn finish(&mut self) -> Option<ModelFolder> {
        self.running.finish()
    }
}
