//! The parts that the kernels' CPU implementations share: threads, memory, matrix products and vector loops.

mod awake;
mod fresh;
mod matrix;
#[cfg(target_arch = "wasm32")]
mod multiplier;
mod tensor;
#[cfg(any(test, target_arch = "wasm32"))]
mod tiles;
mod wide;

pub use awake::stay_awake;
pub(super) use fresh::Fresh;
pub(super) use matrix::{Matrix, product, rows_of_a_task};
#[cfg(target_arch = "wasm32")]
pub use multiplier::{Multiplier, gather, multiply_with};
pub(super) use tensor::{UNIT, contiguous, is_kept, sum, sum_of_pairs, tensor};
#[cfg(target_arch = "x86_64")]
pub(super) use wide::has_avx512;
pub(super) use wide::{exp_of_negative, wide};
