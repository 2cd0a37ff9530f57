//! Quality measures of a model's predictions, from plain numbers on the host.
//!
//! The definitions are those of scikit-learn (with `zero_division=0`) and SciPy, so that a number from here can be
//! compared with one from Hugging Face's `evaluate`, which calls the same two libraries.

use super::reliability::Reliability;
use crate::spec::{ClassScore, Classification, Interval, Metrics, Regression, Scores};

/// The half-width that holds 95 % of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

impl Interval {
    /// The interval of a share that the score `metric` is.
    pub(super) fn of_share(metric: &str, hits: usize, examples: usize) -> Option<Self> {
        if examples == 0 {
            return None;
        }
        let (n, share) = (examples as f64, hits as f64 / examples as f64);
        let centre = share + Z * Z / (2.0 * n);
        let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let [low, high] = [centre - spread, centre + spread].map(|end| end / (1.0 + Z * Z / n));
        // for a share of 0 or 1, rounding could put the end of the interval just inside of it
        let (low, high) = (low.clamp(0.0, share), high.clamp(share, 1.0));
        Some(Interval { metric: metric.into(), low, high, method: "wilson".into() })
    }

    fn of_correlation(correlation: f64, examples: usize) -> Option<Self> {
        if examples < 5 || !correlation.is_finite() {
            return None;
        }
        let z = correlation.clamp(-0.999_999, 0.999_999).atanh();
        let spread = Z * ((1.0 + correlation * correlation / 2.0) / (examples as f64 - 3.0)).sqrt();
        let (low, high) = ((z - spread).tanh(), (z + spread).tanh());
        Some(Interval { metric: "spearman".into(), low, high, method: "fisher".into() })
    }
}

impl Metrics {
    /// The scores of `probabilities`, a row of one value per class for each example, against `labels`.
    ///
    /// The predicted class is the first one with the greatest probability. NaN is ignored, and a row of only NaN
    /// predicts class 0 with probability 0. `loss_sum` is the sum over the examples.
    ///
    /// # Panics
    ///
    /// If there are not as many rows as labels, or a label is not below `classes`: the data was not validated.
    pub fn classification(
        loss_sum: f64,
        probabilities: &[Vec<f32>],
        labels: &[usize],
        classes: usize,
    ) -> Metrics {
        assert_eq!(probabilities.len(), labels.len(), "one row of probabilities for each label");
        let mut confusion = vec![vec![0; classes]; classes];
        let mut calibration = Reliability::default();
        for (row, &label) in probabilities.iter().zip(labels) {
            let (predicted, probability) = most_probable(&row[..row.len().min(classes)]);
            confusion[label][predicted] += 1;
            calibration.add(probability, predicted == label);
        }
        let hits = (0..classes).map(|class| confusion[class][class]).sum();
        let interval = Interval::of_share("accuracy", hits, labels.len());
        let scores = Scores::Classification(Classification::new(confusion, &calibration));
        Metrics { loss: quotient(loss_sum, labels.len() as f64), examples: labels.len(), interval, scores }
    }

    /// The scores of `predictions` against `targets`. `loss_sum` is the sum over the examples.
    ///
    /// # Panics
    ///
    /// If there are not as many predictions as targets.
    pub fn regression(loss_sum: f64, predictions: &[f32], targets: &[f32]) -> Metrics {
        assert_eq!(predictions.len(), targets.len(), "one prediction for each target");
        let predictions: Vec<f64> = predictions.iter().map(|&value| f64::from(value)).collect();
        let targets: Vec<f64> = targets.iter().map(|&value| f64::from(value)).collect();
        let examples = targets.len();
        let differences = || predictions.iter().zip(&targets).map(|(prediction, target)| prediction - target);
        let squared: f64 = differences().map(|difference| difference * difference).sum();
        let absolute: f64 = differences().map(f64::abs).sum();
        let spearman = spearman(&predictions, &targets);
        let scores = Scores::Regression(Regression {
            mean_squared_error: quotient(squared, examples as f64),
            mean_absolute_error: quotient(absolute, examples as f64),
            pearson: pearson(&predictions, &targets),
            spearman,
        });
        let interval = Interval::of_correlation(spearman, examples);
        Metrics { loss: quotient(loss_sum, examples as f64), examples, interval, scores }
    }
}

