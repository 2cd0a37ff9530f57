//! Reads and writes a model in a folder on disk.
//!
//! A write replaces the whole model: wherever the writer is killed, readers find the old model or the new one. The writer
//! writes the new files to `.incoming.partial` in the folder, syncs them to disk, and renames that folder to `.incoming`.
//! From this moment on the new model counts: readers take each file from `.incoming` while it is there. The writer then
//! moves the files to their places one by one and removes `.incoming`. The next writer completes or removes the leftovers
//! of a killed one. Other content of the folder, such as checkpoints, stays.
//!
//! Exchanging whole folders would be simpler, but not every system and file system can do it, and all other content would
//! have to be moved as well.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::folder::{ModelFolder, NEEDED, POOLING, TOKENIZER_FILES, VOCABULARY};
use super::foreign::advice;
use super::hub::how_to_get;
use super::layout::{beside, locate};
use super::prompt::PROMPTS;
use super::shards::{INDEX, shards};
use crate::disk::{Readers, open, read, remove, sync_folder, write_files};
use crate::encoder::MAX_CONFIG_BYTES;
use crate::error::{Error, Result};
use crate::text::MAX_TOKENIZER_BYTES;

const INCOMING: &str = ".incoming";
const PARTIAL: &str = ".incoming.partial";
/// Shows some of the texts.
const REPORT: &str = "report.html";
/// More than the largest encoder has in float64.
pub(super) const MAX_WEIGHT_BYTES: u64 = 16 << 30;
/// More than an index of every tensor of a model of 256 layers.
const MAX_INDEX_BYTES: u64 = 16 << 20;

/// The largest size of a file of a model, in bytes, for reading and for writing.
fn most_bytes(name: &str) -> u64 {
    match name {
        _ if name.ends_with(".onnx") => MAX_WEIGHT_BYTES,
        "model.safetensors" => MAX_WEIGHT_BYTES,
        "config.json" | POOLING => MAX_CONFIG_BYTES as u64,
        _ => MAX_TOKENIZER_BYTES,
    }
}

impl ModelFolder {
    /// Reads all files that training, exporting and comparing a model need.
    ///
    /// # Errors
    /// There is no such folder, or a needed file is missing, is larger than any encoder's, or cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        Self::read_files(folder, &[&NEEDED[..], &TOKENIZER_FILES, &[POOLING, PROMPTS]].concat())
    }

    /// Reads only the files that [loading](Self::load) the model and its tokenizer needs, and those that notes are about.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_to_use(folder: &Path) -> Result<Self> {
        Self::read_files(folder, &[&NEEDED[..], &["tokenizer_config.json", POOLING, PROMPTS]].concat())
    }

    fn read_files(named: &Path, names: &[&str]) -> Result<Self> {
        if !named.is_dir() {
            return Err(Error::model(named.display().to_string(), how_to_get(named)));
        }
        let (folder, found) = match named.join(INCOMING).exists() {
            true => (named.to_owned(), None),
            false => locate(named),
        };
        let (folder, name) = (folder.as_path(), folder.display().to_string());
        let place = |name: &str| match name {
            POOLING | PROMPTS => beside(named, folder, name),
            _ => folder,
        };
        // open all files before reading any: they then belong to one model, even if another is written meanwhile
        let mut opened: BTreeMap<&str, (PathBuf, File)> = names
            .iter()
            .filter_map(|name| Some((*name, find(place(name), name).transpose()?)))
            .map(|(name, found)| Ok((name, found?)))
            .collect::<Result<_>>()?;
        if !opened.contains_key("tokenizer.json")
            && let Some(found) = find(folder, VOCABULARY)?
        {
            opened.insert(VOCABULARY, found);
        }
        let is_there = |name: &str| match name {
            "model.safetensors" => opened.contains_key(name) || folder.join(INDEX).is_file(),
            "tokenizer.json" => opened.contains_key(name) || opened.contains_key(VOCABULARY),
            _ => opened.contains_key(name),
        };
        if let Some(missing) = NEEDED.iter().find(|name| !is_there(name))
            && let Some(advice) = advice(folder)
        {
            return Err(Error::model(name, format!("has no {missing}; {advice}")));
        }
        let read = |(name, (path, file)): (&str, (PathBuf, File))| {
            Ok((name.to_owned(), read(file, &path, most_bytes(name))?))
        };
        let mut files: BTreeMap<String, Vec<u8>> = opened.into_iter().map(read).collect::<Result<_>>()?;
        if !files.contains_key("model.safetensors") {
            files.extend(read_shards(folder)?);
        }
        let mut model = ModelFolder::new(&name, files)?;
        model.found = found;
        Ok(model)
    }

    /// Writes the model to a folder, which may exist. Whatever happens, the folder then holds its old model or this one.
    ///
    /// # Errors
    /// A file cannot be written, or is too large to be read again. The old model is still there.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, error))?;
        Self::settle(folder)?;
        for (name, bytes) in self.files() {
            let (path, size) = (folder.join(name), bytes.len() as u64);
            if path.is_dir() {
                return Err(Error::io(path, std::io::ErrorKind::IsADirectory.into()));
            }
            if name != REPORT && size > most_bytes(name) {
                let message = format!("would have {size} bytes, but at most {} are read", most_bytes(name));
                return Err(Error::model(path.display().to_string(), message));
            }
        }
        let written = commit(folder, self.files());
        if written.is_err() {
            // report the first error
            let _ = remove(&folder.join(PARTIAL));
        }
        written?;
        Self::settle(folder)
    }

    /// Completes or removes the leftovers of a killed writer in a folder.
    ///
    /// # Errors
    /// A file cannot be moved or removed. Readers still find a complete model.
    pub fn settle(folder: &Path) -> Result<()> {
        remove(&folder.join(PARTIAL))?;
        let incoming = folder.join(INCOMING);
        let Ok(entries) = std::fs::read_dir(&incoming) else { return Ok(()) };
        for entry in entries {
            let from = entry.map_err(|error| Error::io(&incoming, error))?.path();
            let to = folder.join(from.file_name().unwrap_or_default());
            step(&from, &to)?;
        }
        sync_folder(folder)?;
        remove(&incoming)
    }
}

