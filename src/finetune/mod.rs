//! One fine-tuning from files in memory to files in memory: what every face does between reading and showing.

mod average;
mod course;
mod cross_validation;
mod prepared;
mod running;

pub use course::{Course, resolved, trainer};
pub use prepared::Prepared;
pub use running::Running;
