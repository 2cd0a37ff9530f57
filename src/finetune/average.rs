//! Interpolates between two models.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use crate::encoder::Model;
use crate::train::{Classifier, Fit, Trainer, flat_values};

/// Interpolates each weight: `share` 0 is the start of `trainer`, 1 is `end` (WiSE-FT: Wortsman et al., "Robust
/// Fine-tuning of Zero-shot Models", CVPR 2022). The start of `trainer` is `start`, or the result of its contrastive stage,
/// with the fitted classifier. All models are without autodiff.
pub fn at_share(share: f64, start: Model, end: Model, trainer: &Trainer) -> Model {
    struct Between {
        start: std::vec::IntoIter<Tensor<1>>,
        share: f64,
    }
    impl ModuleMapper for Between {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some(start) = self.start.next() else { return param };
            let (id, end, mapper) = param.consume();
            let start = start.reshape(end.dims());
            let same = end.clone().equal(start.clone());
            let between = end * self.share + start.clone() * (1.0 - self.share);
            // rounding must not move what training left as it was
            Param::from_mapped_value(id, between.mask_where(same, start), mapper)
        }
    }
    let start = trainer.contrasted().cloned().unwrap_or(start);
    let with = |classifier: fn(&Fit) -> &Classifier| match trainer.fitted() {
        Some(fit) => classifier(fit).put_into(start, trainer.device()),
        None => start,
    };
    match share {
        0.0 => with(|fit| &fit.probe),
        1.0 => end,
        share => {
            let start = flat_values(&with(|fit| &fit.start));
            end.map(&mut Between { start: start.into_iter(), share })
        }
    }
}

/// Divides the scores of a model by `temperature`.
pub fn cooled(mut model: Model, temperature: f64) -> Model {
    struct Divide(f64);
    impl ModuleMapper for Divide {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, values, mapper) = param.consume();
            Param::from_mapped_value(id, values / self.0, mapper)
        }
    }
    if temperature != 1.0 {
        model.classifier = model.classifier.map(&mut Divide(temperature));
    }
    model
}
