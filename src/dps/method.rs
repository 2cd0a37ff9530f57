//! What each method does, as a row of answers.

use crate::encoder::Parameter;
use crate::spec::Method;

/// Which matrices compete when a subnetwork is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each matrix keeps the same share of its own entries.
    Matrix,
    /// All matrices share one threshold.
    Model,
}

/// What a random mask keeps or drops together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    Entry,
    /// What one input feature contributes: a column of the paper's `[outputs, inputs]`.
    Column,
}

impl Method {
    /// Whether the parameter is ever updated.
    pub fn trains(self, parameter: &Parameter) -> bool {
        match self {
            Method::Bitfit => parameter.is_bias() || parameter.is_head(),
            Method::Head => parameter.is_head(),
            Method::Probe => false,
            _ => true,
        }
    }

    /// Whether a pass over the training data, without updates, comes before the first step.
    pub fn surveys(self) -> bool {
        self == Method::ChildTuningD
    }

    /// Where subnetworks are selected by a statistic of the gradients.
    pub fn selects(self) -> Option<Scope> {
        match self {
            Method::DpsDense | Method::DpsMix => Some(Scope::Matrix),
            Method::ChildTuningD => Some(Scope::Model),
            _ => None,
        }
    }

    /// What is drawn at random in each step that selects nothing.
    pub fn draws(self) -> Option<Grain> {
        match self {
            Method::DpsMix | Method::Mixout => Some(Grain::Column),
            Method::ChildTuningF => Some(Grain::Entry),
            _ => None,
        }
    }

    /// Whether the forward pass uses weights blended with an anchor.
    pub fn blends(self) -> bool {
        matches!(self, Method::DpsMix | Method::Mixout)
    }

    /// Whether the norm that is clipped is that of the masked gradients.
    pub(crate) fn clips_masked(self) -> bool {
        !matches!(self, Method::ChildTuningF | Method::ChildTuningD)
    }

    /// Factor on the gradient of the entries that a mask keeps.
    pub(crate) fn gradient_scale(self, update_fraction: f64) -> f64 {
        if self == Method::ChildTuningF { 1.0 / update_fraction } else { 1.0 }
    }
}
