//! A file that is there as a whole or not at all.

use std::fs::File;
use std::io::{Error as IoError, Write};
use std::path::{Path, PathBuf};

use crate::disk::{remove, sync_folder};
use crate::error::{Error, Result};

/// A file under a temporary name beside its place, until it is complete. What is not completed is removed.
pub struct WholeFile {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    complete: bool,
}

impl WholeFile {
    /// # Errors
    /// The folder does not exist or cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
        remove(&temporary)?;
        let file = File::create_new(&temporary).map_err(|error| unwritten(path, error))?;
        Ok(WholeFile { path: path.to_owned(), temporary, file, complete: false })
    }

    /// # Errors
    /// As that of the disk.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        (&self.file).write_all(bytes).map_err(|error| self.failed(error))
    }

    /// For a writer of its own, whose errors [`failed`](Self::failed) takes.
    ///
    /// # Errors
    /// There are too many open files.
    pub fn opened(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| self.failed(error))
    }

    pub fn failed(&self, error: impl Into<IoError>) -> Error {
        unwritten(&self.path, error.into())
    }

    /// Puts the file in its place, on the disk.
    ///
    /// # Errors
    /// As that of the disk.
    pub fn complete(mut self) -> Result<()> {
        let put = || {
            self.file.sync_all()?;
            std::fs::rename(&self.temporary, &self.path)
        };
        put().map_err(|error| self.failed(error))?;
        self.complete = true;
        sync_folder(self.path.parent().unwrap_or(&self.path))
    }
}

fn unwritten(path: &Path, source: IoError) -> Error {
    Error::Unwritten { path: path.to_owned(), source }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.complete {
            // the error that led here is the one to tell
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
