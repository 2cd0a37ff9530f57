//! The record that makes a checkpoint complete: size and hash of its other files.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::hash::Hash;
use serde::{Deserialize, Serialize};

pub const COMMIT: &str = "commit.json";
const FORMAT: &str = "subtune checkpoint";
/// The version of the files' content. Other versions are refused.
const VERSION: u64 = 2;
/// The largest commit record: far above any real one.
pub const MOST_COMMIT_BYTES: u64 = 1 << 16;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    format: String,
    version: u64,
    pub files: BTreeMap<String, FileRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    pub bytes: u64,
    sha256: String,
}

fn sha256(bytes: &[u8]) -> String {
    let mut hash = Hash::default();
    hash.add(bytes);
    hash.hex()
}

impl Commit {
    pub fn new(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let record = |(name, bytes): (&String, &Vec<u8>)| {
            (name.clone(), FileRecord { bytes: bytes.len() as u64, sha256: sha256(bytes) })
        };
        Commit { format: FORMAT.into(), version: VERSION, files: files.iter().map(record).collect() }
    }

    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("the record holds plain fields")
    }

    /// Reads a record. Errors call it `file`. `expected` holds the names of the other files.
    ///
    /// # Errors
    /// The bytes are not a commit record, or it has another version or names other files.
    pub fn parse(file: &str, bytes: &[u8], expected: &[&str]) -> Result<Self> {
        let wrong = |message: String| Err(Error::checkpoint(file, message));
        if bytes.len() as u64 > MOST_COMMIT_BYTES {
            return wrong(format!("has {} bytes; expected a commit record of a checkpoint", bytes.len()));
        }
        let found: serde_json::Value = match serde_json::from_slice(bytes) {
            Ok(found) => found,
            Err(error) => return wrong(format!("is not a commit record of a checkpoint ({error})")),
        };
        if found["format"] != FORMAT {
            return wrong(format!("has no format \"{FORMAT}\"; expected the commit record of a checkpoint"));
        }
        if found["version"] != VERSION {
            return wrong(format!(
                "is of version {}; this subtune reads version {VERSION}; resume with the subtune that wrote it",
                found["version"]
            ));
        }
        match serde_json::from_value::<Commit>(found) {
            Ok(commit) if commit.files.keys().eq(expected) => Ok(commit),
            Ok(_) => wrong(format!("names other files; expected {}", expected.join(", "))),
            Err(error) => wrong(format!("is not a commit record of a checkpoint ({error})")),
        }
    }

    /// Compares the files with the record. `place` gives the name of a file in errors.
    ///
    /// # Errors
    /// A file is missing, or differs from the committed one.
    pub fn check(&self, files: &BTreeMap<String, Vec<u8>>, place: impl Fn(&str) -> String) -> Result<()> {
        for (name, record) in &self.files {
            let wrong = |found: String| {
                let message = format!(
                    "{found}; the checkpoint is damaged: resume from an older one, or start a new run"
                );
                Err(Error::checkpoint(place(name), message))
            };
            let Some(bytes) = files.get(name) else { return wrong("is missing".into()) };
            if bytes.len() as u64 != record.bytes {
                return wrong(format!("has {} bytes; {COMMIT} says {}", bytes.len(), record.bytes));
            }
            if sha256(bytes) != record.sha256 {
                return wrong(format!("has another hash than {COMMIT} says"));
            }
        }
        Ok(())
    }
}
