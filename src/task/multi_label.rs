//! Any number of labels for each text: a sigmoid and binary cross-entropy for each label.

use burn::tensor::{Tensor, TensorData, activation};

use super::metrics::quotient;
use super::reliability::Reliability;
use super::{Rules, Thresholds, Weights, thresholds};
use crate::probe::{Features, LinearMap, Problem, logistic};
use crate::spec::{ClassScore, Interval, Metrics, MultiLabel, Prediction, Scores, Target, Task};

/// The inverse penalty of the classifier that training starts from, as for two classes.
const GENTLE: f64 = 1.0;

pub struct SeveralLabels;

impl Rules for SeveralLabels {
    /// The mean over the labels, summed over the batch: PyTorch's `BCEWithLogitsLoss` divides it by the batch. A weight
    /// is `pos_weight`: it multiplies the term of a text that has the label.
    fn loss_sum(&self, logits: Tensor<2>, targets: &[Target], weights: &Weights) -> Tensor<1> {
        let [rows, outputs] = logits.dims();
        let device = logits.device();
        let matrix = |entry: &dyn Fn(usize, bool) -> f32| {
            let entries = targets.iter().flat_map(|target| has(target, outputs));
            let entries = entries.enumerate().map(|(at, has)| entry(at % outputs, has)).collect();
            Tensor::<2>::from_data(TensorData::new(entries, [rows, outputs]), &device)
        };
        let positive = matrix(&|label, has| if has { weight(weights, label) as f32 } else { 0.0 });
        let negative = matrix(&|_, has| f32::from(u8::from(!has)));
        let terms = activation::log_sigmoid(logits.clone()) * positive
            + activation::log_sigmoid(logits.neg()) * negative;
        terms.sum().neg() / outputs as f64
    }

    /// PyTorch's `pos_weight` that lets texts with and without a label count the same.
    fn weights(&self, counts: &[usize], examples: usize) -> Vec<f64> {
        let weight = |count: &usize| match count {
            0 => 1.0,
            count => (examples - count) as f64 / *count as f64,
        };
        // a label that every text has teaches nothing, but must not weigh nothing
        counts.iter().map(weight).map(|weight| if weight > 0.0 { weight } else { 1.0 }).collect()
    }

    fn activate(&self, logits: Tensor<2>) -> Tensor<2> {
        activation::sigmoid(logits)
    }

    fn prediction(&self, values: &[f32], task: &Task) -> Prediction {
        Prediction::Labels { probabilities: values.to_vec(), thresholds: task.thresholds.clone() }
    }

    fn loss(&self, values: &[f32], target: &Target) -> f64 {
        let terms = has(target, values.len()).zip(values).map(|(has, probability)| {
            let right = if has { *probability } else { 1.0 - probability };
            -f64::from(right.max(f32::MIN_POSITIVE)).ln()
        });
        terms.sum::<f64>() / values.len() as f64
    }

    fn metrics(&self, loss: f64, predictions: &[Prediction], targets: &[Target], task: &Task) -> Metrics {
        let mut counts = vec![Counts::default(); task.labels.len()];
        let mut reliability = Reliability::default();
        let mut exact = 0;
        for (prediction, target) in predictions.iter().zip(targets) {
            let chosen = prediction.labels();
            exact += usize::from(chosen == target.classes());
            for ((label, count), has) in counts.iter_mut().enumerate().zip(has(target, task.labels.len())) {
                count.add(chosen.binary_search(&label).is_ok(), has);
                reliability.add(prediction.values().get(label).copied().unwrap_or(f32::NAN), has);
            }
        }
        let examples = targets.len();
        let all = counts.iter().fold(Counts::default(), |sum, one| sum.plus(*one));
        let per_class: Vec<ClassScore> = counts.iter().map(|count| count.score()).collect();
        let mean = |score: fn(&ClassScore) -> f64| {
            quotient(per_class.iter().map(score).sum(), per_class.len() as f64)
        };
        let micro = all.score();
        let scores = MultiLabel {
            exact_match: quotient(exact as f64, examples as f64),
            micro_precision: micro.precision,
            micro_recall: micro.recall,
            micro_f1: micro.f1,
            macro_precision: mean(|label| label.precision),
            macro_recall: mean(|label| label.recall),
            macro_f1: mean(|label| label.f1),
            expected_calibration_error: reliability.expected_error(),
            per_class,
        };
        let interval = Interval::of_share("exact_match", exact, examples);
        Metrics {
            loss: quotient(loss, examples as f64),
            examples,
            interval,
            scores: Scores::MultiLabel(scores),
        }
    }

