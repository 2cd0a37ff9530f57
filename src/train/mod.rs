//! A fine-tuning run: configuration, data, loop, optimiser, metrics, and the one stream of events that a face
//! sees of it.

mod gradients;
mod optimizer;
mod schedule;

pub use gradients::{Gradients, gradients};
pub use optimizer::{Optimizer, OptimizerArguments, StepNorm, read_words};
pub use schedule::LinearSchedule;
