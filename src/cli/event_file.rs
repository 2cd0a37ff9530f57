//! The event file of `--log-dir`, for TensorBoard.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::output::tell;
use crate::disk::create_folders;
use crate::error::{Error, Result};
use crate::report::tensorboard::{beginning, record, restart};
use crate::train::Event;

/// A file that grows with the run. One that can no longer be written does not end the run.
pub struct EventFile {
    /// `None` after it could not be written.
    file: Option<File>,
}

impl EventFile {
    /// Creates a new file in `folder`, and the folder.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create(folder: &Path) -> Result<Self> {
        let unwritten = |source| Error::Unwritten { path: folder.to_owned(), source };
        create_folders(folder).map_err(unwritten)?;
        // the files of one folder are read in the order of their names
        let name = format!("events.out.tfevents.{:.6}.subtune.{}", now(), std::process::id());
        let mut file = File::create_new(folder.join(name)).map_err(unwritten)?;
        file.write_all(&beginning(now())).map_err(unwritten)?;
        Ok(EventFile { file: Some(file) })
    }

    /// Continues curves that other files of the folder have up to the last of `events`.
    pub fn resume(&mut self, events: &[Event]) {
        let step = |event: &Event| match event {
            Event::Step { step, .. } | Event::Checkpoint { step, .. } => Some(*step),
            _ => None,
        };
        let last = events.iter().filter_map(step).max().unwrap_or(0);
        self.write(&restart(now(), last + 1));
    }

    pub fn event(&mut self, event: &Event) {
        if let Some(bytes) = record(now(), event) {
            self.write(&bytes);
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(Err(error)) = self.file.as_mut().map(|file| file.write_all(bytes)) {
            tell(&format!(
                "warning: the file for TensorBoard could not be written ({error}); the run continues without it"
            ));
            self.file = None;
        }
    }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
