//! A fine-tuning run: configuration, data, loop, optimiser, metrics, and the one stream of events that a face
//! sees of it.

mod arguments;
mod checkpoint;
mod class_weights;
mod data;
mod evaluate;
mod events;
mod gradients;
mod loss;
mod memory;
pub mod metrics;
mod optimizer;
mod passes;
mod schedule;
mod trainer;

pub use arguments::{TrainingArguments, default_learning_rate, difference};
pub use checkpoint::Checkpoint;
#[cfg(not(target_arch = "wasm32"))]
pub use checkpoint::CheckpointStore;
pub use class_weights::{ClassWeights, Weights};
pub use data::{Data, batch_inputs, encode};
pub use evaluate::{EvaluationOptions, Prediction, check_finite, evaluate, predict};
pub use events::{Event, MatrixSelection, Part, forget_classes};
pub use gradients::{Gradients, gradients};
pub use loss::{loss_sum, weighted_loss_sum};
pub use memory::MemoryEstimate;
pub use metrics::Metrics;
pub(crate) use optimizer::values as flat_values;
pub use optimizer::{Optimizer, OptimizerArguments, StepNorm, read_words};
pub use schedule::LinearSchedule;
pub use trainer::{HeldOut, Trainer};
