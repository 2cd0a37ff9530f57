//! Temperature scaling (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): it divides all scores by
//! one number, so that of the answers given with 80 %, four in five are right. It does not change which class is most
//! probable.
//!
//! As in Platt's scaling ("Probabilistic Outputs for Support Vector Machines", 1999), no target is quite certain: of `n`
//! answers that are all right, the next one is right with a probability of `(n + 1) / (n + 2)`. Without this doubt, a few
//! texts that are all told apart would make every answer certain.

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
    let doubt = 1.0 / (rows.len() as f64 + 2.0);
    let loss = |log: f64| -> f64 {
        let inverse = (-log).exp();
        rows.iter().map(|(scores, target)| rules.loss_of_scores(scores, inverse, target, doubt)).sum()
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
        // 99 % sure, and right in 3 of 4 but for the doubt
        let doubt: f64 = 1.0 / 402.0;
        let right = 0.75 * (1.0 - doubt) + 0.25 * doubt;
        let predictions = vec![Prediction::Classes(vec![0.99, 0.01]); 400];
        let targets: Vec<Target> = (0..400).map(|i| Target::Class(usize::from(i % 4 == 0))).collect();
        let found = temperature(&predictions, &targets);
        assert!((found - 99f64.ln() / (right / (1.0 - right)).ln()).abs() < 1e-3, "{found}");
        let Prediction::Classes(after) = &scaled(&predictions, found)[0] else { panic!("a class") };
        assert!(
            (f64::from(after[0]) - right).abs() < 1e-3 && (after[0] + after[1] - 1.0).abs() < 1e-6,
            "{after:?}"
        );
    }

    #[test]
    fn texts_that_are_all_told_apart_leave_a_doubt_that_shrinks_with_their_number() {
        for (count, classes) in [(8, 2), (8, 6), (100, 2), (100, 6)] {
            let others = 0.001 / f64::from(classes - 1);
            let values = (0..classes).map(|class| if class == 0 { 0.999 } else { others as f32 }).collect();
            let predictions = vec![Prediction::Classes(values); count];
            let targets = vec![Target::Class(0); count];
            let found = &scaled(&predictions, temperature(&predictions, &targets))[0];
            let Prediction::Classes(after) = found else { panic!("a class") };
            let expected = (count as f32 + 1.0) / (count as f32 + 2.0);
            assert!((after[0] - expected).abs() < 1e-3, "{count}, {classes}: {after:?}");
        }
    }

    #[test]
    fn a_regression_and_nothing_at_all_are_left_alone() {
        assert_eq!(temperature(&[Prediction::Value(2.0)], &[Target::Value(1.0)]), 1.0);
        assert_eq!(temperature(&[], &[]), 1.0);
        assert_eq!(scaled(&[Prediction::Value(2.0)], 3.0), [Prediction::Value(2.0)]);
    }
}
