//! Loss, score and learning rate over the steps of a run.

use super::html::section;
use super::plot::{Series, lines};
use super::run::{History, Point};

/// Writes the curves, or an empty text if no step was logged and nothing was evaluated.
pub fn curves(history: &History) -> String {
    let evaluated = |name: &str| -> Vec<Point> {
        let value = |metrics: &crate::train::Metrics| metrics.value(name).unwrap_or(f64::NAN);
        history.validations.iter().map(|one| (one.step as f64, value(one.metrics))).collect()
    };
    let loss = [
        Series::new("training", history.losses.clone(), false),
        Series::new("validation", evaluated("loss"), true),
    ];
    let scores: Vec<Series> = score_names(history)
        .into_iter()
        .map(|(name, shown)| Series::new(shown, evaluated(name), true))
        .collect();
    let rate = [Series::new("learning rate", history.learning_rates.clone(), false)];
    let plots: String = [
        lines("Loss", ["step", "loss"], &loss),
        lines("Validation score", ["step", "score"], &scores),
        lines("Learning rate", ["step", "learning rate"], &rate),
    ]
    .into_iter()
    .flatten()
    .collect();
    if plots.is_empty() {
        return String::new();
    }
    let mut note = String::new();
    if history.validations.is_empty() {
        note += "<p>Nothing was evaluated on validation examples.</p>\n";
    } else if let Some(end) = &history.end {
        note += &format!("<p>The run kept the model of step {}.</p>\n", end.best_step);
    }
    section("Curves", &format!("<div class=\"plots\">\n{plots}</div>\n{note}"))
}

/// The scores that share an axis: the name of each in [`Metrics::value`](crate::train::Metrics::value), and its name
/// here.
fn score_names(history: &History) -> Vec<(&'static str, &'static str)> {
    let rows = history.validations.first().map_or(Vec::new(), |one| one.metrics.scores.rows());
    rows.into_iter().filter(|score| score.curve).map(|score| (score.name, score.words)).collect()
}
