//! `--stage contrastive`: SetFit's stage before the classifier is fitted (Tunstall et al., "Efficient Few-Shot Learning
//! Without Prompts", 2022). It draws two texts of one class together and two of different classes apart: the loss of a
//! pair is the squared difference of the cosine of their vectors from 1 or 0, as in sentence-transformers'
//! `CosineSimilarityLoss`.
//!
//! The vectors are those that the classifier reads. The stage trains every weight of the encoder with every method: it
//! makes the start, and the method decides what is trained from there.

use burn::tensor::{Tensor, TensorData};

use crate::random::{Random, Stream};
use crate::text::Encoded;

/// The number of steps of the stage.
pub const STEPS: usize = 40;
/// The number of pairs in a step.
const PAIRS: usize = 16;
/// The peak learning rate, as in SetFit.
pub const RATE: f64 = 2e-5;

/// Two rows of the training examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub rows: [usize; 2],
    /// Whether both belong to one class.
    pub same: bool,
}

/// The rows from which pairs are drawn.
#[derive(Clone, Debug)]
pub struct Pairs {
    /// The rows of each class that has any.
    classes: Vec<Vec<usize>>,
    /// The classes that have two rows or more.
    several: Vec<usize>,
    seed: u64,
}

impl Pairs {
    /// Returns `None` if all pairs would be of one kind: there is only one class, or no class has two texts.
    pub fn new(train: &[Encoded], seed: u64) -> Option<Self> {
        let mut classes: Vec<Vec<usize>> = Vec::new();
        for (row, example) in train.iter().enumerate() {
            for class in example.classes() {
                classes.resize(classes.len().max(class + 1), Vec::new());
                classes[*class].push(row);
            }
        }
        classes.retain(|rows| !rows.is_empty());
        let several: Vec<usize> = (0..classes.len()).filter(|class| classes[*class].len() >= 2).collect();
        (classes.len() >= 2 && !several.is_empty()).then_some(Pairs { classes, several, seed })
    }

    /// Draws the pairs of a step. Pairs of one class and of two classes alternate. Each class occurs equally often,
    /// however few texts it has.
    pub fn of_step(&self, step: usize) -> Vec<Pair> {
        let mut random = Random::new(self.seed, Stream::Pairs, step as u64);
        let mut pair = |number: usize| {
            let same = number.is_multiple_of(2);
            let rows = if same {
                let rows = &self.classes[self.several[below(&mut random, self.several.len())]];
                two_below(&mut random, rows.len()).map(|row| rows[row])
            } else {
                two_below(&mut random, self.classes.len()).map(|class| {
                    let rows = &self.classes[class];
                    rows[below(&mut random, rows.len())]
                })
            };
            Pair { rows, same }
        };
        (0..PAIRS).map(&mut pair).collect()
    }
}

fn below(random: &mut Random, bound: usize) -> usize {
    random.below(bound as u32) as usize
}

/// Draws two different numbers below `bound`.
fn two_below(random: &mut Random, bound: usize) -> [usize; 2] {
    let first = below(random, bound);
    let second = below(random, bound - 1);
    [first, second + usize::from(second >= first)]
}

