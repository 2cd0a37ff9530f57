//! The terminal as the face of a run.

use super::device::device;
use super::event_file::EventFile;
use super::progress::Progress;
use crate::device::Chosen;
use crate::error::Result;
use crate::session::Face;
use crate::train::Event;

pub struct Terminal {
    pub progress: Progress,
    /// The file of `--log-dir`.
    pub curves: Option<EventFile>,
    /// The name given by `--device`.
    pub device: String,
}

impl Face for Terminal {
    fn tell(&mut self, event: &Event) {
        self.progress.event(event);
        if let Some(curves) = &mut self.curves {
            curves.event(event);
        }
    }

    async fn open(&mut self, tensor_bytes: u64) -> Result<Chosen> {
        device(&self.device, tensor_bytes).await
    }
}
