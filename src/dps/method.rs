//! The methods by name.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::bert::Parameter;
use crate::error::Error;

/// How a run chooses what to update. p is the share that is not: 1 - `update_fraction`.
///
/// The matrices are the weights of all linear layers. Where not said otherwise, biases, LayerNorm and embeddings
/// are trained in full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Every parameter in every step.
    Full,
    /// DPS dense: in stage II the gradient of each matrix is masked to its subnetwork.
    #[default]
    DpsDense,
    /// DPS mix: in addition the forward pass uses weights blended with an anchor. In stage I random columns are
    /// the pretrained ones; in stage II all but the subnetwork is as it was when the stage began.
    DpsMix,
    /// Lee, Cho and Kang, "Mixout: Effective Regularization to Finetune Large-scale Pretrained Language Models",
    /// ICLR 2020. In every step a random share p of each matrix's columns (the weights that leave one input
    /// neuron) is the pretrained one in the forward pass, the rest is moved away from it by 1 / (1 - p), so that
    /// the mean is the weight. As in the authors' code the gradient of a kept column is that of the blended
    /// weight, without the factor 1 / (1 - p), which AdamW takes out again.
    Mixout,
    /// Xu et al., "Raise a Child in Large Language Model: Towards Effective and Generalizable Fine-tuning", EMNLP
    /// 2021, task-free: in every step a random share of each matrix's gradient, times 1 / (1 - p). The norm is
    /// clipped before, as in the authors' code.
    ChildTuningF,
    /// The same paper, task-driven: the entries with the largest Fisher information (mean of the squared
    /// gradients over the training data, before training) of all matrices together are updated in all steps.
    ChildTuningD,
    /// Ben Zaken, Goldberg and Ravfogel, "BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based
    /// Masked Language-models", ACL 2022: all biases, and the head (pooler and classifier).
    Bitfit,
    /// Pooler and classifier only.
    Head,
    /// No step at all: the classifier that is fitted to frozen features in closed form.
    Probe,
}

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
    pub const ALL: [Method; 9] = [
        Method::Full,
        Method::DpsDense,
        Method::DpsMix,
        Method::Mixout,
        Method::ChildTuningF,
        Method::ChildTuningD,
        Method::Bitfit,
        Method::Head,
        Method::Probe,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Method::Full => "full",
            Method::DpsDense => "dps-dense",
            Method::DpsMix => "dps-mix",
            Method::Mixout => "mixout",
            Method::ChildTuningF => "child-tuning-f",
            Method::ChildTuningD => "child-tuning-d",
            Method::Bitfit => "bitfit",
            Method::Head => "head",
            Method::Probe => "probe",
        }
    }

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

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Method::ALL.into_iter().find(|method| method.name() == name).ok_or_else(|| {
            let known = Method::ALL.map(Method::name).join(", ");
            Error::Usage(format!("there is no method \"{name}\"; expected one of {known}"))
        })
    }
}

/// What happens to the entries that are not selected, where a subnetwork is (stage II; child-tuning-d).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frozen {
    /// Their gradient is zero; momentum and weight decay still act, as in the paper's released code.
    #[default]
    Reference,
    /// Weight and both moments stay exactly as they are.
    Strict,
}

impl FromStr for Frozen {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "reference" => Ok(Frozen::Reference),
            "strict" => Ok(Frozen::Strict),
            _ => Err(Error::Usage(format!("frozen is \"{name}\"; expected reference or strict"))),
        }
    }
}
