//! Checkpoints in a folder: each in a folder of its own, which is there as a whole or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::commit::{COMMIT, MOST_COMMIT_BYTES};
use super::{Checkpoint, Place, STATE, TENSORS};
use crate::disk::{Readers, create_private_folder, open, read, remove, sync_folder, write_files};
use crate::error::{Error, Result};

/// Bytes that a file has at most, to be written and to be read: far above what a run says of itself, and what the
/// largest BERT takes.
fn most_bytes(name: &str) -> u64 {
    match name {
        COMMIT => MOST_COMMIT_BYTES,
        STATE => 1 << 28,
        _ => 1 << 36,
    }
}

/// The checkpoints of one run, below its output folder.
pub struct CheckpointStore {
    output: PathBuf,
    folder: PathBuf,
}

impl CheckpointStore {
    /// Of the run that writes to `output`. Nothing is created before there is something to store.
    pub fn new(output: &Path) -> Self {
        CheckpointStore { output: output.to_owned(), folder: output.join("checkpoints") }
    }

    pub fn output(&self) -> &Path {
        &self.output
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The complete checkpoints, the last one last.
    pub fn complete(&self) -> Vec<PathBuf> {
        let mut found: Vec<_> = self
            .entries()
            .filter_map(|name| Some((place_in_run(&name)?, self.folder.join(name))))
            .filter(|(_, path)| path.join(COMMIT).is_file())
            .collect();
        found.sort();
        found.into_iter().map(|(_, path)| path).collect()
    }

    /// Stores a checkpoint, then removes older ones but for the last `limit` in all, and those that a run had made
    /// beyond it before it was taken up from an earlier one. Where this fails, what was stored before is still there.
    ///
    /// # Errors
    /// A file cannot be written, as on a full disk.
    pub fn save(&self, checkpoint: Checkpoint, limit: usize) -> Result<()> {
        let name = checkpoint.name();
        let (path, temporary) = (self.folder.join(&name), self.folder.join(partial(&name)));
        let files = checkpoint.into_files();
        let written = self.write(&path, &temporary, &files);
        if written.is_err() {
            // the first error is the one to tell
            let _ = remove(&temporary);
        }
        written?;
        let is_later = |other: &PathBuf| {
            other.file_name().and_then(|other| place_in_run(&other.to_string_lossy())) > place_in_run(&name)
        };
        let (later, mut kept): (Vec<_>, Vec<_>) = self.complete().into_iter().partition(is_later);
        let old = kept.drain(..kept.len().saturating_sub(limit.max(1)));
        later.into_iter().chain(old).try_for_each(|path| self.discard(&path))
    }

    /// # Errors
    /// A file is missing, too large, or damaged.
    pub fn read(path: &Path) -> Result<Checkpoint> {
        let mut files = BTreeMap::new();
        for name in [COMMIT, STATE, TENSORS] {
            let file = path.join(name);
            if let Some(opened) = open(&file)? {
                files.insert(name.to_owned(), read(opened, &file, most_bytes(name))?);
            }
        }
        Checkpoint::from_files(&path.display().to_string(), files)
    }

    /// Whether this is the folder of one checkpoint.
    pub fn is_checkpoint(path: &Path) -> bool {
        path.join(COMMIT).is_file()
    }

    /// Removes what was never completed.
    ///
    /// # Errors
    /// A folder cannot be removed.
    pub fn remove_partial(&self) -> Result<()> {
        let is_partial = |name: &String| match name.strip_prefix('.') {
            Some(hidden) => hidden.strip_suffix(PARTIAL).and_then(place_in_run).is_some(),
            None => place_in_run(name).is_some() && !self.folder.join(name).join(COMMIT).is_file(),
        };
        let partial: Vec<_> = self.entries().filter(is_partial).collect();
        partial.iter().try_for_each(|name| remove(&self.folder.join(name)))
    }

    /// Removes all checkpoints, and the folder unless something else is in it.
    ///
    /// # Errors
    /// A folder cannot be removed.
    pub fn remove_all(&self) -> Result<()> {
        self.complete().iter().try_for_each(|path| self.discard(path))?;
        self.remove_partial()?;
        // one that holds something else is not empty, and stays
        let _ = std::fs::remove_dir(&self.folder);
        Ok(())
    }

    fn write(&self, path: &Path, temporary: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
        if !self.folder.exists() {
            create_private_folder(&self.folder)?;
            // which of them are new is not known, and some may not be ours to open
            self.folder.ancestors().skip(1).for_each(|folder| drop(sync_folder(folder)));
        }
        self.remove_partial()?;
        for (name, bytes) in files {
            let (size, most) = (bytes.len() as u64, most_bytes(name));
            if size > most {
                let file = path.join(name).display().to_string();
                return Err(Error::checkpoint(
                    file,
                    format!("would have {size} bytes, but at most {most} are read again"),
                ));
            }
        }
        let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice(), Readers::Owner));
        write_files(temporary, Readers::Owner, files)?;
        if path.exists() {
            self.discard(path)?;
        }
        std::fs::rename(temporary, path).map_err(|error| Error::io(path, error))?;
        sync_folder(&self.folder)
    }

    /// Removes a checkpoint so that it is at no time half there under its name.
    fn discard(&self, path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = self.folder.join(format!(".{name}.old{PARTIAL}"));
        std::fs::rename(path, &hidden).map_err(|error| Error::io(path, error))?;
        remove(&hidden)
    }

    fn entries(&self) -> impl Iterator<Item = String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok())
    }
}

const PARTIAL: &str = ".partial";

fn partial(name: &str) -> String {
    format!(".{name}{PARTIAL}")
}

/// Where in a run a checkpoint of this name is.
fn place_in_run(name: &str) -> Option<Place> {
    Place::parse(name.strip_suffix(".old").unwrap_or(name))
}
