//! A Hugging Face model folder: what is loaded and what is exported.

mod convert;
mod export;
mod folder;
#[cfg(not(target_arch = "wasm32"))]
mod foreign;
mod notes;
#[cfg(not(target_arch = "wasm32"))]
mod stored;

pub use folder::{Loaded, ModelFolder, TOKENIZER_FILES, task_of};
