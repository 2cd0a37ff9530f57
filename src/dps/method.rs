//! The methods, each as a row of answers to the questions below.

use super::LowRank;
use crate::encoder::{Parameter, ParameterKind};
use crate::spec::{Frozen, Method};

/// The first batches of a run, whose gradients SIFT selects by.
const FIRST_BATCHES: usize = 8;

/// The matrices that compete for a place in the subnetwork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each matrix keeps the same share of its own entries.
    Matrix,
    /// All matrices share one threshold.
    Model,
}

/// The score by which the entries of a subnetwork are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// The statistic of the gradients.
    Gradients,
    /// The absolute value of the weight.
    Weights,
    /// A random number.
    Chance,
}

/// The unit that a random mask keeps or drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// A single entry of the matrix.
    Entry,
    /// The contribution of one input feature: a column of the paper's `[outputs, inputs]`.
    Column,
}

impl Method {
    /// Whether any step updates the parameter.
    pub fn trains(self, parameter: &Parameter) -> bool {
        match self {
            Method::Bitfit => parameter.is_bias() || parameter.is_head(),
            Method::Head => parameter.is_head(),
            Method::Sift | Method::Lora | Method::Dsee => {
                parameter.kind == ParameterKind::Matrix || parameter.is_head()
            }
            Method::Probe => false,
            _ => true,
        }
    }

    /// Whether no step updates the encoder, so that a text's vector stays the same for the whole run.
    pub fn freezes_encoder(self) -> bool {
        self == Method::Head
    }

    /// Whether the method's masks cover the parameter. They cover matrices only.
    pub fn covers(self, parameter: &Parameter) -> bool {
        let in_full = matches!(self, Method::Sift | Method::Lora | Method::Dsee) && parameter.is_head();
        parameter.kind == ParameterKind::Matrix && !in_full
    }

    /// The share of a matrix that is updated, if the user sets none.
    pub fn update_fraction(self) -> f64 {
        if self == Method::Sift { 0.01 } else { 0.7 }
    }

    /// The largest number of training batches whose gradients are collected before the first step, without updates, if
    /// the method does that. It then selects once.
    pub fn surveys(self) -> Option<usize> {
        match self {
            Method::ChildTuningD => Some(usize::MAX),
            Method::Sift => Some(FIRST_BATCHES),
            _ => None,
        }
    }

    /// The criterion and the scope of selection, if the method selects subnetworks.
    pub fn selects(self) -> Option<(Criterion, Scope)> {
        match self {
            Method::DpsDense | Method::DpsMix | Method::Sift => Some((Criterion::Gradients, Scope::Matrix)),
            Method::ChildTuningD => Some((Criterion::Gradients, Scope::Model)),
            Method::Magnitude => Some((Criterion::Weights, Scope::Matrix)),
            Method::Random => Some((Criterion::Chance, Scope::Matrix)),
            _ => None,
        }
    }

    /// Whether it selects by a statistic of the gradients.
    pub(crate) fn has_statistic(self) -> bool {
        matches!(self.selects(), Some((Criterion::Gradients, _)))
    }

    /// The unit of the random masks, if the method draws one in each step without a selected subnetwork.
    pub fn draws(self) -> Option<Grain> {
        match self {
            Method::DpsMix | Method::Mixout => Some(Grain::Column),
            Method::ChildTuningF => Some(Grain::Entry),
            _ => None,
        }
    }

    /// Whether each step also runs the encoder with noise, to train how little that changes.
    pub fn disturbs(self) -> bool {
        self == Method::Lnsr
    }

    /// What stands for the matrices that the method covers, if low-rank factors do, of the `size` that the user chose.
    pub fn factors(self, size: LowRank) -> Option<LowRank> {
        match self {
            Method::Lora => Some(LowRank { sparse: 0, ..size }),
            Method::Dsee => Some(size),
            _ => None,
        }
    }

    /// Whether the forward pass uses weights blended with an anchor.
    pub fn blends(self) -> bool {
        matches!(self, Method::DpsMix | Method::Mixout)
    }

    /// Whether the method needs the weights before the first step for as long as it runs.
    pub fn keeps_pretrained(self) -> bool {
        self.blends() || matches!(self, Method::Lora | Method::Dsee)
    }

    /// Whether a selected subnetwork leaves everything outside it exactly as it is, if the user chose `frozen`.
    pub(crate) fn is_strict(self, frozen: Frozen) -> bool {
        frozen == Frozen::Strict || self == Method::Sift
    }

    /// Whether the clipped norm is that of the masked gradients.
    pub(crate) fn clips_masked(self) -> bool {
        // Child-Tuning masks within the optimiser, after the gradients are clipped
        !matches!(self, Method::ChildTuningF | Method::ChildTuningD)
    }

    /// The factor on the gradient of the entries in a mask.
    pub(crate) fn gradient_scale(self, update_fraction: f64) -> f64 {
        // keeps the mean of a gradient over its random masks
        if self == Method::ChildTuningF { 1.0 / update_fraction } else { 1.0 }
    }
}