    /// Logits.
    fn scores(&self, values: &[f32]) -> Vec<f64> {
        let logit = |probability: &f32| {
            let probability = f64::from(*probability).clamp(1e-12, 1.0 - 1e-12);
            (probability / (1.0 - probability)).ln()
        };
        values.iter().map(logit).collect()
    }

    fn loss_of_scores(&self, scores: &[f64], inverse: f64, target: &Target, doubt: f64) -> f64 {
        let term = |(has, score): (bool, &f64)| {
            let right = inverse * if has { *score } else { -score };
            (1.0 - doubt) * softplus(-right) + doubt * softplus(right)
        };
        has(target, scores.len()).zip(scores).map(term).sum::<f64>() / scores.len() as f64
    }

    fn values(&self, scores: &[f64], temperature: f64) -> Vec<f32> {
        scores.iter().map(|score| sigmoid(score / temperature) as f32).collect()
    }

    fn problem(&self, targets: &[Target], weights: &Weights, task: &Task) -> Box<dyn Problem> {
        let outputs = task.labels.len();
        Box::new(Labels {
            outputs,
            has: targets.iter().flat_map(|target| has(target, outputs).collect::<Vec<_>>()).collect(),
            weights: (0..outputs).map(|label| weight(weights, label)).collect(),
            strata: self.strata(targets),
        })
    }

    fn outputs(&self, predictions: &[f64]) -> Vec<f32> {
        predictions.iter().map(|logit| sigmoid(*logit) as f32).collect()
    }

    /// The rarest label of each text.
    fn strata(&self, targets: &[Target]) -> Vec<usize> {
        let most = targets.iter().flat_map(Target::classes).max().map_or(0, |label| label + 1);
        let mut sizes = vec![0usize; most];
        targets.iter().flat_map(Target::classes).for_each(|label| sizes[*label] += 1);
        let rarest = |target: &Target| target.classes().iter().min_by_key(|label| sizes[**label]).copied();
        targets.iter().map(|target| rarest(target).unwrap_or(most)).collect()
    }

    fn thresholds(&self, predictions: &[Prediction], targets: &[Target]) -> Option<Thresholds> {
        thresholds::choose(predictions, targets)
    }
}

/// Whether a text has each of the labels.
fn has(target: &Target, labels: usize) -> impl Iterator<Item = bool> {
    let classes = target.classes();
    (0..labels).map(move |label| classes.binary_search(&label).is_ok())
}

fn weight(weights: &Weights, label: usize) -> f64 {
    match weights {
        Weights::Equal => 1.0,
        Weights::ByClass(weights) => weights.get(label).copied().unwrap_or(1.0),
    }
}

pub fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// `ln(1 + exp(x))`, without overflow.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The decisions about one label.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    right: usize,
    chosen: usize,
    support: usize,
}

impl Counts {
    pub fn add(&mut self, chosen: bool, has: bool) {
        self.right += usize::from(chosen && has);
        self.chosen += usize::from(chosen);
        self.support += usize::from(has);
    }

    fn plus(self, other: Self) -> Self {
        Counts {
            right: self.right + other.right,
            chosen: self.chosen + other.chosen,
            support: self.support + other.support,
        }
    }

    pub fn score(&self) -> ClassScore {
        let Counts { right, chosen, support } = *self;
        ClassScore {
            precision: quotient(right as f64, chosen as f64),
            recall: quotient(right as f64, support as f64),
            f1: quotient(2.0 * right as f64, (chosen + support) as f64),
            support,
        }
    }
}

