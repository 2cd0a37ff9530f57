//! Fits a linear model with the penalty that predicts held-out rows best.

use rayon::prelude::*;

use super::features::Features;
use super::folds::folds;
use super::linear_map::LinearMap;

/// Inverse penalties for features of length 1, like scikit-learn's C.
const GRID: [f64; 7] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0];
/// The inverse penalty if no rows can be held out to choose it.
pub const DEFAULT_PENALTY: f64 = 10.0;
const MOST_FOLDS: usize = 5;

/// The targets of a linear model, in the form of their kind of task.
pub trait Problem: Sync {
    /// The number of rows.
    fn rows(&self) -> usize;

    /// The number of outputs of the model.
    fn outputs(&self) -> usize;

    /// The largest number of folds that makes sense.
    fn most_folds(&self) -> usize;

    /// A number for each row. Folds share the rows of one number evenly.
    fn strata(&self) -> Vec<usize>;

    /// Some of the rows.
    fn select(&self, rows: &[usize]) -> Box<dyn Problem>;

    /// Fits a model with the inverse penalty `c`. The search begins at `start`.
    fn fit(&self, features: &Features, c: f64, start: LinearMap) -> LinearMap;

    /// The inverse penalty of the model that fine-tuning starts from, which must not be too confident.
    fn gentle(&self) -> f64;

    /// Turns scores `[rows, outputs]` into predictions.
    fn predictions(&self, scores: Vec<f64>) -> Vec<f64>;

    /// The loss of predictions for all rows.
    fn loss(&self, predictions: &[f64]) -> f64;
}

/// A fitted linear model, with held-out predictions by other models of its kind.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The fitted model.
    pub map: LinearMap,
    /// A less confident model for fine-tuning to start from.
    pub start: LinearMap,
    /// The inverse penalty.
    pub c: f64,
    /// Each held-out row with the prediction of a model that was fitted to other rows: what the
    /// [problem says](Problem::predictions). Empty if no rows could be held out.
    pub held_out: Vec<(usize, Vec<f64>)>,
}

/// What a model is fitted to: features, and a target for each row of them.
pub type Material = (Features, Box<dyn Problem>);

/// Fits a linear model to `features`. Rows of one of the `groups`, such as equal texts, are held out together.
/// Cross-validation chooses the penalty with the smallest loss, and the largest penalty if losses tie. Only the first
/// `judged` rows are ever held out.
pub fn fit(features: &Features, problem: &dyn Problem, groups: &[usize], judged: usize, seed: u64) -> Fitted {
    let material = |rows: &[usize]| (features.select(rows), problem.select(rows));
    fit_to(&material, features, problem, groups, judged, seed)
}

/// Like [`fit`], where every model is fitted to what `material` makes of the rows that it may see.
pub fn fit_to(
    material: &(dyn Fn(&[usize]) -> Material + Sync),
    features: &Features,
    problem: &dyn Problem,
    groups: &[usize],
    judged: usize,
    seed: u64,
) -> Fitted {
    let all: Vec<usize> = (0..problem.rows()).collect();
    let own: Vec<usize> = (0..judged).collect();
    let judges = problem.select(&own);
    let count = judges.most_folds().min(MOST_FOLDS);
    if count < 2 {
        let all = material(&all);
        let map = path(&all, &[DEFAULT_PENALTY]).remove(0);
        return Fitted { map, start: start(&all), c: DEFAULT_PENALTY, held_out: Vec::new() };
    }
    let folds = folds(&judges.strata(), &groups[..judged], count, seed);
    // by fold and penalty: the predictions for the held-out rows
    let predictions: Vec<Vec<Vec<f64>>> = folds
        .par_iter()
        .map(|held_out| {
            let rest: Vec<usize> =
                (0..problem.rows()).filter(|row| held_out.binary_search(row).is_err()).collect();
            // one fold fits all penalties, because each fit starts from the one before
            let maps = path(&material(&rest), &GRID);
            let seen = features.select(held_out);
            maps.into_iter().map(|map| problem.predictions(map.apply(&seen))).collect()
        })
        .collect();
    let loss = |penalty: usize| -> f64 {
        folds
            .iter()
            .zip(&predictions)
            .map(|(rows, by_penalty)| problem.select(rows).loss(&by_penalty[penalty]))
            .sum()
    };
    let losses: Vec<f64> = (0..GRID.len()).map(loss).collect();
    // only a smaller loss replaces the best so far, so ties go to the largest penalty
    let best = (0..GRID.len()).fold(0, |best, next| if losses[next] < losses[best] { next } else { best });
    let outputs = problem.outputs();
    let mut held_out: Vec<(usize, Vec<f64>)> = folds
        .iter()
        .zip(&predictions)
        .flat_map(|(rows, by_penalty)| {
            rows.iter().copied().zip(by_penalty[best].chunks_exact(outputs).map(<[f64]>::to_vec))
        })
        .collect();
    held_out.sort_by_key(|(row, _)| *row);
    let all = material(&all);
    let map = path(&all, &GRID[..=best]).pop().expect("the grid is not empty");
    Fitted { map, start: start(&all), c: GRID[best], held_out }
}

/// The models of a problem for each of the inverse penalties, which rise. Each fit starts from the model before, which
/// is close.
fn path((features, problem): &Material, penalties: &[f64]) -> Vec<LinearMap> {
    let mut map = LinearMap::zeros(problem.outputs(), features.size);
    let mut next = |c: f64| {
        map = problem.fit(features, c, map.clone());
        map.clone()
    };
    penalties.iter().map(|c| next(*c)).collect()
}

/// The model that fine-tuning starts from.
fn start(material: &Material) -> LinearMap {
    path(material, &[material.1.gentle()]).remove(0)
}
