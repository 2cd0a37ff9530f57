//! Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): it divides all scores by
//! one number, so that of the answers given with 80 %, four in five are right. It does not change which class is most
//! probable.

use super::rules;
use crate::spec::{Prediction, Target};

/// The range of the search. Beyond it, a model is always uncertain or always certain.
const RANGE: [f64; 2] = [0.05, 20.0];
/// The number of golden-section steps: the logarithm of the range shrinks to 1e-6 of its width.
const STEPS: usize = 30;

/// Finds the temperature with the smallest loss on `predictions`, made by a model that has not seen their texts. Returns
/// 1 if they are not probabilities.
pub fn temperature(predictions: &[Prediction], targets: &[Target]) -> f64 {
    let Some(rules) = targets.first().map(|target| rules(target.kind())) else { return 1.0 };
    let rows: Vec<(Vec<f64>, &Target)> =
        predictions.iter().zip(targets).map(|(one, target)| (rules.scores(one.values()), target)).collect();
    if rows.iter().all(|(scores, _)| scores.is_empty()) {
        return 1.0;
    }
    let loss = |log: f64| -> f64 {
        let inverse = (-log).exp();
        rows.iter().map(|(scores, target)| rules.loss_of_scores(scores, inverse, target)).sum()
    };
    // the loss is convex in the inverse temperature, so it has one minimum in its logarithm
    let [mut low, mut high] = RANGE.map(f64::ln);
    let share = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..STEPS {
        let (left, right) = (high - share * (high - low), low + share * (high - low));
        if loss(left) <= loss(right) { high = right } else { low = left }
    }
    ((low + high) / 2.0).exp()
}

/// Converts predictions to those after division of the scores by `temperature`.
pub fn scaled(predictions: &[Prediction], temperature: f64) -> Vec<Prediction> {
    let scale = |prediction: &Prediction| {
        let rules = rules(prediction.kind());
        let scores = rules.scores(prediction.values());
        match scores.is_empty() {
            true => prediction.clone(),
            false => prediction.with_values(rules.values(&scores, temperature)),
        }
    };
    predictions.iter().map(scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_too_sure_are_cooled_to_their_share_of_right_ones() {
        // 99 % sure and right in 3 of 4: ln(3) / ln(99) is the inverse
        let predictions = vec![Prediction::Classes(vec![0.99, 0.01]); 400];
        let targets: Vec<Target> = (0..400).map(|i| Target::Class(usize::from(i % 4 == 0))).collect();
        let found = temperature(&predictions, &targets);
        assert!((found - 99f64.ln() / 3f64.ln()).abs() < 1e-3, "{found}");
        let Prediction::Classes(after) = &scaled(&predictions, found)[0] else { panic!("a class") };
        assert!((after[0] - 0.75).abs() < 1e-3 && (after[0] + after[1] - 1.0).abs() < 1e-6, "{after:?}");
    }

    #[test]
    fn a_regression_and_nothing_at_all_are_left_alone() {
        assert_eq!(temperature(&[Prediction::Value(2.0)], &[Target::Value(1.0)]), 1.0);
        assert_eq!(temperature(&[], &[]), 1.0);
        assert_eq!(scaled(&[Prediction::Value(2.0)], 3.0), [Prediction::Value(2.0)]);
    }
}