/// A yes or no for each label of each row, for a logistic regression of each label.
struct Labels {
    outputs: usize,
    /// `[rows, outputs]`
    has: Vec<bool>,
    /// The weight of a yes, for each label.
    weights: Vec<f64>,
    strata: Vec<usize>,
}

impl Problem for Labels {
    fn rows(&self) -> usize {
        self.strata.len()
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn most_folds(&self) -> usize {
        self.rows()
    }

    fn strata(&self) -> Vec<usize> {
        self.strata.clone()
    }

    fn select(&self, rows: &[usize]) -> Box<dyn Problem> {
        let has = rows.iter().flat_map(|row| &self.has[row * self.outputs..][..self.outputs]).copied();
        Box::new(Labels {
            outputs: self.outputs,
            has: has.collect(),
            weights: self.weights.clone(),
            strata: rows.iter().map(|row| self.strata[*row]).collect(),
        })
    }

    fn fit(&self, features: &Features, c: f64, start: LinearMap) -> LinearMap {
        logistic::fit_each(features, &self.has, &self.weights, c, start)
    }

    fn gentle(&self) -> f64 {
        GENTLE
    }

    /// Logits.
    fn predictions(&self, scores: Vec<f64>) -> Vec<f64> {
        scores
    }

    fn loss(&self, predictions: &[f64]) -> f64 {
        let terms = predictions.iter().zip(&self.has).enumerate();
        let term = |(at, (logit, has)): (usize, (&f64, &bool))| match has {
            true => self.weights[at % self.outputs] * softplus(-logit),
            false => softplus(*logit),
        };
        terms.map(term).sum()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::device::read_floats;
    use crate::task::{loss_sum, scored};

    /// What transformers, PyTorch and scikit-learn say: `tests/oracle/multi_label_oracle.py`.
    #[derive(Deserialize)]
    struct Golden {
        logits: Vec<Vec<f32>>,
        targets: Vec<Vec<usize>>,
        pos_weight: Vec<f64>,
        loss: f64,
        gradient: Vec<f64>,
        weighted_loss: f64,
        weighted_gradient: Vec<f64>,
        thresholds: Vec<f32>,
        by_half: Said,
        by_thresholds: Said,
        models: Vec<Model>,
    }

    #[derive(Deserialize)]
    struct Model {
        size: usize,
        outputs: usize,
        c: f64,
        features: Vec<f32>,
        has: Vec<bool>,
        weights: Vec<f64>,
        /// `[outputs, size]`
        weight: Vec<f64>,
        bias: Vec<f64>,
    }

    #[derive(Deserialize)]
    struct Said {
        exact_match: f64,
        micro: [f64; 3],
        #[serde(rename = "macro")]
        macros: [f64; 3],
        per_label: Vec<[f64; 3]>,
    }

    fn golden() -> Golden {
        serde_json::from_str(include_str!("../../tests/golden/multi_label/expected.json")).unwrap()
    }

    fn task(labels: usize) -> Task {
        Task::multi_label((0..labels).map(|label| label.to_string()).collect())
    }

    #[test]
    fn the_loss_and_its_gradient_are_those_of_transformers() {
        let golden = golden();
        let targets: Vec<Target> = golden.targets.iter().cloned().map(Target::Labels).collect();
        let (rows, outputs) = (golden.logits.len(), golden.logits[0].len());
        let cases = [
            (Weights::Equal, golden.loss, &golden.gradient),
            (Weights::ByClass(golden.pos_weight.clone()), golden.weighted_loss, &golden.weighted_gradient),
        ];
        for (weights, expected, gradient) in cases {
            let device = burn::tensor::Device::flex().autodiff();
            let data = TensorData::new(golden.logits.concat(), [rows, outputs]);
            let logits = Tensor::<2>::from_data(data, &device).require_grad();
            let loss = loss_sum(logits.clone(), &targets, &weights) / rows as f64;
            let found = pollster::block_on(read_floats(loss.clone().inner())).unwrap()[0];
            assert!((f64::from(found) - expected).abs() < 1e-6, "{found} is not {expected}");
            let found = logits.grad(&loss.backward()).unwrap().flatten::<1>(0, 1);
            for (found, expected) in pollster::block_on(read_floats(found)).unwrap().iter().zip(gradient) {
                assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} is not {expected}");
            }
        }
    }

    fn row_length(golden: &Golden) -> usize {
        golden.logits[0].len()
    }

    #[test]
    fn the_scores_are_those_of_scikit_learn() {
        let golden = golden();
        let targets: Vec<Target> = golden.targets.iter().cloned().map(Target::Labels).collect();
        for (thresholds, expected) in
            [(Vec::new(), &golden.by_half), (golden.thresholds.clone(), &golden.by_thresholds)]
        {
            let task = Task { thresholds: thresholds.into(), ..task(golden.logits[0].len()) };
            let prediction = |row: &Vec<f32>| {
                let values: Vec<f32> = row.iter().map(|logit| sigmoid(f64::from(*logit)) as f32).collect();
                SeveralLabels.prediction(&values, &task)
            };
            let predictions: Vec<Prediction> = golden.logits.iter().map(prediction).collect();
            let metrics = scored(&predictions, &targets, &task);
            // the first row is so certain that its probabilities are rounded to 0 and 1
            let without = scored(&predictions[1..], &targets[1..], &task).loss;
            let terms = golden.logits[1..].iter().zip(&targets[1..]).flat_map(|(row, target)| {
                has(target, row.len())
                    .zip(row)
                    .map(|(has, logit)| softplus(f64::from(if has { -logit } else { *logit })))
            });
            let expected_loss = terms.sum::<f64>() / (13 * row_length(&golden)) as f64;
            assert!((without - expected_loss).abs() < 1e-6, "{without} is not {expected_loss}");
            let Scores::MultiLabel(found) = &metrics.scores else { panic!("{metrics:?}") };
            let near = |found: [f64; 3], expected: [f64; 3]| {
                let all =
                    found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12);
                assert!(all, "{found:?} is not {expected:?}");
            };
            near([found.exact_match; 3], [expected.exact_match; 3]);
            near([found.micro_precision, found.micro_recall, found.micro_f1], expected.micro);
            near([found.macro_precision, found.macro_recall, found.macro_f1], expected.macros);
            for (found, expected) in found.per_class.iter().zip(&expected.per_label) {
                near([found.precision, found.recall, found.f1], *expected);
            }
        }
    }

