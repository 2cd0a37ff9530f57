//! A Hugging Face model folder: what is loaded and what is exported.

mod convert;
mod folder;
mod notes;

pub use convert::convert;
pub use folder::{Loaded, ModelFolder, TOKENIZER_FILES, task_of};
