//! The predictions of a model.

use super::event::Part;

/// The model's prediction for one text.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// A probability for each class; they sum to 1.
    Classes(Vec<f32>),
    /// A number.
    Value(f32),
}

impl Prediction {
    pub(crate) fn values(&self) -> &[f32] {
        match self {
            Prediction::Classes(probabilities) => probabilities,
            Prediction::Value(value) => std::slice::from_ref(value),
        }
    }

    /// The class with the highest probability, the first if several have it.
    pub fn class(&self) -> Option<usize> {
        let Prediction::Classes(probabilities) = self else { return None };
        let best =
            |best: usize, class: usize| if probabilities[class] > probabilities[best] { class } else { best };
        Some((0..probabilities.len()).fold(0, best))
    }
}

/// A model's predictions for examples that it was not trained on, in their order.
#[derive(Clone, Debug)]
pub struct HeldOut {
    /// The part that the examples belong to.
    pub part: Part,
    /// The step after which the model was taken.
    pub step: usize,
    /// One prediction for each example.
    pub predictions: Vec<Prediction>,
    /// The predicted examples of the part, if they are not all of it.
    pub rows: Option<Vec<usize>>,
}
