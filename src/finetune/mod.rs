//! One fine-tuning from files in memory to files in memory: what every face does between reading and showing.

mod prepared;
mod running;

pub use prepared::Prepared;
pub use running::Running;
