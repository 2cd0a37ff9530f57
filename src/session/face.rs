//! What a run needs of whoever follows it.

use std::future::Future;

use crate::bert::BertConfig;
use crate::device::Chosen;
use crate::error::Result;
use crate::train::Event;

/// Follows a run: a terminal, a page, a comparison.
pub trait Face {
    /// Something happened in the run.
    fn tell(&mut self, event: &Event);

    /// Opens a device that can hold a model of this configuration, in place of one that failed.
    ///
    /// # Errors
    /// There is none.
    fn open(&mut self, config: &BertConfig) -> impl Future<Output = Result<Chosen>>;
}
