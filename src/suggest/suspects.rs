//! The texts of a file whose label is probably wrong.

use super::equal_texts;
use crate::probe::Features;
use crate::spec::{Example, Suspect, Target, Task};
use crate::task::doubts;

/// Returns the suspects among `examples`, the most doubtful first; see [`doubts`]. `features` has a row for each example.
pub fn suspects(features: &Features, examples: &[Example], task: &Task, seed: u64) -> Vec<Suspect> {
    let targets: Vec<Target> = examples.iter().filter_map(|example| example.target.clone()).collect();
    if targets.len() != examples.len() {
        return Vec::new();
    }
    let groups = equal_texts(examples.iter());
    let found = doubts(features, &targets, &groups, task, seed).unwrap_or_default();
    found.iter().map(|doubt| doubt.suspect(&examples[doubt.row], task, usize::MAX)).collect()
}
