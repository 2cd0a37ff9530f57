//! What the page keeps: interrupted trainings, models and labels, in a folder of the user. The page decides what is in it;
//! here are only files and their names.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::call::{Call, Reply};
use crate::disk::{Readers, create_private_folder, open, read, remove, replace_file};
use crate::error::{Error, Result};

/// The kinds of what is kept. Each has a folder.
const KINDS: [&str; 3] = ["runs", "models", "labels"];
const MOST_DEPTH: usize = 8;
const MOST_NAME: usize = 200;
const MOST_BYTES: u64 = 1 << 36;

/// The folder, for this process alone.
pub struct Kept {
    folder: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl Kept {
    /// Takes the folder, and creates it if it does not exist.
    ///
    /// # Errors
    /// Another process has it, or it cannot be written to.
    pub fn take(folder: Option<PathBuf>) -> Result<Self> {
        let folder = folder.or_else(usual).ok_or_else(|| {
            Error::Usage("this user has no home folder; name a folder with --data-dir".into())
        })?;
        create_private_folder(&folder)?;
        let path = folder.join("lock");
        let lock = File::options().write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(|error| Error::io(&path, error))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => Err(Error::Usage(format!(
                "another subtune ui uses {}; close its page, or name another folder with --data-dir",
                folder.display()
            ))),
            // some file systems have no locks
            Err(TryLockError::Error(_)) | Ok(()) => Ok(Kept { folder, _lock: lock }),
        }
    }

    /// Answers a call about a file or a folder.
    ///
    /// # Errors
    /// The path is not one of kept files, or the file cannot be read or written.
    pub fn answer(&self, mut call: Call) -> Result<Reply> {
        let path = self.inside(&call.plain::<Vec<String>>()?)?;
        match call.name() {
            "names" => Ok(Reply::plain(names(&path)?)),
            "look" => Ok(Reply::plain(look(&path)?)),
            "read" => content(&path),
            "write" => write(&path, &mut call),
            "remove" => remove(&path).map(|()| Reply::plain(())),
            _ => Err(call.unknown()),
        }
    }

    /// The path of a file or folder in it.
    ///
    /// # Errors
    /// A name in the path could lead elsewhere.
    pub fn inside(&self, names: &[String]) -> Result<PathBuf> {
        let is_safe = |name: &String| {
            let is_plain = |one: char| one.is_ascii_alphanumeric() || "-_.%".contains(one);
            (1..=MOST_NAME).contains(&name.len()) && name.chars().all(is_plain) && !name.starts_with('.')
        };
        let is_kind = names.first().is_some_and(|first| KINDS.contains(&first.as_str()));
        if !is_kind || names.len() > MOST_DEPTH || !names.iter().all(is_safe) {
            return Err(Error::Usage(format!("{names:?} is not the path of a kept file")));
        }
        Ok(names.iter().fold(self.folder.clone(), |path, name| path.join(name)))
    }
}

/// Where the programs of this user keep their data.
fn usual() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        named("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        named("XDG_DATA_HOME").or_else(|| named("HOME").map(|home| home.join(".local/share")))
    };
    data.map(|data| data.join("subtune"))
}

/// The names in a folder; none if it does not exist.
fn names(path: &Path) -> Result<Vec<String>> {
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(path).map_err(|error| Error::io(path, error))?;
    // hidden ones are being written
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

/// The size of a file and the time of its last change, in milliseconds since 1970.
fn look(path: &Path) -> Result<Option<Value>> {
    let Some(file) = open(path)? else { return Ok(None) };
    let found = file.metadata().map_err(|error| Error::io(path, error))?;
    let modified = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |time| time.as_millis() as u64);
    Ok(Some(json!({ "bytes": found.len(), "modified": modified })))
}

fn content(path: &Path) -> Result<Reply> {
    let file = open(path)?;
    let file = file.ok_or_else(|| Error::Storage(format!("{} is no longer there", path.display())))?;
    Ok(Reply::Bytes(read(file, path, MOST_BYTES)?))
}

fn write(path: &Path, call: &mut Call) -> Result<Reply> {
    let bytes = call.bytes()?.ok_or_else(|| Error::Usage("the content of the file is missing".into()))?;
    create_private_folder(path.parent().unwrap_or(path))?;
    replace_file(path, &bytes, Readers::Owner)?;
    Ok(Reply::plain(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let kept = Kept::take(Some(place.path().join("data"))).unwrap();
        let path =
            |names: &[&str]| kept.inside(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let good = place.path().join("data/runs/ab/checkpoints/step-000004/commit.json");
        assert_eq!(path(&["runs", "ab", "checkpoints", "step-000004", "commit.json"]).unwrap(), good);
        assert!(path(&["models", "1f", "1_Pooling%2Fconfig.json"]).is_ok());
        let bad: [&[&str]; 9] = [
            &[],
            &["lock"],
            &["runs", ".."],
            &["runs", "..", "..", "x"],
            &["runs", "a/b"],
            &["runs", "a\\b"],
            &["runs", ""],
            &["runs", ".hidden"],
            &["/etc", "passwd"],
        ];
        for names in bad {
            assert!(path(names).is_err(), "{names:?}");
        }
        assert!(path(&["runs"; MOST_DEPTH + 1]).is_err());
        assert!(path(&["runs", &"a".repeat(MOST_NAME + 1)]).is_err());
    }

    #[test]
    fn two_processes_never_share_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = Some(place.path().join("data"));
        let first = Kept::take(folder.clone()).unwrap();
        let error = Kept::take(folder.clone()).err().unwrap().to_string();
        assert!(error.starts_with("another subtune ui uses "), "{error}");
        drop(first);
        assert!(Kept::take(folder).is_ok());
    }
}
