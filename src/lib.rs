//! subtune fine-tunes a small BERT on a person's own labelled text, on their own machine, with Dynamic
//! Parameter Selection.

pub mod bert;
pub mod device;
pub mod dps;
pub mod error;
pub mod kernels;
pub mod random;
pub mod text;
pub mod train;
