//! Dynamic Parameter Selection (Zhang et al., "Fine-Tuning Pre-Trained Language Models Effectively by
//! Optimizing Subnetworks Adaptively", NeurIPS 2022), in the paper's words, and the methods it is compared with.
//!
//! Training alternates between two stages of equal length. Stage I trains everything, while each weight matrix collects
//! a statistic of its gradients. Stage II updates only the subnetwork: in each matrix, the entries with the largest
//! statistic. The variant `dps-mix` also blends the weights in the forward pass with an anchor: random columns come
//! from it in stage I, and everything outside the subnetwork in stage II.

mod anchor;
mod covered;
mod decomposition;
mod factors;
mod method;
mod noise;
mod stages;
mod subnetwork;

pub use crate::spec::{Frozen, Method, Selected};
pub use anchor::Anchor;
pub use covered::Covered;
pub use factors::{Factors, LowRank};
pub use method::{Criterion, Grain, Scope};
pub use noise::{Noise, Site, random_scores};
pub use stages::{Phase, Stages};
pub use subnetwork::{Subnetwork, kept_entries, penalties, select};
