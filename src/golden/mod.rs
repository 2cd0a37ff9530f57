//! Recorded runs of an independent implementation of the algorithm in float64, run again and compared: what the tests
//! hold on every device, and what anyone can try on theirs.

mod deviations;
mod recorded;
mod replay;

pub use deviations::Deviation;
pub use recorded::Tensors;
pub use replay::{Replay, replay};
