//! The curves of runs, step by step.

use serde::{Deserialize, Serialize};

/// A value at a step.
pub type Point = (usize, f64);

/// The measurements of a run, or their mean over several runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// The training loss.
    pub loss: Vec<Point>,
    /// The metric of the comparison, on the validation examples.
    pub validation: Vec<Point>,
}

impl Curves {
    /// Adds a point. A value that is not finite is left out, because JSON cannot write it.
    pub fn add(points: &mut Vec<Point>, step: usize, value: f64) {
        if value.is_finite() {
            points.push((step, value));
        }
    }

    /// Takes the mean at the steps that all runs have. A mean of different runs at each step would jump.
    pub fn mean(runs: &[&Curves]) -> Curves {
        Curves { loss: mean(runs, |run| &run.loss), validation: mean(runs, |run| &run.validation) }
    }
}

/// Skips runs without a point: they have no validation examples, or come from an earlier version.
fn mean(runs: &[&Curves], points: fn(&Curves) -> &Vec<Point>) -> Vec<Point> {
    let curves: Vec<&Vec<Point>> = runs.iter().map(|run| points(run)).filter(|one| !one.is_empty()).collect();
    let Some((first, others)) = curves.split_first() else { return Vec::new() };
    let at = |curve: &[Point], step: usize| curve.iter().find(|point| point.0 == step).map(|point| point.1);
    let mean = |(step, value): &Point| {
        let sum = others.iter().try_fold(*value, |sum, other| Some(sum + at(other, *step)?))?;
        Some((*step, sum / curves.len() as f64))
    };
    first.iter().filter_map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_the_steps_that_all_runs_have() {
        let run = |loss: &[Point]| Curves { loss: loss.to_vec(), validation: Vec::new() };
        let runs = [run(&[(10, 1.0), (20, 0.5), (25, 9.0)]), run(&[(10, 0.5), (20, 0.0)]), run(&[])];
        let found = Curves::mean(&runs.each_ref());
        assert_eq!(found, run(&[(10, 0.75), (20, 0.25)]));
        assert_eq!(Curves::mean(&[]), Curves::default());
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        let mut points = Vec::new();
        for (step, value) in [(1, 0.5), (2, f64::NAN), (3, f64::INFINITY)] {
            Curves::add(&mut points, step, value);
        }
        assert_eq!(points, [(1, 0.5)]);
    }
}