/// Reads the index of the weights and the files that it names, if there is an index. A missing file is left out.
fn read_shards(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let place = folder.join(INDEX);
    let Some(file) = open(&place)? else { return Ok(BTreeMap::new()) };
    let index = read(file, &place, MAX_INDEX_BYTES)?;
    let mut left = MAX_WEIGHT_BYTES;
    let mut files = BTreeMap::new();
    for name in shards(&place.display().to_string(), &index)? {
        let path = folder.join(&name);
        if let Some(file) = open(&path)? {
            let bytes = read(file, &path, left)?;
            left -= bytes.len() as u64;
            files.insert(name, bytes);
        }
    }
    files.insert(INDEX.into(), index);
    Ok(files)
}

/// Makes the new model the one that counts. An empty file marks one that only the old model had.
fn commit(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let gone = NEEDED.iter().chain(&TOKENIZER_FILES).copied();
    let gone = gone.filter(|name| !files.contains_key(*name) && folder.join(name).is_file());
    let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let incoming = files.chain(gone.map(|name| (name, &[][..]))).map(|(name, bytes)| {
        let readers = if name == REPORT { Readers::Owner } else { Readers::Anyone };
        (name, bytes, readers)
    });
    write_files(&folder.join(PARTIAL), Readers::Anyone, incoming)?;
    let to = folder.join(INCOMING);
    std::fs::rename(folder.join(PARTIAL), &to).map_err(|error| Error::io(to, error))?;
    sync_folder(folder)
}

/// Moves one file of the new model to its place.
fn step(from: &Path, to: &Path) -> Result<()> {
    let found = from.metadata().map_err(|error| Error::io(from, error))?;
    match found.is_file() && found.len() == 0 {
        // the file goes first, its mark after it: a writer killed between the two leaves the mark
        true => remove(to).and_then(|()| remove(from)),
        false => std::fs::rename(from, to).map_err(|error| Error::io(to, error)),
    }
}

