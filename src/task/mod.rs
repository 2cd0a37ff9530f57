//! The computations of each kind of task, a file for each: the loss, the form of predictions, the scores, and the linear
//! model on frozen features. [`TaskRow`](crate::spec::TaskRow) has the answers that need no computation.

mod classification;
mod doubts;
mod metrics;
mod multi_label;
mod regression;
mod reliability;
mod self_training;
mod temperature;
mod thresholds;
mod weights;

use burn::tensor::Tensor;

use crate::probe::Problem;
use crate::spec::{Metrics, Prediction, Target, Task, TaskKind};
pub use doubts::{Doubt, doubts};
pub use self_training::{compared, self_trained};
pub use temperature::{scaled, temperature};
pub use thresholds::Thresholds;
pub use weights::Weights;

/// The answers of a kind of task. `values` are the numbers of one [`Prediction`]; targets are all of the kind.
pub trait Rules: Sync {
    /// Sums the loss over a batch, to a tensor of one entry, with each term multiplied by its weight. `logits` is
    /// `[batch, outputs]`, and each row has a target.
    fn loss_sum(&self, logits: Tensor<2>, targets: &[Target], weights: &Weights) -> Tensor<1>;

    /// The balanced weight of each class, from the number of examples of each and of all.
    fn weights(&self, counts: &[usize], examples: usize) -> Vec<f64>;

    /// Turns logits into values, both `[batch, outputs]`.
    fn activate(&self, logits: Tensor<2>) -> Tensor<2>;

    fn prediction(&self, values: &[f32], task: &Task) -> Prediction;

    /// The loss of one prediction, as [`loss_sum`](Self::loss_sum) without weights; NaN for a target of another kind.
    fn loss(&self, values: &[f32], target: &Target) -> f64;

    /// `loss` is the sum over the examples.
    fn metrics(&self, loss: f64, predictions: &[Prediction], targets: &[Target], task: &Task) -> Metrics;

    /// The scores from which the values come, for another temperature; empty if values are not probabilities.
    fn scores(&self, values: &[f32]) -> Vec<f64>;

    /// The loss of one prediction whose scores are multiplied by `inverse`, where the target is right with a probability of
    /// `1 - doubt`, and otherwise the best answer beside it.
    fn loss_of_scores(&self, scores: &[f64], inverse: f64, target: &Target, doubt: f64) -> f64;

    /// The values of scores that are divided by `temperature`.
    fn values(&self, scores: &[f64], temperature: f64) -> Vec<f32>;

    /// The targets for a linear model.
    fn problem(&self, targets: &[Target], weights: &Weights, task: &Task) -> Box<dyn Problem>;

    /// The values of the [predictions](Problem::predictions) of a linear model for a row.
    fn outputs(&self, predictions: &[f64]) -> Vec<f32>;

    /// A number for each target. A split shares the targets with one number evenly.
    fn strata(&self, targets: &[Target]) -> Vec<usize>;

    /// The best thresholds by held-out predictions, where a kind of task has thresholds and others than one half are
    /// better.
    fn thresholds(&self, _predictions: &[Prediction], _targets: &[Target]) -> Option<Thresholds> {
        None
    }
}

/// The computations of a kind of task.
pub fn rules(kind: TaskKind) -> &'static dyn Rules {
    match kind {
        TaskKind::Classification => &classification::OneOfSeveral,
        TaskKind::Regression => &regression::Number,
        TaskKind::MultiLabel => &multi_label::SeveralLabels,
    }
}

/// Sums the weighted loss over a batch, to a tensor of one entry. `logits` is `[batch, outputs]`, and each row has a
/// target, all of one kind.
pub fn loss_sum(logits: Tensor<2>, targets: &[Target], weights: &Weights) -> Tensor<1> {
    let kind = targets.first().expect("a batch has a row").kind();
    rules(kind).loss_sum(logits, targets, weights)
}

/// Scores existing predictions.
pub fn scored(predictions: &[Prediction], targets: &[Target], task: &Task) -> Metrics {
    let rules = rules(task.kind);
    let losses = predictions.iter().zip(targets).map(|(one, target)| rules.loss(one.values(), target));
    rules.metrics(losses.sum(), predictions, targets, task)
}

/// A number for each target. A split shares the targets with one number evenly.
pub fn strata(targets: &[Target]) -> Vec<usize> {
    targets.first().map_or(Vec::new(), |target| rules(target.kind()).strata(targets))
}

#[cfg(test)]
mod tests {
    use crate::probe::{Features, fit};
    use crate::spec::{Target, Task, TaskKind};
    use crate::task::{Weights, rules};

    /// Label names teach like this.
    #[test]
    fn rows_that_are_not_judged_teach_and_are_never_held_out() {
        let own = [
            [1.0, 0.1],
            [0.9, -0.2],
            [1.1, 0.3],
            [0.8, 0.2],
            [-1.0, 0.1],
            [-0.9, 0.3],
            [-1.2, 0.0],
            [-1.1, -0.1],
        ];
        let further = [[0.2, 2.0], [-0.3, -2.0]];
        let task = Task::classification(["a", "b"].map(String::from).to_vec());
        let fitted = |rows: &[[f32; 2]]| {
            let targets: Vec<Target> = (0..rows.len())
                .map(|row| Target::Class(usize::from((4..8).contains(&row) || row == 9)))
                .collect();
            let groups: Vec<usize> = (0..rows.len()).collect();
            let features = Features::new(2, rows.as_flattened());
            let problem = rules(TaskKind::Classification).problem(&targets, &Weights::Equal, &task);
            fit(&features, &*problem, &groups, own.len(), 1)
        };
        let (alone, taught) = (fitted(&own), fitted(&[&own[..], &further].concat()));
        let rows: Vec<usize> = taught.held_out.iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, (0..own.len()).collect::<Vec<_>>());
        // the further rows teach every model of the cross-validation, and the last one
        assert!(alone.held_out.iter().zip(&taught.held_out).all(|(alone, taught)| alone.1 != taught.1));
        assert_ne!(alone.start, taught.start);
    }
}
