//! Where checkpoints are kept, and which of them.

use std::collections::BTreeMap;
use std::future::Future;

use crate::error::Result;
use crate::train::{Checkpoint, Place};

/// The files of a checkpoint by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The checkpoints of one run, by their place in it. Each is there as a whole or not at all.
pub trait Store {
    /// The places of all complete checkpoints, the last one last.
    ///
    /// # Errors
    /// The store cannot be read.
    fn places(&self) -> impl Future<Output = Result<Vec<Place>>>;

    /// Stores a checkpoint, in place of one of the same place. If this fails, all others are still there.
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

/// Stores a checkpoint. Then removes the older ones except the last `limit` in all, and the later ones, which a run made
/// before it was resumed from an earlier place. If this fails, what was stored before is still there.
///
/// # Errors
/// As [`Store::write`] and [`Store::remove`].
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
