//! What a model says of texts.

use super::event::Part;

/// What the model says of one text.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// A probability for each class; they sum to 1.
    Classes(Vec<f32>),
    Value(f32),
}

impl Prediction {
    pub(crate) fn values(&self) -> &[f32] {
        match self {
            Prediction::Classes(probabilities) => probabilities,
            Prediction::Value(value) => std::slice::from_ref(value),
        }
    }

    /// The class of the highest probability; the first of equals.
    pub fn class(&self) -> Option<usize> {
        let Prediction::Classes(probabilities) = self else { return None };
        let best =
            |best: usize, class: usize| if probabilities[class] > probabilities[best] { class } else { best };
        Some((0..probabilities.len()).fold(0, best))
    }
}

/// What a model says of the examples that it was not trained on, in their order.
#[derive(Clone, Debug)]
pub struct HeldOut {
    pub part: Part,
    /// Where the model comes from.
    pub step: usize,
    pub predictions: Vec<Prediction>,
    /// Which of the part's examples were predicted, where not all of them were.
    pub rows: Option<Vec<usize>>,
}
