//! The probability from which on a text has a label: for each label the one with the best F1 on texts that the model was
//! not trained on, if that is better than one half for all labels.

use std::sync::Arc;

use super::multi_label::Counts;
use crate::spec::{Prediction, Target};

/// A label that fewer of the texts have gets one half: the best threshold for so few is chance.
const FEWEST: usize = 3;
const HALF: f32 = 0.5;

/// What held-out predictions say about thresholds.
pub struct Thresholds {
    /// By label id.
    pub by_label: Arc<[f32]>,
    /// The predictions, each with thresholds that were chosen without it, so that their scores are honest.
    pub predictions: Vec<Prediction>,
}

/// `None` if one half is as good.
pub fn choose(predictions: &[Prediction], targets: &[Target]) -> Option<Thresholds> {
    let labels = predictions.first()?.values().len();
    let half = |odd: usize| -> (Vec<&Prediction>, Vec<&Target>) {
        let rows = predictions.iter().zip(targets).skip(odd).step_by(2);
        rows.unzip()
    };
    let halves = [half(0), half(1)];
    // each half is decided by the thresholds of the other
    let chosen = halves.each_ref().map(|(predictions, targets)| best(predictions, targets, labels));
    let crossed: Vec<Prediction> = predictions
        .iter()
        .enumerate()
        .map(|(row, prediction)| prediction.with_thresholds(chosen[1 - row % 2].clone()))
        .collect();
    if macro_f1(&crossed, targets, labels) <= macro_f1(predictions, targets, labels) {
        return None;
    }
    let all: (Vec<&Prediction>, Vec<&Target>) = predictions.iter().zip(targets).unzip();
    Some(Thresholds { by_label: best(&all.0, &all.1, labels), predictions: crossed })
}

fn macro_f1(predictions: &[Prediction], targets: &[Target], labels: usize) -> f64 {
    let mut counts = vec![Counts::default(); labels];
    for (prediction, target) in predictions.iter().zip(targets) {
        let chosen = prediction.labels();
        for (label, count) in counts.iter_mut().enumerate() {
            count.add(chosen.binary_search(&label).is_ok(), target.classes().binary_search(&label).is_ok());
        }
    }
    counts.iter().map(|count| count.score().f1).sum::<f64>() / labels.max(1) as f64
}

fn best(predictions: &[&Prediction], targets: &[&Target], labels: usize) -> Arc<[f32]> {
    let threshold = |label: usize| {
        let mut rows: Vec<(f32, bool)> = predictions
            .iter()
            .zip(targets)
            .map(|(prediction, target)| {
                (prediction.values()[label], target.classes().binary_search(&label).is_ok())
            })
            .collect();
        best_of(&mut rows)
    };
    (0..labels).map(threshold).collect()
}

/// The threshold with the best F1; of equally good ones that nearest to one half.
fn best_of(rows: &mut [(f32, bool)]) -> f32 {
    let support = rows.iter().filter(|(_, has)| *has).count();
    if support < FEWEST || rows.len() - support < FEWEST {
        return HALF;
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut found) = (0, (0.0, f32::INFINITY, HALF));
    for (at, (probability, has)) in rows.iter().enumerate() {
        right += usize::from(*has);
        let next = rows.get(at + 1).map_or(0.0, |(next, _)| *next);
        // a threshold separates different probabilities only
        if next == *probability {
            continue;
        }
        let f1 = 2.0 * right as f64 / (at + 1 + support) as f64;
        let separates = next < HALF && HALF <= *probability;
        let threshold = if separates { HALF } else { f32::midpoint(next, *probability) };
        let distance = (threshold - HALF).abs();
        if f1 > found.0 || f1 == found.0 && distance < found.1 {
            found = (f1, distance, threshold);
        }
    }
    found.2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_separates_what_can_be_separated() {
        let mut rows = [(0.9, true), (0.3, true), (0.25, true), (0.1, false), (0.05, false), (0.2, false)];
        assert!((best_of(&mut rows) - 0.225).abs() < 1e-6);
        // one half separates as well
        let mut rows = [(0.9, true), (0.8, true), (0.7, true), (0.1, false), (0.05, false), (0.2, false)];
        assert_eq!(best_of(&mut rows), HALF);
        // two texts are too few
        let mut rows = [(0.4, true), (0.3, true), (0.1, false), (0.05, false), (0.2, false)];
        assert_eq!(best_of(&mut rows), HALF);
    }

    fn texts(probability: impl Fn(usize, bool) -> f32) -> (Vec<Prediction>, Vec<Target>) {
        let one = |row: usize| {
            let has = row % 4 < 2;
            let prediction =
                Prediction::Labels { probabilities: vec![probability(row, has)], thresholds: Arc::from([]) };
            (prediction, Target::Labels(if has { vec![0] } else { Vec::new() }))
        };
        (0..80).map(one).unzip()
    }

    #[test]
    fn a_label_that_is_never_probable_is_found_below_one_half() {
        let (predictions, targets) = texts(|row, has| if has { 0.3 } else { 0.1 } + row as f32 * 1e-4);
        let chosen = choose(&predictions, &targets).unwrap();
        assert!((0.11..0.3).contains(&chosen.by_label[0]), "{:?}", chosen.by_label);
        let found = chosen.predictions.iter().zip(&targets);
        assert!(found.clone().all(|(one, target)| one.labels() == target.classes()));
    }

    #[test]
    fn one_half_stays_where_nothing_is_better() {
        let (predictions, targets) = texts(|_, has| if has { 0.9 } else { 0.2 });
        assert!(choose(&predictions, &targets).is_none());
        assert!(choose(&[], &[]).is_none());
    }
}
