//! Models between two others.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use crate::bert::BertForSequenceClassification;
use crate::train::flat_values;

/// The model whose every weight is `share` of the way from `start` to `end` (WiSE-FT: Wortsman et al., "Robust Fine-tuning
/// of Zero-shot Models", CVPR 2022). Both are without autodiff.
pub fn between(
    start: &BertForSequenceClassification,
    end: BertForSequenceClassification,
    share: f64,
) -> BertForSequenceClassification {
    struct Between {
        start: std::vec::IntoIter<Tensor<1>>,
        share: f64,
    }
    impl ModuleMapper for Between {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some(start) = self.start.next() else { return param };
            let (id, end, mapper) = param.consume();
            let start = start.reshape(end.dims());
            Param::from_mapped_value(id, end * self.share + start * (1.0 - self.share), mapper)
        }
    }
    match share {
        0.0 => start.clone(),
        1.0 => end,
        share => end.map(&mut Between { start: flat_values(start).into_iter(), share }),
    }
}

/// The model with its scores divided by `temperature`.
pub fn cooled(mut model: BertForSequenceClassification, temperature: f64) -> BertForSequenceClassification {
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
