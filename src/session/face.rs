//! The interface between a run and its face.

use std::future::Future;

use crate::device::Chosen;
use crate::encoder::ModelConfig;
use crate::error::Result;
use crate::train::Event;

/// Follows a run: a terminal, a page, a comparison.
pub trait Face {
    /// Shows an event of the run.
    fn tell(&mut self, event: &Event);

    /// Opens a device that can hold a model of this configuration, in place of one that failed.
    ///
    /// # Errors
    /// There is no such device.
    fn open(&mut self, config: &ModelConfig) -> impl Future<Output = Result<Chosen>>;
}
