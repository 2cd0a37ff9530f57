//! The predictions of a model.

use super::event::Part;
use super::task::joined;
use std::sync::Arc;

use super::{Target, TaskKind};

/// The model's prediction for one text.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// A probability for each class; they sum to 1.
    Classes(Vec<f32>),
    /// A number.
    Value(f32),
    /// A probability for each label, and the one from which on the text has it; one half where there is none.
    Labels {
        /// The probability of each label by itself.
        probabilities: Vec<f32>,
        /// The probability from which on a text has each label.
        thresholds: Arc<[f32]>,
    },
}

impl Prediction {
    pub(crate) fn values(&self) -> &[f32] {
        match self {
            Prediction::Classes(probabilities) => probabilities,
            Prediction::Value(value) => std::slice::from_ref(value),
            Prediction::Labels { probabilities, .. } => probabilities,
        }
    }

    /// The kind of task that has such predictions.
    pub fn kind(&self) -> TaskKind {
        match self {
            Prediction::Classes(_) => TaskKind::Classification,
            Prediction::Value(_) => TaskKind::Regression,
            Prediction::Labels { .. } => TaskKind::MultiLabel,
        }
    }

    /// How bad the prediction is: the probability of a wrong class or label, or the distance of a number; `None` if it is right.
    pub fn badness(&self, target: &Target) -> Option<f32> {
        match (self, target) {
            (Prediction::Classes(probabilities), Target::Class(target)) => {
                let class = self.class().filter(|class| class != target)?;
                probabilities.get(class).copied()
            }
            (Prediction::Value(value), Target::Value(target)) => {
                (value != target).then(|| (value - target).abs())
            }
            (Prediction::Labels { probabilities, .. }, Target::Labels(target)) => {
                let found = self.labels();
                let wrong = (0..probabilities.len())
                    .filter(|label| found.contains(label) != target.contains(label))
                    .map(|label| match target.contains(&label) {
                        true => 1.0 - probabilities[label],
                        false => probabilities[label],
                    });
                wrong.reduce(f32::max)
            }
            _ => None,
        }
    }

    /// The ids of the labels whose probability reaches their threshold, ascending; none in another kind of task.
    pub fn labels(&self) -> Vec<usize> {
        let Prediction::Labels { probabilities, thresholds } = self else { return Vec::new() };
        let has = |(label, probability): (usize, &f32)| {
            (*probability >= thresholds.get(label).copied().unwrap_or(0.5)).then_some(label)
        };
        probabilities.iter().enumerate().filter_map(has).collect()
    }

    /// The prediction with other thresholds.
    pub(crate) fn with_thresholds(&self, thresholds: Arc<[f32]>) -> Self {
        Prediction::Labels { probabilities: self.values().to_vec(), thresholds }
    }

    /// Whether its values are probabilities.
    pub fn is_probable(&self) -> bool {
        self.kind() != TaskKind::Regression
    }

    /// The answer for people.
    pub fn words(&self, labels: &[String]) -> String {
        match self {
            Prediction::Classes(_) => {
                self.class().and_then(|class| labels.get(class)).cloned().unwrap_or_default()
            }
            Prediction::Value(value) => format!("{value:.3}"),
            Prediction::Labels { .. } => joined(&self.labels(), labels),
        }
    }

    /// A prediction of this kind with other values.
    pub(crate) fn with_values(&self, values: Vec<f32>) -> Self {
        match self {
            Prediction::Classes(_) => Prediction::Classes(values),
            Prediction::Value(_) => Prediction::Value(values[0]),
            Prediction::Labels { thresholds, .. } => {
                Prediction::Labels { probabilities: values, thresholds: thresholds.clone() }
            }
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
