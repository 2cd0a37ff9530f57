//! From a file to padded batches: table, columns, examples, checks, split, tokens, batches. No tensors here.

mod batch;
mod checks;
mod columns;
mod decode;
mod dialect;
mod examples;
mod formats;
mod head;
mod label_names;
mod label_sets;
mod labels;
mod names;
mod one_hot;
mod open;
mod records;
mod rows;
mod sets;
mod split;
#[cfg(not(target_arch = "wasm32"))]
mod stream;
mod table;
mod tokenizer;
mod understood;

pub use crate::spec::{
    Candidate, ClassSize, Column, DataArguments, Example, Finding, FindingKind, Labelled, LeftOut, Omission,
    OtherFile, Question, Reading, Target, Task, TaskKind, Understood, Variants,
};
pub use batch::{
    Batch, Encoded, batches, bucket_length, collate, evaluation_batches, length_grouped_order, padded_length,
    training_order,
};
pub use checks::TokenCount;
pub use columns::{ColumnChoice, Columns, Reasons, Why};
pub(crate) use decode::is_lfs_pointer;
pub use examples::{Examples, examples};
pub(crate) use examples::{OpenRow, open_rows};
pub(crate) use one_hot::folded;
pub use open::is_pipe;
pub use rows::Rows;
pub use sets::{Sets, Source};
pub use split::{stratified_split, subsample};
#[cfg(not(target_arch = "wasm32"))]
pub use stream::{Lines, Record, Stream};
pub use table::{ReadOptions, Row, Table};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokenizer::MAX_FILE_BYTES as MAX_TOKENIZER_BYTES;
pub(crate) use tokenizer::of_vocabulary;
pub use tokenizer::{Encoding, MOST_WINDOWS, Tokenizer, Window};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use tokenizer::{Trimmed, trimmed};
