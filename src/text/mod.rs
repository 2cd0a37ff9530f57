//! From a file to padded batches: table, columns, examples, checks, split, tokens, batches. No tensors here.

mod batch;
mod checks;
mod columns;
mod decode;
mod examples;
mod names;
mod records;
mod sets;
mod split;
mod table;
mod tokenizer;
mod wordpiece;
mod words;

pub use batch::{
    Batch, Encoded, batches, bucket_length, collate, evaluation_batches, length_grouped_order, padded_length,
    training_order,
};
pub use checks::{Finding, FindingKind, check};
pub use columns::{ColumnChoice, Columns};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use decode::MAX_BYTES;
pub(crate) use decode::is_lfs_pointer;
pub use examples::{Example, Examples, Target, Task, TaskKind, examples, task};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use records::{MAX_FIELD_BYTES, MAX_ROWS};
pub use sets::{Sets, Shares, Source};
pub use split::{stratified_split, subsample};
pub use table::{ReadOptions, Row, Table};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokenizer::MAX_FILE_BYTES as MAX_TOKENIZER_BYTES;
pub use tokenizer::{Encoding, Tokenizer};
