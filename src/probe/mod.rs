//! The closed form: a linear model on the frozen features of an encoder, in float64. It is a model by itself, the first
//! weights of a classifier that is then fine-tuned with everything below it (LP-FT: Kumar et al., "Fine-Tuning can
//! Distort Pretrained Features and Underperform Out-of-Distribution", ICLR 2022), and what fine-tuning has to beat.

mod features;
mod folds;
mod lbfgs;
mod linear_map;
mod logistic;
#[cfg(test)]
mod oracle;
mod ridge;
mod selection;

pub use features::Features;
pub use folds::folds;
pub use linear_map::LinearMap;
pub use selection::{Fitted, fit};
