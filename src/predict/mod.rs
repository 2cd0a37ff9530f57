//! Turns texts into predictions, for every face: first from the files of a fine-tuned model, then with the model on a
//! device.

mod answer;
mod deltas;
mod predictor;
mod tuned;

pub use answer::{Answer, ClassProbability};
pub use deltas::Deltas;
pub use predictor::Predictor;
pub use tuned::{Labelled, Origin, Tuned, cut};
