//! The output folder of a run. A lock keeps other runs from writing to it at the same time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use same_file::Handle;
use serde_json::json;

use crate::disk::{Readers, create_folders, remove, replace_file};
use crate::error::{Error, Result};
use crate::session::FolderStore;

/// The file that a run keeps locked, and removes at its end. The file of a killed run stays, but is no longer locked.
const LOCK: &str = ".lock";
pub const REPORT: &str = "report.html";
/// The file that marks the report beside it as that of a failed run, with the reason.
const FAILED: &str = "failed.json";
/// The number of attempts to take a folder that other runs take or remove at the same moment.
const TRIES: usize = 100;

/// An output folder that belongs to this run until it is dropped. If the run wrote nothing, dropping it removes the
/// folder.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    /// The lock file, open as long as it is locked; `None` after its release.
    lock: Option<File>,
    /// The folders that this run created, the outermost first.
    made: Vec<PathBuf>,
}

impl OutputFolder {
    /// Takes a folder, and creates it if it does not exist.
    ///
    /// # Errors
    /// Another run has the folder, or it cannot be written to.
    pub fn take(path: &Path) -> Result<Self> {
        match Self::try_take(path)? {
            Some(folder) => Ok(folder),
            None => Err(Error::Usage(format!(
                "another subtune is writing to {}; wait until it is done, or name another --output-dir",
                path.display()
            ))),
        }
    }

    /// Takes the first of the folders `numbered` 1, 2, ... that is empty and that no run has.
    ///
    /// # Errors
    /// A folder cannot be written to.
    pub fn take_free(numbered: impl Fn(usize) -> PathBuf) -> Result<Self> {
        let mut number = 1;
        loop {
            let path = numbered(number);
            if is_free(&path)
                && let Some(folder) = Self::try_take(&path)?
                // another run may have written to it in the meantime
                && is_free(&path)
            {
                return Ok(folder);
            }
            number += 1;
        }
    }

    /// Takes the folder, unless another run has it.
    fn try_take(path: &Path) -> Result<Option<Self>> {
        let unwritable = |error: std::io::Error| Error::Unwritten {
            path: path.to_owned(),
            source: std::io::Error::new(error.kind(), format!("{error}; name another --output-dir")),
        };
        let lock = path.join(LOCK);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // a planted link must not lead to writing or locking another file
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
        let is_link = || lock.symlink_metadata().is_ok_and(|found| found.is_symlink());
        let mut removed = None;
        for _ in 0..TRIES {
            let mut folder = OutputFolder { path: path.to_owned(), lock: None, made: Vec::new() };
            let opened = create_folders(path).and_then(|made| {
                folder.made = made;
                options.open(&lock)
            });
            let file = match opened {
                // another run that wrote nothing may have removed the folder
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    removed = Some(error);
                    continue;
                }
                Err(_) if is_link() => {
                    let message = format!("{LOCK} in it is a link, which no run makes; remove the link");
                    return Err(unwritable(std::io::Error::new(ErrorKind::AlreadyExists, message)));
                }
                opened => opened.map_err(unwritable)?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Ok(None),
                // some file systems have no locks
                Err(TryLockError::Error(_)) | Ok(()) => {}
            }
            // the run before may have removed the file after this one opened it, and then the lock protects nothing
            let is_there = file.try_clone().and_then(Handle::from_file).ok() == Handle::from_path(&lock).ok();
            if is_there {
                folder.lock = Some(file);
                return Ok(Some(folder));
            }
        }
        removed.map_or(Ok(None), |error| Err(unwritable(error)))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// # Errors
    /// The folder holds files that a new run would overwrite.
    pub fn check_free(&self) -> Result<()> {
        if is_free(&self.path) {
            return Ok(());
        }
        let shown = self.path.display();
        let resume = match FolderStore::new(&self.path).complete().is_empty() {
            true => String::new(),
            false => format!(", or continue the run that is stored there: --resume {shown}"),
        };
        Err(Error::Usage(format!(
            "{shown} already holds files; name another --output-dir, or add --overwrite-output-dir{resume}"
        )))
    }

