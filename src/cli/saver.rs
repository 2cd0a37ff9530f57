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
    /// Of a run whose steps are done, until its model is written.
    held: Option<Checkpoint>,
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
            held: None,
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

    /// Keeps a run in memory once its steps are done, unless it is stored as it is: what is still to do takes its state,
    /// and the model may be what cannot be written.
    ///
    /// # Errors
    /// The device failed.
    pub async fn hold(&mut self, running: &mut Running) -> Result<()> {
        let is_stored = running.is_stored() && self.failed.is_none();
        if running.is_trained() && !is_stored && self.held.is_none() {
            self.held = running.checkpoint().await?;
        }
        Ok(())
    }

    /// Stores what is [held](Self::hold), and says how to go on from what is stored, or why nothing is; nothing where
    /// there was nothing to store.
    pub fn how_to_resume(&mut self) -> Option<String> {
        let unstored = self.held.take().and_then(|held| self.store.save(held, self.limit).err());
        let Some(last) = self.store.complete().pop() else {
            return unstored.map(|why| format!("nor could a checkpoint be: {why}"));
        };
        let lost =
            unstored.map_or_else(String::new, |why| format!(" (a later one could not be written: {why})"));
        Some(format!(
            "the run is stored as {}{lost}; when it can be written, go on with: subtune train --resume {}",
            last.display(),
            self.store.output().display()
        ))
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
        let checkpoint = match self.held.take() {
            Some(held) => Some(held),
            None if running.is_stored() && self.failed.is_none() => None,
            None => running.checkpoint().await?,
        };
        let Some(checkpoint) = checkpoint else { return Ok(()) };
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
