//! Labels that are probably wrong: confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating
//! Uncertainty in Dataset Labels", 2021) on the cross-validated probabilities of a linear model on frozen vectors.

use serde::Serialize;

use super::equal_texts;
use crate::probe::{DEFAULT_PENALTY, Features, LinearMap, folds};
use crate::spec::{Example, Target, Task};
use crate::task::{Weights, rules, strata};

/// The number of parts. Each is judged by a model of the others.
const FOLDS: usize = 5;

/// A text whose label is probably wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suspect {
    /// The line of its file, from 1.
    pub line: u64,
    pub text: String,
    pub pair: Option<String>,
    /// The label in the file, and its probability.
    pub label: String,
    pub probability: f64,
    /// The label that is probably right, and its probability.
    pub likely: String,
    pub likely_probability: f64,
}

/// Returns the suspects among `examples`, the most doubtful first. A label is suspect if another
/// exceeds, by more, the mean probability that the model gives to the texts of that label. This makes up for labels of
/// which the model is usually less certain. `features` has a row for each
/// example. Empty for another task than one class a text, or with too few examples to judge.
pub fn suspects(features: &Features, examples: &[Example], task: &Task, seed: u64) -> Vec<Suspect> {
    let targets: Vec<Target> = examples.iter().filter_map(|example| example.target.clone()).collect();
    let classes: Vec<usize> = targets.iter().flat_map(Target::classes).copied().collect();
    let is_classification = targets.iter().all(|target| matches!(target, Target::Class(_)));
    if !is_classification || targets.len() != examples.len() || targets.len() < 2 * FOLDS {
        return Vec::new();
    }
    let probabilities = cross_validated(features, examples, &targets, task, seed);
    let usual = usual_probabilities(&probabilities, &classes, task.labels.len());
    let mut found: Vec<(f64, Suspect)> = Vec::new();
    for ((example, own), row) in examples.iter().zip(&classes).zip(&probabilities) {
        let beyond_usual = |class: usize| f64::from(row[class]) - usual[class];
        let likely = (0..row.len()).max_by(|a, b| beyond_usual(*a).total_cmp(&beyond_usual(*b)));
        let Some(likely) = likely.filter(|likely| likely != own) else { continue };
        let [probability, likely_probability] = [*own, likely].map(|class| f64::from(row[class]));
        let suspect = Suspect {
            line: example.line,
            text: example.text.clone(),
            pair: example.pair.clone(),
            label: task.labels[*own].clone(),
            probability,
            likely: task.labels[likely].clone(),
            likely_probability,
        };
        found.push((beyond_usual(*own) - beyond_usual(likely), suspect));
    }
    // a stable sort, so that equal ones stay in the order of the file
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, suspect)| suspect).collect()
}

/// The probabilities of all classes for each example, by a model that was fitted to other texts.
fn cross_validated(
    features: &Features,
    examples: &[Example],
    targets: &[Target],
    task: &Task,
    seed: u64,
) -> Vec<Vec<f32>> {
    let rules = rules(task.kind);
    let problem = rules.problem(targets, &Weights::Equal, task);
    let groups = equal_texts(examples.iter());
    let mut found = vec![Vec::new(); examples.len()];
    for held_out in folds(&strata(targets), &groups, FOLDS, seed) {
        let rest: Vec<usize> =
            (0..examples.len()).filter(|row| held_out.binary_search(row).is_err()).collect();
        let seen = features.select(&rest);
        let start = LinearMap::zeros(task.outputs(), features.size);
        let map = problem.select(&rest).fit(&seen, DEFAULT_PENALTY, start);
        let predictions = problem.predictions(map.apply(&features.select(&held_out)));
        for (row, predictions) in held_out.iter().zip(predictions.chunks_exact(task.outputs())) {
            found[*row] = rules.outputs(predictions);
        }
    }
    found
}

/// The mean probability of each class over the texts that have its label.
fn usual_probabilities(probabilities: &[Vec<f32>], classes: &[usize], count: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0usize); count];
    for (row, class) in probabilities.iter().zip(classes) {
        sums[*class].0 += f64::from(row[*class]);
        sums[*class].1 += 1;
    }
    // a class without texts is never likely
    sums.into_iter().map(|(sum, texts)| if texts == 0 { f64::INFINITY } else { sum / texts as f64 }).collect()
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
        let example = |row: usize| Example {
            line: row as u64,
            text: format!("text {row}"),
            pair: None,
            target: Some(Target::Class((row + usize::from(is_wrong(row))) % 3)),
        };
        let examples: Vec<Example> = (0..count).map(example).collect();
        let task = Task::classification(["a", "b", "c"].map(String::from).to_vec());
        let found = suspects(&Features::new(size, &values), &examples, &task, 1);
        let first = found.iter().take(count / 10);
        let right: Vec<&Suspect> = first.filter(|suspect| is_wrong(suspect.line as usize)).collect();
        assert!(right.len() >= 27, "{} of 30 in a list of {}", right.len(), found.len());
        assert!(right.iter().all(|suspect| suspect.likely == task.labels[suspect.line as usize % 3]));
        assert!(found.len() < count / 5, "{}", found.len());
    }

    #[test]
    fn numbers_and_too_few_texts_have_no_suspects() {
        let example =
            |target: Target| Example { line: 1, text: "a".into(), pair: None, target: Some(target) };
        let numbers: Vec<Example> = (0..20).map(|row| example(Target::Value(row as f32))).collect();
        let features = Features::new(1, &[1.0; 20]);
        assert!(suspects(&features, &numbers, &Task::regression(), 1).is_empty());
        let few = [example(Target::Class(0)), example(Target::Class(1))];
        let task = Task::classification(["a", "b"].map(String::from).to_vec());
        assert!(suspects(&Features::new(1, &[1.0, 2.0]), &few, &task, 1).is_empty());
    }
}
