//! The parts that the kernels' GPU implementations share: from a WGSL file to a launch through cubecl.
//!
//! A kernel of one's own uses them too; `examples/kernel.rs` shows how.

mod assemble;
mod launch;
mod shader;
mod tensor;

pub(super) use launch::CHUNK;
pub use launch::{Scalars, WORKGROUP, launch};
pub use shader::Shader;
#[cfg(test)]
pub(crate) use shader::planted;
pub(super) use shader::shader;
pub use tensor::{contiguous, empty, own};
pub(super) use tensor::{reshape, transpose};
