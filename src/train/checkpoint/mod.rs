//! A stored run: three files in memory, from which it continues as if it had never stopped. A store (a folder, the
//! browser's storage) must keep all of them or none.

mod commit;
mod place;
mod state;
mod tensors;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

pub use place::Place;
pub use state::{BestState, HeldOutState, RunState, State};
pub use tensors::{Entry, Unpacked, Values, pack};

use crate::error::{Error, Result};
use crate::json::exact;
use crate::spec::TrainingArguments;
pub(crate) use commit::COMMIT;
use commit::Commit;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use commit::MOST_COMMIT_BYTES;

pub(crate) const STATE: &str = "state.json";
pub(crate) const TENSORS: &str = "tensors.safetensors";
const FILES: [&str; 2] = [STATE, TENSORS];

/// A stored state of a run, from which it continues as if it had never stopped.
pub struct Checkpoint {
    /// The name of the checkpoint in errors.
    place: String,
    pub(crate) state: State,
    tensors: Vec<u8>,
}

impl Checkpoint {
    pub(super) fn new(state: State, tensors: Vec<u8>) -> Self {
        Checkpoint { place: state.place().name(), state, tensors }
    }

    /// The place in the run where it was made.
    pub fn in_run(&self) -> Place {
        self.state.place()
    }

    /// The name to store it under, such as `step-000120`.
    pub fn name(&self) -> String {
        self.in_run().name()
    }

    /// The number of finished steps.
    pub fn step(&self) -> usize {
        self.state.step
    }

    /// The settings of the run.
    pub fn arguments(&self) -> &TrainingArguments {
        &self.state.arguments
    }

    /// The face's own description of the run, from which it prepares the run again.
    pub fn origin(&self) -> &Value {
        &self.state.origin
    }

    /// The files to store, by name.
    pub fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        let state = exact::write(&self.state).expect("the state holds plain fields");
        let mut files = BTreeMap::from([(STATE.to_owned(), state), (TENSORS.to_owned(), self.tensors)]);
        let commit = Commit::new(&files).to_json();
        files.insert(COMMIT.into(), commit);
        files
    }

    /// Reads stored files. Errors call them `place`, for example by the name of their folder.
    ///
    /// # Errors
    /// A file is missing, damaged, or of another version. Only [resuming](crate::finetune::Prepared::resume) checks
    /// whether it fits model and data.
    pub fn from_files(place: &str, mut files: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let within = |file: &str| Path::new(place).join(file).display().to_string();
        let Some(commit) = files.get(COMMIT) else {
            let message = "is missing; the checkpoint was never completed: resume from an older one";
            return Err(Error::checkpoint(within(COMMIT), message));
        };
        Commit::parse(&within(COMMIT), commit, &FILES)?.check(&files, within)?;
        let mut take = |file: &str| files.remove(file).unwrap_or_default();
        let state = exact::read(&take(STATE)).map_err(|error| {
            let message = format!("is not the state of a checkpoint ({error}); resume from another one");
            Error::checkpoint(within(STATE), message)
        })?;
        Ok(Checkpoint { place: place.into(), state, tensors: take(TENSORS) })
    }

    /// The error for an impossible value in the state.
    pub(crate) fn wrong(&self, message: impl Into<String>) -> Error {
        let file = Path::new(&self.place).join(STATE);
        Error::checkpoint(file.display().to_string(), message)
    }

    pub(super) fn unpack(&self) -> Result<Unpacked<'_>> {
        let file = Path::new(&self.place).join(TENSORS);
        Unpacked::new(file.display().to_string(), &self.tensors)
    }
}
