//! A Hugging Face model folder: reading, checking, exporting.

mod convert;
mod delta;
mod export;
mod folder;
#[cfg(not(target_arch = "wasm32"))]
mod foreign;
#[cfg(not(target_arch = "wasm32"))]
mod hub;
#[cfg(not(target_arch = "wasm32"))]
mod layout;
mod notes;
mod prompt;
mod shards;
#[cfg(not(target_arch = "wasm32"))]
mod stored;
#[cfg(not(target_arch = "wasm32"))]
mod trim;

pub use delta::{Base, Delta};
pub use export::DELTA;
pub use folder::{Loaded, ModelFolder, TOKENIZER_FILES, task_of};
