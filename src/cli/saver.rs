//! When a run is stored, and what is said of it.

use std::path::Path;

use super::progress::Progress;
use crate::error::Result;
use crate::finetune::Running;
use crate::spec::RunArguments;
use crate::train::{Checkpoint, CheckpointStore};

pub struct Saver {
    store: CheckpointStore,
    steps: Option<usize>,
    limit: usize,
    warned: bool,
    /// Why the last checkpoint could not be written.
    failed: Option<String>,
}

impl Saver {
    pub fn new(run: &RunArguments, output: &Path) -> Self {
        Saver {
            store: CheckpointStore::new(output),
            steps: run.save_steps,
            limit: run.save_total_limit,
            warned: false,
            failed: None,
        }
    }

    pub fn store(&self) -> &CheckpointStore {
        &self.store
    }

    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// What the run can go on from, where there is such.
    ///
    /// # Errors
    /// The checkpoint cannot be read.
    pub fn last(&self) -> Result<Option<Checkpoint>> {
        self.store.complete().last().map(|folder| CheckpointStore::read(folder)).transpose()
    }

    /// Stores the run if it is time to.
    ///
    /// # Errors
    /// The device failed.
    pub async fn save_if_due(&mut self, running: &mut Running, progress: &mut Progress) -> Result<()> {
        match running.checkpoint_due(self.steps) {
            true => self.save(running, progress).await,
            false => Ok(()),
        }
    }

    /// Stores the run as it is, unless it has ended or that was done already. A checkpoint that cannot be written is
    /// no reason to end a run, and one warning is enough.
    ///
    /// # Errors
    /// As [`save_if_due`](Self::save_if_due).
    pub async fn save(&mut self, running: &mut Running, progress: &mut Progress) -> Result<()> {
        if running.is_stored() && self.failed.is_none() {
            return Ok(());
        }
        let Some(checkpoint) = running.checkpoint().await? else { return Ok(()) };
        let name = checkpoint.name();
        self.failed = self.store.save(checkpoint, self.limit).err().map(|error| error.to_string());
        match &self.failed {
            None => progress.event(running.checkpoint_stored(&name)),
            Some(_) if self.warned => {}
            Some(error) => {
                self.warned = true;
                let message = format!(
                    "no checkpoint could be written ({error}); the run goes on, and earlier checkpoints are kept"
                );
                progress.event(running.warn(message));
            }
        }
        Ok(())
    }
}
