//! Readers for files that are not delimited text. Each makes a table.

pub(super) mod exports;
pub(super) mod fasttext;
#[cfg(not(target_arch = "wasm32"))]
pub(super) mod folder;
pub(super) mod json;
#[cfg(all(feature = "parquet", not(target_arch = "wasm32")))]
pub(super) mod parquet;
pub(super) mod rasa;
pub(super) mod workbook;
mod xls;

pub(super) use exports::doccano_labels;
