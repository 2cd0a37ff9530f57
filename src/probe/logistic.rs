//! Multinomial logistic regression with a squared penalty, like scikit-learn's `LogisticRegression`.

use super::features::Features;
use super::lbfgs::minimise;
use super::linear_map::{LinearMap, Matrix, add_product};

/// The largest slope of the mean loss at the end. scikit-learn's default is 1e-4.
const TOLERANCE: f64 = 1e-5;

/// Minimises half the squared weights plus `c` times the summed cross-entropy, each example weighted by its
/// `importance`. Biases have no penalty. `classes` are below `outputs`. The search begins at `start`.
pub fn fit(
    features: &Features,
    classes: &[usize],
    importance: &[f64],
    outputs: usize,
    c: f64,
    start: LinearMap,
) -> LinearMap {
    let total: f64 = importance.iter().sum();
    // the objective divided by `c * total`, so that `TOLERANCE` means the same for any number of examples
    let penalty = 1.0 / (c * total);
    let entries = outputs * features.size;
    let mut point = start.weight;
    point.extend(start.bias);
    minimise(&mut point, TOLERANCE, |point, gradient| {
        let (weight, bias) = point.split_at(entries);
        let map = LinearMap { weight: weight.to_vec(), bias: bias.to_vec() };
        let mut scores = map.apply(features);
        let mut loss = 0.0;
        for ((row, class), importance) in scores.chunks_exact_mut(outputs).zip(classes).zip(importance) {
            let share = importance / total;
            loss -= share * log_softmax(row)[*class];
            row.iter_mut().for_each(|score| *score = share * score.exp());
            row[*class] -= share;
        }
        let (by_weight, by_bias) = gradient.split_at_mut(entries);
        by_weight.iter_mut().zip(weight).for_each(|(gradient, weight)| *gradient = penalty * weight);
        let residuals = Matrix::new(&scores, outputs).transposed();
        add_product(by_weight, features.size, residuals, Matrix::new(features.values(), features.size));
        by_bias.fill(0.0);
        for row in scores.chunks_exact(outputs) {
            by_bias.iter_mut().zip(row).for_each(|(sum, residual)| *sum += residual);
        }
        loss + 0.5 * penalty * weight.iter().map(|weight| weight * weight).sum::<f64>()
    });
    let bias = point.split_off(entries);
    LinearMap { weight: point, bias }
}

/// Replaces scores by the logarithms of their softmax.
pub fn log_softmax(row: &mut [f64]) -> &[f64] {
    // taken off first, so that no exponential overflows
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = most + row.iter().map(|score| (score - most).exp()).sum::<f64>().ln();
    row.iter_mut().for_each(|score| *score -= total);
    row
}