/// The loss summed over pairs, a tensor of one entry. `features` `[2 * pairs, hidden]` holds the two vectors of a pair
/// one after the other; `same` has an entry for each pair.
pub fn cosine_loss_sum(features: Tensor<2>, same: &[bool]) -> Tensor<1> {
    let ([_, hidden], pairs) = (features.dims(), same.len());
    let targets: Vec<f32> = same.iter().map(|same| f32::from(u8::from(*same))).collect();
    let targets = Tensor::<2>::from_data(TensorData::new(targets, [pairs, 1]), &features.device());
    let both = features.reshape([pairs, 2 * hidden]);
    let one = both.clone().slice([0..pairs, 0..hidden]);
    let other = both.slice([0..pairs, hidden..2 * hidden]);
    // with a floor as in PyTorch's cosine_similarity, so that a vector of zeros has a gradient
    let length = |vectors: &Tensor<2>| {
        let squares = vectors.clone() * vectors.clone();
        squares.sum_dim(1).clamp_min(1e-16).sqrt()
    };
    let lengths = length(&one) * length(&other);
    let difference = (one * other).sum_dim(1) / lengths - targets;
    (difference.clone() * difference).sum()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use proptest::prelude::*;

    use super::*;
    use crate::device::read_floats;
    use crate::text::Encoding;
    use crate::text::Target;

    fn examples(classes: &[usize]) -> Vec<Encoded> {
        let one = |class: &usize| Encoded {
            encoding: Encoding::whole(vec![1], vec![0]),
            target: Some(Target::Class(*class)),
            line: 1,
        };
        classes.iter().map(one).collect()
    }

    proptest! {
        #[test]
        fn half_of_the_pairs_are_of_one_class_and_no_text_is_paired_with_itself(
            classes in prop::collection::vec(0usize..5, 0..40),
            seed: u64,
            step in 1usize..=STEPS,
        ) {
            let Some(pairs) = Pairs::new(&examples(&classes), seed) else {
                let mut kinds = classes.clone();
                kinds.sort_unstable();
                kinds.dedup();
                prop_assert!(kinds.len() < 2 || kinds.len() == classes.len());
                return Ok(());
            };
            let drawn = pairs.of_step(step);
            prop_assert_eq!(&drawn, &pairs.of_step(step));
            prop_assert_eq!(drawn.len(), PAIRS);
            prop_assert_eq!(drawn.iter().filter(|pair| pair.same).count(), PAIRS / 2);
            for Pair { rows: [one, other], same } in drawn {
                prop_assert!(one != other);
                prop_assert_eq!(classes[one] == classes[other], same);
            }
        }
    }

    #[test]
    fn a_rare_class_is_drawn_as_often_as_a_frequent_one() {
        let classes: Vec<usize> = (0..102).map(|row| usize::from(row >= 100)).collect();
        let pairs = Pairs::new(&examples(&classes), 1).unwrap();
        let drawn = (1..=200).flat_map(|step| pairs.of_step(step)).filter(|pair| pair.same);
        let (rare, all) =
            drawn.fold((0, 0), |(rare, all), pair| (rare + usize::from(classes[pair.rows[0]] == 1), all + 1));
        assert!((700..900).contains(&rare), "{rare} of {all}");
    }

    #[test]
    fn each_step_and_seed_has_its_own_pairs() {
        let all = examples(&[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
        let drawn = |seed, step| Pairs::new(&all, seed).unwrap().of_step(step);
        assert_ne!(drawn(1, 1), drawn(1, 2));
        assert_ne!(drawn(1, 1), drawn(2, 1));
    }

    const HIDDEN: usize = 3;
    const FEATURES: [f64; 18] =
        [0.5, -1.0, 2.0, 3.0, 0.25, -0.5, -2.0, 1.5, 1.0, -1.0, 0.75, 0.5, 1.0, 2.0, 3.0, 1.0, 2.0, 3.5];
    const SAME: [bool; 3] = [true, false, true];

    /// From the definition.
    fn reference(features: &[f64]) -> f64 {
        let dot = |one: &[f64], other: &[f64]| -> f64 { one.iter().zip(other).map(|(a, b)| a * b).sum() };
        let loss = |(pair, same): (&[f64], &bool)| {
            let (one, other) = pair.split_at(HIDDEN);
            let cosine = dot(one, other) / (dot(one, one) * dot(other, other)).sqrt();
            (cosine - f64::from(u8::from(*same))).powi(2)
        };
        features.chunks_exact(2 * HIDDEN).zip(&SAME).map(loss).sum()
    }

    #[test]
    fn the_loss_and_its_gradient_follow_the_definition() {
        let device = Device::flex().autodiff();
        let values: Vec<f32> = FEATURES.iter().map(|value| *value as f32).collect();
        let features = Tensor::<2>::from_data(TensorData::new(values, [6, HIDDEN]), &device).require_grad();
        let loss = cosine_loss_sum(features.clone(), &SAME);
        let found = pollster::block_on(read_floats(loss.clone().inner())).unwrap()[0];
        assert!((f64::from(found) - reference(&FEATURES)).abs() < 1e-6, "{found}");
        let gradient = features.grad(&loss.backward()).unwrap().flatten::<1>(0, 1);
        let gradient = pollster::block_on(read_floats(gradient)).unwrap();
        for (entry, found) in gradient.into_iter().enumerate() {
            let moved = |by: f64| {
                let mut features = FEATURES;
                features[entry] += by;
                reference(&features)
            };
            let expected = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((f64::from(found) - expected).abs() < 1e-5, "entry {entry}: {found} is not {expected}");
        }
    }

    #[test]
    fn a_vector_of_zeros_has_a_finite_gradient() {
        let device = Device::flex().autodiff();
        let features = Tensor::<2>::from_data(TensorData::new(vec![0f32, 0.0, 1.0, 2.0], [2, 2]), &device)
            .require_grad();
        let loss = cosine_loss_sum(features.clone(), &[true]);
        let gradient = features.grad(&loss.backward()).unwrap().flatten::<1>(0, 1);
        assert!(pollster::block_on(read_floats(gradient)).unwrap().iter().all(|entry| entry.is_finite()));
    }
}
