//! One run, from files in memory to files in memory: the work of every face between input and output.

mod average;
mod course;
mod cross_validation;
mod prepared;
mod running;

pub use course::resolved;
pub use prepared::{Prepared, RunSpec};
pub use running::Running;
