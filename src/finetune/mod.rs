//! One fine-tuning from files in memory to files in memory: what every face does between reading and showing.

mod average;
mod course;
mod cross_validation;
mod prepared;
mod running;

pub use course::resolved;
pub use prepared::{Prepared, RunSpec};
pub use running::Running;
