//! subtune fine-tunes a small BERT on a person's own labelled text, on their own machine, with Dynamic
//! Parameter Selection.

pub mod bert;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod compare;
pub mod device;
mod disk;
pub mod doctor;
pub mod dps;
pub mod error;
pub mod finetune;
pub mod golden;
pub mod kernels;
pub mod model;
pub mod probe;
#[cfg(not(target_arch = "wasm32"))]
pub mod process;
pub mod random;
pub mod report;
pub mod text;
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod web;