    /// Writes the report of a failed run, and marks it as such, so that the next run may overwrite it.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write_failed(&self, report: &str, error: &Error) -> Result<PathBuf> {
        let why = json!({ "error": error.to_string() });
        replace_file(&self.path.join(FAILED), format!("{why:#}\n").as_bytes(), Readers::Anyone)?;
        let path = self.path.join(REPORT);
        replace_file(&path, report.as_bytes(), Readers::Owner)?;
        Ok(path)
    }

    /// Removes the mark of a failed run. Call it before a model is written, because the report is then that of a good
    /// run.
    ///
    /// # Errors
    /// The mark cannot be removed.
    pub fn forget_failed(&self) -> Result<()> {
        remove(&self.path.join(FAILED))
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            // removed while it is locked, so that no run locks a file that is about to be removed
            let _ = std::fs::remove_file(self.path.join(LOCK));
            drop(lock);
        }
        // a folder with content is not removed
        self.made.iter().rev().for_each(|folder| drop(std::fs::remove_dir(folder)));
    }
}

/// Whether a run may write there without losing anything: the folder is absent, or holds at most the remains of a run
/// that failed, or was killed before it stored anything.
fn is_free(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return folder.symlink_metadata().is_err() };
    let failed = folder.join(FAILED).is_file();
    let mut names = entries.flatten().map(|entry| entry.file_name());
    names.all(|name| match name.to_str() {
        Some(LOCK | FAILED | ".incoming.partial") => true,
        Some(REPORT) => failed,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_run_and_nothing_is_left_of_one_that_wrote_nothing() {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("runs/out");
        let first = OutputFolder::take(&out).unwrap();
        let error = OutputFolder::take(&out).unwrap_err().to_string();
        assert!(error.starts_with("another subtune is writing to "), "{error}");
        drop(first);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
        // the file of a killed run does not lock others out
        std::fs::create_dir_all(&out).unwrap();
        std::fs::write(out.join(LOCK), "").unwrap();
        drop(OutputFolder::take(&out).unwrap());
        assert!(out.is_dir(), "it was there before");
        let third = OutputFolder::take(&out).unwrap();
        std::fs::write(out.join("model.safetensors"), "").unwrap();
        drop(third);
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    }

    #[test]
    fn runs_without_a_name_take_folders_of_their_own() {
        let place = tempfile::tempdir().unwrap();
        let numbered = |number: usize| place.path().join(format!("run-{number}"));
        let taken: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| OutputFolder::take_free(numbered).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut paths: Vec<_> = taken.iter().map(|folder| folder.path().to_owned()).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 8);
        drop(taken);
        // a folder that one run made and another took may stay, but it must be empty
        let is_empty = |entry: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_dir(entry.unwrap().path()).unwrap().next().is_none()
        };
        assert!(std::fs::read_dir(place.path()).unwrap().all(is_empty));
    }

    #[test]
    fn only_what_a_failed_run_left_is_written_over() {
        let place = tempfile::tempdir().unwrap();
        let folder = OutputFolder::take(&place.path().join("out")).unwrap();
        folder.check_free().unwrap();
        folder.write_failed("<p>", &Error::Diverged("too fast".into())).unwrap();
        folder.check_free().unwrap();
        folder.forget_failed().unwrap();
        let error = folder.check_free().unwrap_err().to_string();
        assert!(error.contains("already holds files"), "{error}");
    }

    #[test]
    fn what_can_never_be_written_to_is_said() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("file"), "").unwrap();
        for name in ["file", "file/below", &"x".repeat(300), "a\0b"] {
            let error = OutputFolder::take(&place.path().join(name)).unwrap_err();
            assert!(matches!(error, Error::Unwritten { .. }), "{error}");
            assert!(error.to_string().contains(" could not be written: "), "{error}");
        }
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
