//! A file that is there as a whole or not at all.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::disk::sync_folder;
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
        let file = File::create(&temporary).map_err(|error| Error::io(path, error))?;
        Ok(WholeFile { path: path.to_owned(), temporary, file, complete: false })
    }

    /// Where the content goes.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Puts the file in its place, on the disk.
    ///
    /// # Errors
    /// It cannot be written or renamed.
    pub fn complete(mut self) -> Result<()> {
        let failed = |error| Error::io(&self.path, error);
        self.file.sync_all().map_err(failed)?;
        std::fs::rename(&self.temporary, &self.path).map_err(failed)?;
        self.complete = true;
        sync_folder(self.path.parent().unwrap_or(&self.path))
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.complete {
            // the error that led here is the one to tell
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
