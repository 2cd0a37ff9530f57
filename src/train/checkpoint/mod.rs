//! A run at rest: everything from which it goes on as if it had never stopped, as three files in memory. What
//! keeps them (a folder, a browser's storage) must keep all or none.

mod commit;
mod place;
mod state;
mod tensors;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

pub use place::Place;
pub use state::{Best, HeldOut, RunState, State};
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

pub struct Checkpoint {
    /// What it is called in errors.
    place: String,
    pub(crate) state: State,
    tensors: Vec<u8>,
}

impl Checkpoint {
    pub(super) fn new(state: State, tensors: Vec<u8>) -> Self {
        Checkpoint { place: state.place().name(), state, tensors }
    }

    /// Where in the run it was made.
    pub fn in_run(&self) -> Place {
        self.state.place()
    }

    /// Such as `step-000120`: to be stored under.
    pub fn name(&self) -> String {
        self.in_run().name()
    }

    /// Steps done.
    pub fn step(&self) -> usize {
        self.state.step
    }

    pub fn arguments(&self) -> &TrainingArguments {
        &self.state.arguments
    }

    /// What the face gave to the run, to prepare it again.
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

    /// From stored files. `place` names them in errors, such as the folder that they were in.
    ///
    /// # Errors
    /// A file is missing, damaged, or of another version. Whether it fits model and data is seen when the run is
    /// [resumed](crate::finetune::Prepared::resume).
    pub fn from_files(place: &str, mut files: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let within = |file: &str| Path::new(place).join(file).display().to_string();
        let Some(commit) = files.get(COMMIT) else {
            let message = "is missing; the checkpoint was never completed: resume from an older one";
            return Err(Error::checkpoint(within(COMMIT), message));
        };
        Commit::parse(&within(COMMIT), commit, &FILES)?.check(&files, within)?;
        let mut take = |file: &str| files.remove(file).unwrap_or_default();
        let state = exact::read(&take(STATE)).map_err(|error| {
            let message = format!("is no state of a checkpoint ({error}); resume from another one");
            Error::checkpoint(within(STATE), message)
        })?;
        Ok(Checkpoint { place: place.into(), state, tensors: take(TENSORS) })
    }

    /// Something in the state that cannot be.
    pub(crate) fn wrong(&self, message: impl Into<String>) -> Error {
        let file = Path::new(&self.place).join(STATE);
        Error::checkpoint(file.display().to_string(), message)
    }

    pub(super) fn unpack(&self) -> Result<Unpacked<'_>> {
        let file = Path::new(&self.place).join(TENSORS);
        Unpacked::new(file.display().to_string(), &self.tensors)
    }
}
