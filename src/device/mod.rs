//! The choice of a device to train on: a GPU through wgpu, or the CPU.

mod adapter;
#[cfg(target_arch = "wasm32")]
mod browser;
mod choice;
mod health;
mod limits;
mod read;

pub use adapter::{AdapterSummary, summaries};
#[cfg(target_arch = "wasm32")]
pub use browser::navigator_gpu;
pub use choice::{Chosen, DeviceChoice, choose};
pub use health::Health;
pub use limits::{free_bytes, largest_tensor_bytes};
pub use read::{read_floats, read_integers};
