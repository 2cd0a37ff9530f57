//! A fine-tuning run: configuration, data, loop, optimiser, metrics, and the one stream of events that a face
//! sees of it.

mod optimizer;
mod schedule;

pub use optimizer::{Gradients, Optimizer, OptimizerArguments, StepNorm, gradients, read_words};
pub use schedule::LinearSchedule;
