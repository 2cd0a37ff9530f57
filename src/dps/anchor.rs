//! What the weights of mix and mixout are blended with.

use burn::tensor::{Int, Tensor};

use crate::kernels;

/// The anchors of one matrix, each `[entries]`.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The weight before the first step.
    pub pretrained: Tensor<1>,
    /// In stage II the weight when the stage began.
    pub stage: Option<Tensor<1>>,
}

impl Anchor {
    pub fn new(pretrained: Tensor<1>) -> Self {
        Anchor { pretrained, stage: None }
    }

    /// The weight that the forward pass uses: the anchor's entries where `mask` drops the weight's, and what it
    /// keeps scaled so that the mean over random masks is the weight.
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
