//! Dynamic Parameter Selection (Zhang et al., "Fine-Tuning Pre-Trained Language Models Effectively by
//! Optimizing Subnetworks Adaptively", NeurIPS 2022), in the paper's words, and the methods it is compared with.
//!
//! Training alternates between two stages of equal length. In stage I everything is trained and each weight
//! matrix collects a statistic of its gradients. In stage II only the subnetwork is updated: in each matrix,
//! the entries with the largest statistic. The variant mix also blends the weights that the forward pass uses
//! with an anchor: random columns of it in stage I, all that is not selected in stage II.

mod anchor;
mod covered;
mod method;
mod noise;
mod stages;
mod subnetwork;

pub use crate::spec::{Frozen, Method, Selected};
pub use anchor::Anchor;
pub use covered::Covered;
pub use method::{Grain, Scope};
pub use noise::{Noise, Site};
pub use stages::{Phase, Stages};
pub use subnetwork::{Subnetwork, kept_entries, penalties, select};
