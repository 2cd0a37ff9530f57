//! subtune fine-tunes a small BERT on a person's own labelled text, on their own machine, with Dynamic
//! Parameter Selection.

// what is printed goes through `cli::output`, which bears a stream that cannot be written
#![cfg_attr(not(test), warn(clippy::print_stdout, clippy::print_stderr))]

pub mod bert;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod cli;
pub mod compare;
pub mod device;
#[cfg(not(target_arch = "wasm32"))]
mod disk;
pub mod doctor;
pub mod dps;
pub mod error;
pub mod finetune;
pub mod golden;
pub mod kernels;
pub mod model;
pub mod onnx;
pub mod predict;
pub mod probe;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod process;
pub mod random;
pub mod report;
pub mod spec;
mod terminal;
pub mod text;
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod web;
