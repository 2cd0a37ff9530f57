//! Choosing what to train on: a GPU through wgpu, or the CPU.

mod adapter;
mod choice;
mod health;

pub use adapter::{AdapterSummary, summaries};
pub use choice::{Chosen, DeviceChoice, choose};
pub use health::Health;
