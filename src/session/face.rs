//! The interface between a run and its face.

use std::future::Future;

use crate::device::Chosen;
use crate::error::Result;
use crate::train::Event;

/// Follows a run: a terminal, a page, a comparison.
pub trait Face {
    /// Shows an event of the run.
    fn tell(&mut self, event: &Event);

    /// Opens a device in place of one that failed. It must hold tensors of up to `tensor_bytes`.
    ///
    /// # Errors
    /// There is no such device.
    fn open(&mut self, tensor_bytes: u64) -> impl Future<Output = Result<Chosen>>;
}
