//! The interface of a store for checkpoints, and the rule for keeping them.

use std::collections::BTreeMap;
use std::future::Future;

use crate::error::Result;
use crate::train::{Checkpoint, Place};

/// The files of a checkpoint by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The checkpoints of one run, by their place in it. Each is complete or absent.
pub trait Store {
    /// The places of all complete checkpoints, in the order of the run.
    ///
    /// # Errors
    /// The store cannot be read.
    fn places(&self) -> impl Future<Output = Result<Vec<Place>>>;

    /// Stores a checkpoint, and replaces one with the same place. If this fails, all others are still there.
    ///
    /// # Errors
    /// A file cannot be written, as on a full disk.
    fn write(&mut self, place: Place, files: Files) -> impl Future<Output = Result<()>>;

    /// # Errors
    /// A file is missing or damaged.
    fn read(&self, place: Place) -> impl Future<Output = Result<Checkpoint>>;

    /// # Errors
    /// A file cannot be removed.
    fn remove(&mut self, place: Place) -> impl Future<Output = Result<()>>;
}

/// Stores a checkpoint, and then removes old ones: those beyond the last `limit`, and later ones that a run made before
/// it was resumed from an earlier place. If this fails, all earlier checkpoints are still there.
///
/// # Errors
/// Those of [`Store::write`] and [`Store::remove`].
pub(super) async fn save(store: &mut impl Store, checkpoint: Checkpoint, limit: usize) -> Result<()> {
    let place = checkpoint.in_run();
    store.write(place, checkpoint.into_files()).await?;
    let (mut kept, later): (Vec<_>, Vec<_>) =
        store.places().await?.into_iter().partition(|other| *other <= place);
    kept.truncate(kept.len().saturating_sub(limit.max(1)));
    for other in later.into_iter().chain(kept) {
        store.remove(other).await?;
    }
    Ok(())
}
