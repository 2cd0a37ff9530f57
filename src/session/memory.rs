//! Checkpoints in memory, for a run that must survive only the loss of its device.

use std::collections::BTreeMap;

use super::store::{Files, Store};
use crate::error::{Error, Result};
use crate::train::{Checkpoint, Place};

/// Keeps checkpoints in memory.
#[derive(Default)]
pub struct MemoryStore(BTreeMap<Place, Files>);

impl Store for MemoryStore {
    async fn places(&self) -> Result<Vec<Place>> {
        Ok(self.0.keys().copied().collect())
    }

    async fn write(&mut self, place: Place, files: Files) -> Result<()> {
        self.0.insert(place, files);
        Ok(())
    }

    async fn read(&self, place: Place) -> Result<Checkpoint> {
        match self.0.get(&place) {
            Some(files) => Checkpoint::from_files(&place.name(), files.clone()),
            None => Err(Error::checkpoint(place.name(), "is not in memory")),
        }
    }

    async fn remove(&mut self, place: Place) -> Result<()> {
        self.0.remove(&place);
        Ok(())
    }
}
