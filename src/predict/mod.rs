//! From texts to predictions, for every face: a fine-tuned model's files, then the model on a device.

mod answer;
mod predictor;
mod tuned;

pub use answer::{Answer, ClassProbability};
pub use predictor::Predictor;
pub use tuned::{Labelled, Origin, Tuned, cut};
