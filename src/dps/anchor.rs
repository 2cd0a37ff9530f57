//! The anchors, with which `dps-mix` and `mixout` blend the weights.

use burn::tensor::{Int, Tensor};

use crate::kernels;

/// The anchors of one matrix, each `[entries]`.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The weight before the first step of the run.
    pub pretrained: Tensor<1>,
    /// The weight at the start of the stage, in stage II only.
    pub stage: Option<Tensor<1>>,
}

impl Anchor {
    /// An anchor without a stage yet.
    pub fn new(pretrained: Tensor<1>) -> Self {
        Anchor { pretrained, stage: None }
    }

    /// Returns the weight for the forward pass: the anchor's entries outside `mask`, and inside it the weight's, scaled
    /// so that the mean over random masks is the weight.
    pub fn blend<const D: usize>(
        &self,
        weight: Tensor<D>,
        mask: Tensor<1, Int>,
        update_fraction: f64,
    ) -> Tensor<D> {
        let anchor = self.stage.as_ref().unwrap_or(&self.pretrained);
        kernels::mix_weight(weight, anchor.clone(), mask, update_fraction)
    }
}
