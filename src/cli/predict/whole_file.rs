//! A file that is complete or absent.

use std::fs::File;
use std::io::{Error as IoError, Write};
use std::path::{Path, PathBuf};

use crate::disk::{remove, sync_folder};
use crate::error::{Error, Result};

/// A file that has a temporary name beside its place until it is complete. An incomplete file is removed.
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
    /// The disk reports one.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        (&self.file).write_all(bytes).map_err(|error| self.failed(error))
    }

    /// Opens the file for another writer, which reports its errors through [`failed`](Self::failed).
    ///
    /// # Errors
    /// There are too many open files.
    pub fn opened(&self) -> Result<File> {
        self.file.try_clone().map_err(|error| self.failed(error))
    }

    pub fn failed(&self, error: impl Into<IoError>) -> Error {
        unwritten(&self.path, error.into())
    }

    /// Writes the file to the disk and puts it in its place.
    ///
    /// # Errors
    /// The disk reports one.
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
            // the user sees the error that led here, not one of the clean-up
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
