//! The texts of a file whose label is probably wrong.

use serde::Serialize;

use super::equal_texts;
use crate::probe::Features;
use crate::spec::{Example, Target, Task};
use crate::task::doubts;

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

/// Returns the suspects among `examples`, the most doubtful first; see [`doubts`]. `features` has a row for each example.
pub fn suspects(features: &Features, examples: &[Example], task: &Task, seed: u64) -> Vec<Suspect> {
    let targets: Vec<Target> = examples.iter().filter_map(|example| example.target.clone()).collect();
    if targets.len() != examples.len() {
        return Vec::new();
    }
    let groups = equal_texts(examples.iter());
    let found = doubts(features, &targets, &groups, task, seed).unwrap_or_default();
    let suspect = |doubt: crate::task::Doubt| {
        let Example { line, text, pair, .. } = examples[doubt.row].clone();
        let [label, likely] = [doubt.class, doubt.likely].map(|class| task.labels[class].clone());
        let (probability, likely_probability) = (doubt.probability, doubt.likely_probability);
        Suspect { line, text, pair, label, probability, likely, likely_probability }
    };
    found.into_iter().map(suspect).collect()
}