/// The path of a file of the model that counts.
fn find(folder: &Path, name: &str) -> Result<Option<(PathBuf, File)>> {
    let [incoming, settled] = [folder.join(INCOMING).join(name), folder.join(name)];
    if let Some(file) = open(&incoming)? {
        let size = file.metadata().map_err(|error| Error::io(&incoming, error))?.len();
        return Ok((size > 0).then_some((incoming, file)));
    }
    Ok(open(&settled)?.map(|file| (settled, file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model whose files all hold the same text; the old one has one file more.
    fn model(says: &str, more: &[&str]) -> ModelFolder {
        let names = NEEDED.iter().chain(more);
        let files = names.map(|name| ((*name).to_owned(), format!("{says}:{name}").into_bytes())).collect();
        ModelFolder::new("model", files).unwrap()
    }

    fn found(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        ModelFolder::read(folder).unwrap().files().clone()
    }

    /// A folder with the old model, something else, and the new model as far as it comes in `steps` moves.
    fn stopped_after(steps: usize) -> (tempfile::TempDir, usize) {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        model("old", &["vocab.txt"]).write(folder).unwrap();
        std::fs::create_dir(folder.join("checkpoints")).unwrap();
        commit(folder, model("new", &["README.md", "special_tokens_map.json"]).files()).unwrap();
        let mut entries: Vec<_> =
            std::fs::read_dir(folder.join(INCOMING)).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for from in entries.iter().take(steps) {
            step(from, &folder.join(from.file_name().unwrap())).unwrap();
        }
        (place, entries.len())
    }

    #[test]
    fn a_writer_that_is_stopped_before_the_new_model_counts_leaves_the_old_one() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        let (old, new) = (model("old", &["vocab.txt"]), model("new", &[]));
        old.write(folder).unwrap();
        // as each write of a file leaves it
        for written in 0..=new.files().len() {
            let files = new.files().iter().take(written);
            let files = files.map(|(name, bytes)| (name.as_str(), bytes.as_slice(), Readers::Anyone));
            write_files(&folder.join(PARTIAL), Readers::Anyone, files).unwrap();
            assert_eq!(found(folder), *old.files());
            ModelFolder::settle(folder).unwrap();
            assert_eq!(found(folder), *old.files());
            assert!(!folder.join(PARTIAL).exists());
        }
    }

    #[test]
    fn a_writer_that_is_stopped_at_any_move_leaves_the_new_model() {
        let new = model("new", &["special_tokens_map.json"]);
        let (_, moves) = stopped_after(0);
        assert_eq!(moves, 6, "config, weights, tokenizer, README, special tokens and a vocabulary that goes");
        for steps in 0..=moves {
            let (place, _) = stopped_after(steps);
            let folder = place.path();
            assert_eq!(found(folder), *new.files(), "after {steps} moves");
            ModelFolder::settle(folder).unwrap();
            assert_eq!(found(folder), *new.files());
            let mut names: Vec<_> =
                std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            let expected = [
                "README.md",
                "checkpoints",
                "config.json",
                "model.safetensors",
                "special_tokens_map.json",
                "tokenizer.json",
            ];
            assert_eq!(names, expected, "after {steps} moves");
            // the next model is written over what a killed writer left
            let (place, _) = stopped_after(steps);
            model("next", &[]).write(place.path()).unwrap();
            assert_eq!(found(place.path()), *model("next", &[]).files());
        }
    }

    #[test]
    fn a_file_in_a_folder_comes_with_it_also_after_a_writer_was_stopped() {
        let exported = || model("new", &["onnx/model.onnx"]);
        let says = |folder: &Path| std::fs::read_to_string(folder.join("onnx/model.onnx")).unwrap();
        let place = tempfile::tempdir().unwrap();
        exported().write(place.path()).unwrap();
        assert_eq!(says(place.path()), "new:onnx/model.onnx");
        let stopped = tempfile::tempdir().unwrap();
        commit(stopped.path(), exported().files()).unwrap();
        ModelFolder::settle(stopped.path()).unwrap();
        assert_eq!(says(stopped.path()), "new:onnx/model.onnx");
        assert!(!stopped.path().join(INCOMING).exists());
    }

    #[test]
    fn what_is_in_the_way_or_too_large_leaves_the_old_model() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        let old = model("old", &[]);
        old.write(folder).unwrap();
        std::fs::create_dir(folder.join("vocab.txt")).unwrap();
        let error = model("new", &["vocab.txt"]).write(folder).unwrap_err().to_string();
        assert!(error.contains("vocab.txt: is a directory"), "{error}");
        assert_eq!(found(folder), *old.files());
        let large = model("new", &[]).with_file("config.json", vec![b' '; MAX_CONFIG_BYTES + 1]);
        let error = large.write(folder).unwrap_err().to_string();
        assert!(error.contains("config.json: would have 16777217 bytes"), "{error}");
        assert_eq!(found(folder), *old.files());
    }
}
