//! Golden runs: recorded runs of the oracle, an independent implementation of the algorithm in float64, and recorded passes
//! of transformers, an independent implementation of the encoders. They are repeated on the real model and compared. The
//! tests do this on every device, and users can do it on theirs.

mod deviations;
mod pass;
mod recorded;
mod replay;

pub use deviations::Deviation;
pub use recorded::Tensors;
pub use replay::{Replay, replay};
