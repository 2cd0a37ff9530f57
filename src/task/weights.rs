//! `--class-weights`: the weights of the examples of each class in the training loss.

use super::rules;
use crate::spec::ClassWeights;
use crate::text::{Encoded, Target};

/// The weight of each target's loss in a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Every example weighs 1.
    Equal,
    /// A weight for each class id.
    ByClass(Vec<f64>),
}

impl Weights {
    /// Computes the weights for these training examples, all of which have a target. A class without examples weighs
    /// nothing.
    pub fn new(kind: ClassWeights, train: &[Encoded]) -> Self {
        let first = train.first().and_then(|example| example.target.as_ref());
        let (ClassWeights::Balanced, Some(first)) = (kind, first) else { return Weights::Equal };
        let mut counts: Vec<usize> = Vec::new();
        for class in train.iter().flat_map(Encoded::classes) {
            counts.resize(counts.len().max(class + 1), 0);
            counts[*class] += 1;
        }
        Weights::ByClass(rules(first.kind()).weights(&counts, train.len()))
    }

    /// The weight of an example in the mean over a step.
    pub fn weight(&self, target: &Target) -> f64 {
        match (self, target) {
            (Weights::ByClass(weights), Target::Class(class)) => weights[*class],
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Encoding;

    fn encoded(classes: &[usize]) -> Vec<Encoded> {
        let one = |class: &usize| Encoded {
            encoding: Encoding::whole(vec![1], vec![0]),
            target: Some(Target::Class(*class)),
            line: 1,
        };
        classes.iter().map(one).collect()
    }

    /// `compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2])` of scikit-learn.
    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        let found = Weights::new(ClassWeights::Balanced, &encoded(&[0, 0, 0, 1, 2, 2]));
        assert_eq!(found, Weights::ByClass(vec![2.0 / 3.0, 2.0, 1.0]));
    }

    #[test]
    fn balanced_classes_weigh_1_and_an_absent_class_nothing() {
        let found = Weights::new(ClassWeights::Balanced, &encoded(&[0, 2, 2, 0]));
        assert_eq!(found, Weights::ByClass(vec![1.0, 0.0, 1.0]));
    }
}
