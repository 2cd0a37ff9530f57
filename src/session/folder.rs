//! Checkpoints on disk. Each has a folder of its own, which is complete or absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::store::{Files, Store};
use crate::disk::{Readers, create_private_folder, open, read, remove, sync_folder, write_files};
use crate::error::{Error, Result};
use crate::train::{COMMIT, Checkpoint, MOST_COMMIT_BYTES, Place, STATE, TENSORS};

/// The size limit of a file, for writing and for reading: far more than a run's description or the largest BERT needs.
fn most_bytes(name: &str) -> u64 {
    match name {
        COMMIT => MOST_COMMIT_BYTES,
        STATE => 1 << 28,
        _ => 1 << 36,
    }
}

/// The checkpoints of one run, below its output folder.
pub struct FolderStore {
    output: PathBuf,
    folder: PathBuf,
}

impl FolderStore {
    /// The store of the run that writes to `output`. It creates nothing before the first checkpoint.
    pub fn new(output: &Path) -> Self {
        FolderStore { output: output.to_owned(), folder: output.join("checkpoints") }
    }

    /// The folder to which the run writes its model.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// The folder of its checkpoints.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folders of the complete checkpoints, in the order of the run.
    pub fn complete(&self) -> Vec<PathBuf> {
        self.found().into_iter().map(|(_, path)| path).collect()
    }

    /// The complete checkpoints in the order of the run.
    fn found(&self) -> Vec<(Place, PathBuf)> {
        let mut found: Vec<_> = self
            .entries()
            .filter_map(|name| Some((place_in_run(&name)?, self.folder.join(name))))
            .filter(|(_, path)| path.join(COMMIT).is_file())
            .collect();
        found.sort();
        found
    }

    fn path(&self, place: Place) -> PathBuf {
        self.folder.join(place.name())
    }

    /// # Errors
    /// A file is missing, too large, or damaged.
    pub fn read_folder(path: &Path) -> Result<Checkpoint> {
        let mut files = BTreeMap::new();
        for name in [COMMIT, STATE, TENSORS] {
            let file = path.join(name);
            if let Some(opened) = open(&file)? {
                files.insert(name.to_owned(), read(opened, &file, most_bytes(name))?);
            }
        }
        Checkpoint::from_files(&path.display().to_string(), files)
    }

    /// Whether the path is the folder of one checkpoint.
    pub fn is_checkpoint(path: &Path) -> bool {
        path.join(COMMIT).is_file()
    }

    /// Removes incomplete checkpoints.
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

    /// Removes all checkpoints, and the folder unless it holds other files.
    ///
    /// # Errors
    /// A folder cannot be removed.
    pub fn remove_all(&self) -> Result<()> {
        self.complete().iter().try_for_each(|path| self.discard(path))?;
        self.remove_partial()?;
        // a folder with other files is not removed
        let _ = std::fs::remove_dir(&self.folder);
        Ok(())
    }

    fn write_folder(&self, path: &Path, temporary: &Path, files: &Files) -> Result<()> {
        if !self.folder.exists() {
            create_private_folder(&self.folder)?;
            // all folders above, because it is unknown which are new; failures are ignored, as some may not be readable
            self.folder.ancestors().skip(1).for_each(|folder| drop(sync_folder(folder)));
        }
        self.remove_partial()?;
        for (name, bytes) in files {
            let (size, most) = (bytes.len() as u64, most_bytes(name));
            if size > most {
                let file = path.join(name).display().to_string();
                return Err(Error::checkpoint(
                    file,
                    format!("would have {size} bytes, but --resume reads at most {most}"),
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

    /// Removes a checkpoint. It first takes away the name, so that a half-removed checkpoint never looks complete.
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

impl Store for FolderStore {
    async fn places(&self) -> Result<Vec<Place>> {
        Ok(self.found().into_iter().map(|(place, _)| place).collect())
    }

    async fn write(&mut self, place: Place, files: Files) -> Result<()> {
        let temporary = self.folder.join(partial(&place.name()));
        let written = self.write_folder(&self.path(place), &temporary, &files);
        if written.is_err() {
            // the first error is the one to report
            let _ = remove(&temporary);
        }
        written
    }

    async fn read(&self, place: Place) -> Result<Checkpoint> {
        Self::read_folder(&self.path(place))
    }

    async fn remove(&mut self, place: Place) -> Result<()> {
        let of_place = |(other, path)| (other == place).then_some(path);
        self.found().into_iter().filter_map(of_place).try_for_each(|path| self.discard(&path))
    }
}

const PARTIAL: &str = ".partial";

fn partial(name: &str) -> String {
    format!(".{name}{PARTIAL}")
}

/// The place in the run of a checkpoint with this name.
fn place_in_run(name: &str) -> Option<Place> {
    Place::parse(name.strip_suffix(".old").unwrap_or(name))
}
