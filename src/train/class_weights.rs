//! `--class-weights`: the weights of the examples of each class in the training loss.

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
    /// Computes the weights for these training examples, all of which have a target. A class without examples weighs 0.
    pub fn new(kind: ClassWeights, train: &[Encoded]) -> Self {
        if kind == ClassWeights::None {
            return Weights::Equal;
        }
        let mut counts: Vec<usize> = Vec::new();
        for example in train {
            if let Some(Target::Class(class)) = example.target {
                counts.resize(counts.len().max(class + 1), 0);
                counts[class] += 1;
            }
        }
        let examples: usize = counts.iter().sum();
        // as in scikit-learn, only classes that occur count
        let classes = counts.iter().filter(|count| **count > 0).count();
        let weight = |count: &usize| match count {
            0 => 0.0,
            count => examples as f64 / (classes * count) as f64,
        };
        Weights::ByClass(counts.iter().map(weight).collect())
    }

    /// The weight of an example with this target.
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
            encoding: Encoding { input_ids: vec![1], token_type_ids: vec![0], truncated: 0 },
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
