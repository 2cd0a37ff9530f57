//! The probe: a linear model on the frozen features of an encoder, fitted in float64. It has three uses: as a model by
//! itself, as the first weights of a classifier that is then fine-tuned with the encoder (LP-FT: Kumar et al.,
//! "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution", ICLR 2022), and as the score
//! that fine-tuning has to beat.

mod features;
mod folds;
mod lbfgs;
mod linear_map;
pub(crate) mod logistic;
#[cfg(test)]
mod oracle;
pub(crate) mod ridge;
mod selection;

pub use features::Features;
pub use folds::folds;
pub use linear_map::LinearMap;
pub(crate) use logistic::log_softmax;
pub use selection::{DEFAULT_PENALTY, Fitted, Material, Problem, fit, fit_to};
