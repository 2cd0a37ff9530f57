//! Dynamic Parameter Selection (Zhang et al., "Fine-Tuning Pre-Trained Language Models Effectively by
//! Optimizing Subnetworks Adaptively", NeurIPS 2022), in the paper's words.
//!
//! Training alternates between two stages of equal length. In stage I everything is trained and each weight
//! matrix collects a statistic of its gradients. In stage II only the subnetwork is updated: in each matrix,
//! the entries with the largest statistic.

mod method;
mod stages;
mod subnetwork;

pub use method::{Frozen, Method};
pub use stages::{Phase, Stages};
pub use subnetwork::{Selected, Subnetwork, kept_entries};
