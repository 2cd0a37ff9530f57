//! The parts that the kernels' GPU implementations share: from a WGSL file to a launch through cubecl.

mod assemble;
mod launch;
mod shader;
mod tensor;

pub(super) use launch::{CHUNK, Scalars, WORKGROUP, launch};
pub use shader::Shader;
#[cfg(test)]
pub(crate) use shader::planted;
pub(super) use shader::{shader, uses_lanes};
pub(super) use tensor::{contiguous, empty, own, reshape, transpose};