impl Classification {
    fn new(confusion: Vec<Vec<usize>>, calibration: &Reliability) -> Classification {
        let support: Vec<usize> = confusion.iter().map(|row| row.iter().sum()).collect();
        let predicted: Vec<usize> =
            (0..confusion.len()).map(|class| confusion.iter().map(|row| row[class]).sum()).collect();
        let correct: Vec<usize> = (0..confusion.len()).map(|class| confusion[class][class]).collect();
        let per_class: Vec<ClassScore> = (0..confusion.len())
            .map(|class| ClassScore {
                precision: quotient(correct[class] as f64, predicted[class] as f64),
                recall: quotient(correct[class] as f64, support[class] as f64),
                f1: quotient(2.0 * correct[class] as f64, (predicted[class] + support[class]) as f64),
                support: support[class],
            })
            .collect();
        let occurring: Vec<&ClassScore> = per_class
            .iter()
            .zip(&predicted)
            .filter(|(score, predicted)| score.support + **predicted > 0)
            .map(|(score, _)| score)
            .collect();
        let mean = |score: fn(&ClassScore) -> f64| {
            quotient(occurring.iter().map(|class| score(class)).sum(), occurring.len() as f64)
        };
        let examples: usize = support.iter().sum();
        Classification {
            accuracy: quotient(correct.iter().sum::<usize>() as f64, examples as f64),
            macro_precision: mean(|class| class.precision),
            macro_recall: mean(|class| class.recall),
            macro_f1: mean(|class| class.f1),
            matthews_correlation: matthews_correlation(&support, &predicted, &correct),
            expected_calibration_error: calibration.expected_error(),
            per_class,
            confusion,
        }
    }
}

/// The first class with the greatest probability, and that probability; class 0 and 0 if no value is above 0.
fn most_probable(row: &[f32]) -> (usize, f32) {
    let mut best = None;
    for (class, &probability) in row.iter().enumerate() {
        if !probability.is_nan() && best.is_none_or(|(_, greatest)| probability > greatest) {
            best = Some((class, probability));
        }
    }
    let (class, probability) = best.unwrap_or((0, 0.0));
    (class, probability.clamp(0.0, 1.0))
}

fn matthews_correlation(support: &[usize], predicted: &[usize], correct: &[usize]) -> f64 {
    let product =
        |a: &[usize], b: &[usize]| -> f64 { a.iter().zip(b).map(|(&a, &b)| a as f64 * b as f64).sum() };
    let examples = support.iter().sum::<usize>() as f64;
    let correct = correct.iter().sum::<usize>() as f64;
    let covariance = correct * examples - product(support, predicted);
    let support_variance = examples * examples - product(support, support);
    let predicted_variance = examples * examples - product(predicted, predicted);
    quotient(covariance, (support_variance * predicted_variance).sqrt())
}

fn pearson(x: &[f64], y: &[f64]) -> f64 {
    // not left to a variance of 0, because the mean of equal values may differ from them by rounding
    if is_constant(x) || is_constant(y) {
        return if x.iter().chain(y).any(|value| value.is_nan()) { f64::NAN } else { 0.0 };
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut covariance, mut variance_x, mut variance_y) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        covariance += x * y;
        variance_x += x * x;
        variance_y += y * y;
    }
    quotient(covariance, (variance_x * variance_y).sqrt()).clamp(-1.0, 1.0)
}

fn spearman(x: &[f64], y: &[f64]) -> f64 {
    if x.iter().chain(y).any(|value| value.is_nan()) {
        return f64::NAN;
    }
    pearson(&ranks(x), &ranks(y))
}

/// The rank of each value in ascending order, from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = before as f64 + (equal.len() + 1) as f64 / 2.0;
        for &index in equal {
            ranks[index] = rank;
        }
        before += equal.len();
    }
    ranks
}

fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// A quotient, or 0 if the denominator is 0.
pub(super) fn quotient(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}

// The expected numbers were computed with scikit-learn 1.9.1 and SciPy 1.17.1 on NumPy 2.4.6, by the functions that
// the documentation above names, with zero_division=0; the calibration error in NumPy as in the code of Guo et al.
// (edges linspace(0, 1, 16) in float32, lower < p <= upper).
#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::TaskKind;

    fn names(kind: TaskKind) -> &'static [&'static str] {
        kind.row().metrics
    }

    fn assert_close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-12, "{actual} is not {expected}");
    }

    fn classification(metrics: &Metrics) -> &Classification {
        match &metrics.scores {
            Scores::Classification(scores) => scores,
            _ => panic!("not a classification"),
        }
    }

    fn regression(metrics: &Metrics) -> &Regression {
        match &metrics.scores {
            Scores::Regression(scores) => scores,
            _ => panic!("not a regression"),
        }
    }

    fn three_classes() -> Metrics {
        let probabilities = [
            [0.7, 0.2, 0.1],
            [0.5, 0.3, 0.2],
            [0.2, 0.6, 0.2],
            [0.1, 0.8, 0.1],
            [0.3, 0.4, 0.3],
            [0.1, 0.1, 0.8],
            [0.25, 0.15, 0.6],
            [0.05, 0.9, 0.05],
            [0.34, 0.33, 0.33],
            [0.02, 0.03, 0.95],
        ];
        let rows: Vec<Vec<f32>> = probabilities.iter().map(|row| row.to_vec()).collect();
        Metrics::classification(5.0, &rows, &[0, 0, 1, 1, 0, 2, 1, 2, 2, 2], 3)
    }

    fn six_numbers() -> Metrics {
        Metrics::regression(3.0, &[1.5, 2.0, 2.0, 4.5, 3.0, 0.5], &[1.0, 2.5, 2.5, 5.0, 2.0, 0.0])
    }

    #[test]
    fn classification_scores_are_those_of_scikit_learn() {
        let metrics = three_classes();
        assert_eq!((metrics.loss, metrics.examples), (0.5, 10));
        let scores = classification(&metrics);
        assert_close(scores.accuracy, 0.6);
        assert_close(scores.macro_precision, 0.611111111111111);
        assert_close(scores.macro_recall, 0.611111111111111);
        assert_close(scores.macro_f1, 0.6031746031746031);
        assert_close(scores.matthews_correlation, 0.4090909090909091);
        assert_close(scores.expected_calibration_error, 0.3090000033378601);
        assert_eq!(scores.confusion, [[2, 1, 0], [0, 2, 1], [1, 1, 2]]);
        let expected = [
            (0.6666666666666666, 0.6666666666666666, 0.6666666666666666, 3),
            (0.5, 0.6666666666666666, 0.5714285714285714, 3),
            (0.6666666666666666, 0.5, 0.5714285714285714, 4),
        ];
        for (class, (precision, recall, f1, support)) in scores.per_class.iter().zip(expected) {
            assert_close(class.precision, precision);
            assert_close(class.recall, recall);
            assert_close(class.f1, f1);
            assert_eq!(class.support, support);
        }
    }

    #[test]
    fn macro_averages_leave_out_classes_neither_true_nor_predicted() {
        // Class 1 is only predicted, class 3 only true, class 2 neither.
        let rows = [
            [0.9, 0.1, 0.0, 0.0],
            [0.4, 0.6, 0.0, 0.0],
            [0.8, 0.2, 0.0, 0.0],
            [0.3, 0.7, 0.0, 0.0],
            [0.55, 0.45, 0.0, 0.0],
        ]
        .map(|row| row.to_vec());
        let metrics = Metrics::classification(0.0, &rows, &[0, 0, 0, 3, 3], 4);
        let scores = classification(&metrics);
        assert_close(scores.accuracy, 0.4);
        assert_close(scores.macro_precision, 0.2222222222222222);
        assert_close(scores.macro_recall, 0.2222222222222222);
        assert_close(scores.macro_f1, 0.2222222222222222);
        assert_close(scores.matthews_correlation, 0.08333333333333333);
        assert_close(scores.expected_calibration_error, 0.4300000071525574);
        assert_eq!(scores.per_class.len(), 4);
        assert_eq!(scores.per_class[2], ClassScore { precision: 0.0, recall: 0.0, f1: 0.0, support: 0 });
        assert_eq!(scores.confusion, [[2, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0]]);
    }

    #[test]
    fn regression_scores_are_those_of_scikit_learn_and_scipy() {
        let metrics = six_numbers();
        assert_eq!((metrics.loss, metrics.examples), (0.5, 6));
        let scores = regression(&metrics);
        assert_close(scores.mean_squared_error, 0.375);
        assert_close(scores.mean_absolute_error, 0.5833333333333334);
        assert_close(scores.pearson, 0.9273618495495706);
        assert_close(scores.spearman, 0.823529411764706);
    }

    #[test]
    fn equal_values_share_their_mean_rank() {
        // scipy.stats.rankdata
        assert_eq!(ranks(&[3.0, 1.0, 3.0, -0.0, 0.0, 3.0]), [5.0, 3.0, 5.0, 1.5, 1.5, 5.0]);
    }

    #[test]
    fn matthews_correlation_is_1_for_all_right_and_0_for_a_constant_prediction() {
        let rows = |predicted: &[usize]| -> Vec<Vec<f32>> {
            predicted.iter().map(|&class| if class == 0 { vec![1.0, 0.0] } else { vec![0.0, 1.0] }).collect()
        };
        let labels = [0, 1, 1, 0];
        let correlation = |predicted: &[usize]| {
            Metrics::classification(0.0, &rows(predicted), &labels, 2).value("matthews_correlation")
        };
        assert_eq!(correlation(&[0, 1, 1, 0]), Some(1.0));
        assert_eq!(correlation(&[1, 0, 0, 1]), Some(-1.0));
        assert_eq!(correlation(&[1, 1, 1, 1]), Some(0.0));
    }

    #[test]
    fn a_probability_on_the_edge_of_a_bin_belongs_to_the_lower_one() {
        // By hand: 0.6 is the upper edge of bin 8 and alone there, 0.61 is in bin 9; in one bin, the right and the
        // wrong prediction would make up for each other: |0.6 + 0.61 - 1| / 2 = 0.105.
        let rows = [vec![0.6, 0.4], vec![0.61, 0.39]];
        let metrics = Metrics::classification(0.0, &rows, &[0, 1], 2);
        let error = classification(&metrics).expected_calibration_error;
        assert!((error - (0.4 + 0.61) / 2.0).abs() < 1e-7, "{error}");
        let rows = [vec![0.59, 0.41], vec![0.6, 0.4]];
        let metrics = Metrics::classification(0.0, &rows, &[0, 1], 2);
        let error = classification(&metrics).expected_calibration_error;
        assert!((error - (0.59_f64 + 0.6 - 1.0).abs() / 2.0).abs() < 1e-7, "{error}");
    }

    #[test]
    fn no_examples_give_zeros() {
        let metrics = Metrics::classification(0.0, &[], &[], 2);
        for name in names(TaskKind::Classification) {
            assert_eq!(metrics.value(name), Some(0.0), "{name}");
        }
        let scores = classification(&metrics);
        assert_eq!(scores.expected_calibration_error, 0.0);
        assert_eq!(scores.confusion, [[0, 0], [0, 0]]);
        let metrics = Metrics::regression(0.0, &[], &[]);
        for name in names(TaskKind::Regression) {
            assert_eq!(metrics.value(name), Some(0.0), "{name}");
        }
    }

    #[test]
    fn constant_predictions_have_no_correlation() {
        let metrics = Metrics::regression(0.0, &[0.1; 3], &[1.0, 2.0, 4.0]);
        assert_eq!((metrics.value("pearson"), metrics.value("spearman")), (Some(0.0), Some(0.0)));
        let metrics = Metrics::regression(0.0, &[1.0], &[2.0]);
        assert_eq!((metrics.value("pearson"), metrics.value("spearman")), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn rows_without_a_number_predict_class_0_with_probability_0() {
        let rows = [vec![f32::NAN, f32::NAN], vec![f32::NAN, 0.5], vec![]];
        let metrics = Metrics::classification(f64::NAN, &rows, &[1, 1, 0], 2);
        let scores = classification(&metrics);
        assert_eq!(scores.confusion, [[1, 0], [1, 1]]);
        // By hand: |0 + 0 - 1| in the first bin, |0.5 - 1| in that of 0.5.
        assert_close(scores.expected_calibration_error, 0.5);
        assert!(metrics.loss.is_nan());
    }

    #[test]
    fn predictions_that_are_no_number_show_in_all_regression_scores() {
        for predictions in [[f32::NAN, 1.0, 2.0], [f32::NAN; 3]] {
            let metrics = Metrics::regression(0.0, &predictions, &[1.0, 2.0, 3.0]);
            for name in &names(TaskKind::Regression)[1..] {
                assert!(metrics.value(name).unwrap().is_nan(), "{name}");
            }
        }
        assert!(Metrics::regression(0.0, &[f32::NAN], &[1.0]).value("pearson").unwrap().is_nan());
    }

    #[test]
    fn each_name_has_a_value_for_its_kind_of_task_only() {
        let (classification, regression) = (three_classes(), six_numbers());
        for &name in names(TaskKind::Classification) {
            assert!(classification.value(name).is_some(), "{name}");
            assert_eq!(classification.value(&format!("eval_{name}")), classification.value(name));
            assert_eq!(regression.value(name).is_some(), name == "loss", "{name}");
        }
        for &name in names(TaskKind::Regression) {
            assert!(regression.value(name).is_some(), "{name}");
            assert_eq!(classification.value(name).is_some(), name == "loss", "{name}");
        }
        assert_close(classification.value("f1").unwrap(), 0.6031746031746031);
        assert_eq!(classification.value("auc"), None);
    }

    #[test]
    fn less_is_better_for_the_loss_and_the_errors_only() {
        for &name in names(TaskKind::Classification).iter().chain(names(TaskKind::Regression)) {
            assert_eq!(Metrics::greater_is_better(name), !["loss", "mse", "mae"].contains(&name), "{name}");
        }
        assert!(!Metrics::greater_is_better("eval_loss"));
    }

    #[test]
    fn scores_serialise_beside_the_loss() {
        let json = serde_json::to_value(six_numbers()).unwrap();
        assert_eq!(json["loss"], 0.5);
        assert_eq!(json["examples"], 6);
        assert_eq!(json["mean_squared_error"], 0.375);
        let json = serde_json::to_value(three_classes()).unwrap();
        assert_eq!(json["accuracy"], 0.6);
        assert_eq!(json["per_class"][2]["support"], 4);
        assert_eq!(json["confusion"][2], serde_json::json!([1, 1, 2]));
    }

    /// statsmodels' `proportion_confint(method="wilson")`.
    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        for (hits, examples, low, high) in
            [(12, 12, 0.757_502, 1.0), (34, 48, 0.568_236, 0.817_567), (0, 5, 0.0, 0.434_482)]
        {
            let found = Interval::of_share("accuracy", hits, examples).unwrap();
            assert!((found.low - low).abs() < 1e-3 && (found.high - high).abs() < 1e-3, "{found:?}");
        }
        assert_eq!(Interval::of_share("accuracy", 0, 0), None);
    }

    #[test]
    fn the_interval_of_a_correlation_holds_it_and_narrows() {
        let few = Interval::of_correlation(0.8, 10).unwrap();
        let many = Interval::of_correlation(0.8, 1000).unwrap();
        assert!(few.low < many.low && many.low < 0.8 && 0.8 < many.high && many.high < few.high);
        assert_eq!(Interval::of_correlation(0.8, 4), None);
    }
}
