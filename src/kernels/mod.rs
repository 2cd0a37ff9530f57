//! The compute kernels. Each file here holds one kernel whole: its shaders, the function that the rest of the crate calls, the
//! trait that burn dispatches, the trait's implementations for the GPU (WGSL under `shaders/`) and for the CPU (burn's Flex
//! backend), and its part of the self-test. `gpu` and `cpu` hold what the implementations share.
//!
//! To add a kernel, write its `.wgsl` and its file here, list it below, and test it in `tests/kernels.rs`.
//!
//! Conventions. Tensors are f32. An update kernel ignores their shape and sees their entries in row-major order; it
//! works in place where it can, and reads nothing back to the host.
//! - norm: `[4]`, the global norm, the clip factor, 1 if the norm is finite or else 0, the number of steps skipped so far.
//! - column: a column of the paper's matrix `[outputs, inputs]`. The matrix is held transposed, so a column is a run of entries.
//! - mask: u32 words; bit `i % 32` of word `i / 32` is set if entry `i` is selected.
//! - selection: `[4]` u32, the bits of the threshold, the entries still to find, the entries kept, and how many of those the
//!   previous mask kept too.

mod adamw;
mod attention;
pub(crate) mod check;
mod column_score;
mod cpu;
mod dense;
mod gelu;
pub mod gpu;
mod layer_norm;
mod lookup;
mod mask;
mod mix_weight;
mod norm;
mod pool;
mod product;
mod random_mask;
mod select;
mod statistic;

use check::Computation;
use gpu::Shader;

pub use adamw::{AdamW, adamw, adamw_masked};
pub use attention::{attention, attention_near, attention_relative, keeps_probabilities, scores_at_once};
pub use column_score::column_score;
pub use cpu::stay_awake;
#[cfg(target_arch = "wasm32")]
pub use cpu::{Multiplier, gather, multiply_with};
pub use dense::dense;
pub use gelu::gelu;
#[cfg(test)]
pub(crate) use gpu::planted;
pub use layer_norm::layer_norm;
pub use lookup::lookup;
pub use mask::{empty_mask, u32_tensor};
pub use mix_weight::mix_weight;
pub use norm::{norm_finalize, partial_sums, square_sum};
pub use pool::pool;
pub use product::with_burns_products;
pub use random_mask::{Draw, random_mask};
pub use select::select;
pub use statistic::{statistic, statistic_columns};

/// The self-test of the kernels, in its order.
pub(crate) static COMPUTATIONS: &[&Computation] = &[
    &adamw::PLAIN,
    &adamw::MASKED,
    &statistic::PLAIN,
    &statistic::COLUMNS,
    &column_score::COMPUTATION,
    &random_mask::COMPUTATION,
    &mix_weight::COMPUTATION,
    &norm::COMPUTATION,
    &gelu::COMPUTATION,
    &select::COMPUTATION,
    &dense::COMPUTATION,
    &attention::COMPUTATION,
    &attention::RELATIVE,
    &attention::tiles::COMPUTATION,
    &layer_norm::COMPUTATION,
    &pool::COMPUTATION,
];

/// Every shader of the crate. A shader that several kernels launch is listed once for each of them.
pub fn shaders() -> impl Iterator<Item = &'static Shader> {
    COMPUTATIONS.iter().flat_map(|computation| computation.shaders).copied()
}
