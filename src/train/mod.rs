//! A fine-tuning run: recipe, data, loop, optimiser, metrics, checkpoints, and the single stream of events that a face
//! sees. [`Trainer`] drives the run and is pulled: each call of `proceed` does a part of it and returns its events.

mod arguments;
mod beside;
mod checkpoint;
mod contrastive;
mod data;
mod evaluate;
mod frozen;
mod gradients;
mod memory;
mod optimizer;
mod passes;
mod recipe;
mod schedule;
mod stability;
mod trainer;

pub use crate::spec::{
    ClassWeights, Event, HeldOut, MatrixSelection, Metrics, Part, Prediction, Recipe, Stage,
    TrainingArguments, forget_classes,
};
pub use arguments::{default_learning_rate, difference};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use checkpoint::{COMMIT, MOST_COMMIT_BYTES, STATE, TENSORS};
pub use checkpoint::{Checkpoint, Place, RunState};
pub use contrastive::cosine_loss_sum;
pub use data::{Data, batch_inputs, encode, text_features, text_logits};
pub use evaluate::{EvaluationOptions, check_finite, evaluate, features, predict};
pub use gradients::{Gradients, gradients};
pub use memory::MemoryEstimate;
pub(crate) use optimizer::values as flat_values;
pub use optimizer::{Optimizer, OptimizerArguments, StepNorm};
pub use recipe::{Facts, HELD_OUT};
pub use schedule::LinearSchedule;
pub use stability::{features_and_instability, state_noise};
pub(crate) use trainer::{Classifier, Conclusion, Fit, groups};
pub use trainer::{Trainer, TrainerSpec};
