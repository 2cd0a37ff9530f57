//! What is written down of a run, from its events alone.

mod model_card;

pub use model_card::{RunSummary, model_card};