    #[test]
    fn the_linear_models_are_scikit_learns() {
        for Model { size, outputs, c, features, has, weights, weight, bias } in golden().models {
            let features = Features::new(size, &features);
            let start = LinearMap::zeros(outputs, size);
            let found = logistic::fit_each(&features, &has, &weights, c, start).apply(&features);
            for (row, found) in found.chunks_exact(outputs).enumerate() {
                for (label, found) in found.iter().enumerate() {
                    let own = features.row(row).iter().zip(&weight[label * size..][..size]);
                    let expected = bias[label] + own.map(|(x, w)| x * w).sum::<f64>();
                    let off = (found - expected).abs() / expected.abs().max(1.0);
                    assert!(off < 2e-3, "size {size}: {found}, expected {expected}");
                }
            }
        }
    }

    #[test]
    fn a_fold_has_its_share_of_a_rare_label() {
        let labels = |all: &[usize]| Target::Labels(all.to_vec());
        let targets = [labels(&[0]), labels(&[0, 1]), labels(&[0]), labels(&[]), labels(&[0, 1])];
        assert_eq!(SeveralLabels.strata(&targets), [0, 1, 0, 2, 1]);
    }

    #[test]
    fn balanced_weights_are_the_quotient_of_texts_without_and_with_a_label() {
        assert_eq!(SeveralLabels.weights(&[2, 0, 8], 8), [3.0, 1.0, 1.0]);
    }
}
