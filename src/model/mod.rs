//! A Hugging Face model folder: what is loaded and what is exported.

mod convert;
mod folder;

pub use convert::convert;
pub use folder::{Loaded, ModelFolder, TOKENIZER_FILES, task_of};
