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
    minimised(features, outputs, 1.0 / (c * total), start, |scores| {
        let mut loss = 0.0;
        for ((row, class), importance) in scores.chunks_exact_mut(outputs).zip(classes).zip(importance) {
            let share = importance / total;
            loss -= share * log_softmax(row)[*class];
            row.iter_mut().for_each(|score| *score = share * score.exp());
            row[*class] -= share;
        }
        loss
    })
}

/// Fits a logistic regression of its own for each output, like scikit-learn's `OneVsRestClassifier`. `has` is `[rows,
/// outputs]`; `weights` has the weight of a yes for each output. Each minimises half its squared weights plus `c` times
/// its summed loss.
pub fn fit_each(features: &Features, has: &[bool], weights: &[f64], c: f64, start: LinearMap) -> LinearMap {
    let (rows, outputs) = (features.rows() as f64, weights.len());
    minimised(features, outputs, 1.0 / (c * rows), start, |scores| {
        let mut loss = 0.0;
        for (at, (score, has)) in scores.iter_mut().zip(has).enumerate() {
            let (share, sign) = if *has { (weights[at % outputs] / rows, -1.0) } else { (1.0 / rows, 1.0) };
            // the loss is ln(1 + exp(x)), and its slope the sigmoid of x
            let x = sign * *score;
            loss += share * (x.max(0.0) + (-x.abs()).exp().ln_1p());
            *score = sign * share / (1.0 + (-x).exp());
        }
        loss
    })
}

/// Minimises half the squared weights times `penalty` plus the loss that `differentiate` computes of scores `[rows,
/// outputs]`, in whose place it puts its gradient.
fn minimised(
    features: &Features,
    outputs: usize,
    penalty: f64,
    start: LinearMap,
    mut differentiate: impl FnMut(&mut [f64]) -> f64,
) -> LinearMap {
    let entries = outputs * features.size;
    let mut point = start.weight;
    point.extend(start.bias);
    minimise(&mut point, TOLERANCE, |point, gradient| {
        let (weight, bias) = point.split_at(entries);
        let map = LinearMap { weight: weight.to_vec(), bias: bias.to_vec() };
        let mut scores = map.apply(features);
        let loss = differentiate(&mut scores);
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
