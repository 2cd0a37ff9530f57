//! The state that a method holds for one weight matrix.

use burn::tensor::{Device, Int, Tensor};

use super::{Anchor, Factors, LowRank, Method, Noise, Phase, Subnetwork};

/// The state of one matrix. Each part exists only if the method needs it.
#[derive(Clone, Debug)]
pub struct Covered {
    /// If the method selects.
    pub subnetwork: Option<Subnetwork>,
    /// If the method draws.
    pub noise: Option<Noise>,
    /// If the method blends.
    pub anchor: Option<Anchor>,
    /// If factors stand for the matrix.
    pub factors: Option<Factors>,
}

impl Covered {
    /// The state for a matrix of `shape` `[inputs, outputs]`; `(seed, matrix)` are the run's seed and the matrix's place
    /// among all parameters. `pretrained` is there if the method [keeps](Method::keeps_pretrained) it.
    pub fn new(
        (method, size): (Method, LowRank),
        shape: [usize; 2],
        pretrained: Option<Tensor<1>>,
        (seed, matrix): (u64, usize),
        device: &Device,
    ) -> Self {
        let blended = pretrained.clone().filter(|_| method.blends());
        let factored = method.factors(size).zip(pretrained);
        // a column that a random mask drops gets no gradient, so mix must know how often it was kept
        let counted = method.draws().is_some();
        Covered {
            subnetwork: method
                .selects()
                .map(|_| Subnetwork::new(shape, method.has_statistic(), counted, device)),
            noise: method.draws().map(|grain| Noise::new(grain, shape, device)),
            anchor: blended.map(Anchor::new),
            factors: factored
                .map(|(size, pretrained)| Factors::new(size, shape, pretrained, (seed, matrix), device)),
        }
    }

    /// The mask that applies in this phase.
    pub fn mask(&self, phase: Phase) -> Option<Tensor<1, Int>> {
        match phase {
            Phase::Plain => None,
            Phase::Random | Phase::Accumulate { .. } => Some(self.noise.as_ref()?.mask.clone()),
            Phase::Selected { .. } => Some(self.subnetwork.as_ref()?.mask.clone()),
        }
    }

    /// Adds a step's gradient to the statistic; `fresh` first sets the statistic to zero.
    pub fn accumulate(self, gradient: Tensor<1>, norm: Tensor<1>, fresh: bool) -> Self {
        let noise = self.noise.as_ref().map(|noise| noise.mask.clone());
        let subnetwork =
            self.subnetwork.map(|subnetwork| subnetwork.accumulate(gradient, noise, norm, fresh));
        Covered { subnetwork, ..self }
    }
}
