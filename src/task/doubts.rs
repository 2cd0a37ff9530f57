//! Labels that are probably wrong: confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating
//! Uncertainty in Dataset Labels", 2021) on the cross-validated probabilities of a linear model on frozen vectors.

use super::{Weights, rules, strata};
use crate::probe::{Features, LinearMap, folds};
use crate::spec::{Example, Suspect, Target, Task};

/// The number of parts. Each is judged by a model of the others.
const FOLDS: usize = 5;
/// The inverse penalty, smaller than that of a good classifier, which would follow wrong labels too closely. With one in
/// twenty of 3000 labels of TREC's training texts wrong, 89, 88 and 81 % of the wrong ones stand in the first tenth of
/// the texts by their label's probability, for 3, 10 and 30. By the margin to the other label it is 84, 77 and 70 %.
const PENALTY: f64 = 3.0;

/// A label that is probably wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubt {
    /// The row of the features.
    pub row: usize,
    /// The label, and its probability.
    pub class: usize,
    pub probability: f64,
    /// The label that is probably right, and its probability.
    pub likely: usize,
    pub likely_probability: f64,
}

impl Doubt {
    /// The doubt about this example, with the first `most` characters of each text.
    pub fn suspect(&self, example: &Example, task: &Task, most: usize) -> Suspect {
        let beginning = |text: &String| text.chars().take(most).collect();
        Suspect {
            line: example.line,
            text: beginning(&example.text),
            pair: example.pair.as_ref().map(beginning),
            label: task.labels[self.class].clone(),
            probability: self.probability,
            likely: task.labels[self.likely].clone(),
            likely_probability: self.likely_probability,
        }
    }
}

/// Returns the doubtful labels, the most doubtful first. A label is doubtful if another is more probable, and the more so
/// the less probable it is itself. `features` has a row for each target; rows with one number in `groups` are judged
/// together. `None` for another task than one class a text, or with too few examples to judge.
pub fn doubts(
    features: &Features,
    targets: &[Target],
    groups: &[usize],
    task: &Task,
    seed: u64,
) -> Option<Vec<Doubt>> {
    let is_classification = targets.iter().all(|target| matches!(target, Target::Class(_)));
    if !is_classification || targets.len() < 2 * FOLDS {
        return None;
    }
    let probabilities = cross_validated(features, targets, groups, task, seed);
    let own = targets.iter().flat_map(Target::classes);
    let mut found: Vec<Doubt> = Vec::new();
    for (row, (probabilities, class)) in probabilities.iter().zip(own).enumerate() {
        let likely = rules(task.kind).prediction(probabilities, task).class();
        let Some(likely) = likely.filter(|likely| likely != class) else { continue };
        let [probability, likely_probability] = [*class, likely].map(|class| f64::from(probabilities[class]));
        found.push(Doubt { row, class: *class, probability, likely, likely_probability });
    }
    // a stable sort, so that equal ones stay in the order of the rows
    found.sort_by(|a, b| a.probability.total_cmp(&b.probability));
    Some(found)
}

/// The probabilities of all classes for each row, by a model that was fitted to other texts.
fn cross_validated(
    features: &Features,
    targets: &[Target],
    groups: &[usize],
    task: &Task,
    seed: u64,
) -> Vec<Vec<f32>> {
    let rules = rules(task.kind);
    let problem = rules.problem(targets, &Weights::Equal, task);
    let mut found = vec![Vec::new(); targets.len()];
    for held_out in folds(&strata(targets), groups, FOLDS, seed) {
        let rest: Vec<usize> =
            (0..targets.len()).filter(|row| held_out.binary_search(row).is_err()).collect();
        let seen = features.select(&rest);
        let start = LinearMap::zeros(task.outputs(), features.size);
        let map = problem.select(&rest).fit(&seen, PENALTY, start);
        let predictions = problem.predictions(map.apply(&features.select(&held_out)));
        for (row, predictions) in held_out.iter().zip(predictions.chunks_exact(task.outputs())) {
            found[*row] = rules.outputs(predictions);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Random, Stream};

    /// 600 texts of three overlapping kinds, of which every twentieth has a wrong label.
    #[test]
    fn nine_in_ten_wrong_labels_stand_in_the_first_tenth() {
        let mut random = Random::new(5, Stream::Subsample, 0);
        let (size, count) = (8, 600);
        let values: Vec<f32> = (0..count * size)
            .map(|at| 1.5 * f32::from(u8::from(at % size == at / size % 3)) + 0.4 * random.normal())
            .collect();
        let is_wrong = |row: usize| row.is_multiple_of(20);
        let targets: Vec<Target> =
            (0..count).map(|row| Target::Class((row + usize::from(is_wrong(row))) % 3)).collect();
        let groups: Vec<usize> = (0..count).collect();
        let task = Task::classification(["a", "b", "c"].map(String::from).to_vec());
        let found = doubts(&Features::new(size, &values), &targets, &groups, &task, 1).unwrap();
        let right: Vec<&Doubt> = found.iter().take(count / 10).filter(|doubt| is_wrong(doubt.row)).collect();
        assert!(right.len() >= 27, "{} of 30 in a list of {}", right.len(), found.len());
        assert!(right.iter().all(|doubt| doubt.likely == doubt.row % 3));
        assert!(found.len() < count / 5, "{}", found.len());
    }

    #[test]
    fn numbers_and_too_few_texts_are_not_judged() {
        let numbers: Vec<Target> = (0..20).map(|row| Target::Value(row as f32)).collect();
        let groups: Vec<usize> = (0..20).collect();
        let features = Features::new(1, &[1.0; 20]);
        assert!(doubts(&features, &numbers, &groups, &Task::regression(), 1).is_none());
        let task = Task::classification(["a", "b"].map(String::from).to_vec());
        let few = [Target::Class(0), Target::Class(1)];
        assert!(doubts(&Features::new(1, &[1.0, 2.0]), &few, &groups[..2], &task, 1).is_none());
    }
}
