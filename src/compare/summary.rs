//! The summary of all runs.

use serde::Serialize;

use super::curves::Curves;
use super::difference::Difference;
use super::plan::Plan;
use super::results::{FinishedRun, ScoresByName};
use super::statistics::{deviation, mean};
use crate::dps::Method;
use crate::train::Metrics;

/// The table of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The metric of the comparison.
    pub metric: String,
    /// Whether a greater value of the metric is better.
    pub greater_is_better: bool,
    /// The seeds of the plan.
    pub seeds: Vec<u64>,
    /// First the held-out examples, then each file from another source.
    pub sets: Vec<SetSummary>,
    /// The time of a step for each method, in the order of the plan.
    pub seconds_per_step: Vec<Option<f64>>,
    /// The mean curves over the seeds, in the same order.
    pub curves: Vec<Curves>,
}

/// All methods on the same examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetSummary {
    /// The name of the examples.
    pub name: String,
    /// The methods, in the order of the plan.
    pub methods: Vec<MethodRow>,
    /// Every method after the first, compared with the first.
    pub differences: Vec<Difference>,
}

/// One method on the same examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodRow {
    /// The method.
    pub method: Method,
    /// The scores that exist, in the order of the plan.
    pub scores: Vec<SeedScore>,
    /// The mean of the scores; `None` without scores.
    pub mean: Option<f64>,
    /// Their standard deviation; `None` for fewer than two scores.
    pub standard_deviation: Option<f64>,
    /// The best score; `None` without scores.
    pub best: Option<f64>,
    /// Seeds whose training diverged, or whose score is not finite.
    pub failed: Vec<u64>,
}

/// The score of one run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SeedScore {
    /// The seed of the run.
    pub seed: u64,
    /// The value of the metric.
    pub score: f64,
}

impl Summary {
    /// Summarises the runs of the plan and skips others. `held_out` names the examples that the runs are judged on.
    pub fn new(plan: &Plan, runs: &[FinishedRun], metric: &str, held_out: &str) -> Self {
        let greater_is_better = Metrics::greater_is_better(metric);
        let set = |name: &str, scores: &dyn Fn(&FinishedRun) -> Option<ScoresByName>| {
            let row = |method: &Method| {
                MethodRow::new(*method, plan, runs, greater_is_better, &|run| {
                    scores(run)?.get(metric).copied().flatten()
                })
            };
            let methods: Vec<MethodRow> = plan.methods.iter().map(row).collect();
            let differences = methods[1..]
                .iter()
                .map(|row| {
                    let pairs = methods[0].pairs(row);
                    Difference::new(row.method, plan.methods[0], &pairs, metric)
                })
                .collect();
            SetSummary { name: name.to_owned(), methods, differences }
        };
        let mut sets = vec![set(held_out, &|run| Some(run.scores.clone()))];
        let files = runs.iter().find(|run| !run.transfer.is_empty()).map_or(&[][..], |run| &run.transfer);
        for (index, file) in files.iter().enumerate() {
            sets.push(set(&file.file, &|run| {
                run.transfer.get(index).map(|transfer| transfer.scores.clone())
            }));
        }
        let complete = |method: &Method| -> Vec<&FinishedRun> {
            let of_plan = |run: &&FinishedRun| run.method == *method && plan.seeds.contains(&run.seed);
            runs.iter().filter(of_plan).filter(|run| run.diverged.is_none()).collect()
        };
        let seconds_per_step =
            |method| mean(&complete(method).iter().map(|run| run.seconds_per_step).collect::<Vec<_>>());
        let curves =
            |method| Curves::mean(&complete(method).iter().map(|run| &run.curves).collect::<Vec<_>>());
        Summary {
            metric: metric.to_owned(),
            greater_is_better,
            seeds: plan.seeds.clone(),
            sets,
            seconds_per_step: plan.methods.iter().map(seconds_per_step).collect(),
            curves: plan.methods.iter().map(curves).collect(),
        }
    }
}

impl MethodRow {
    fn new(
        method: Method,
        plan: &Plan,
        runs: &[FinishedRun],
        greater_is_better: bool,
        score: &dyn Fn(&FinishedRun) -> Option<f64>,
    ) -> Self {
        let (mut scores, mut failed) = (Vec::new(), Vec::new());
        for seed in &plan.seeds {
            let Some(run) = runs.iter().find(|run| run.method == method && run.seed == *seed) else {
                continue;
            };
            match score(run) {
                Some(score) => scores.push(SeedScore { seed: *seed, score }),
                None => failed.push(*seed),
            }
        }
        let values: Vec<f64> = scores.iter().map(|one| one.score).collect();
        let best = values.iter().copied().reduce(if greater_is_better { f64::max } else { f64::min });
        MethodRow {
            method,
            scores,
            mean: mean(&values),
            standard_deviation: deviation(&values),
            best,
            failed,
        }
    }

    /// The pairs of scores for the seeds in which both methods have one.
    fn pairs(&self, other: &MethodRow) -> Vec<(f64, f64)> {
        let partner = |one: &SeedScore| {
            let partner = other.scores.iter().find(|other| other.seed == one.seed)?;
            Some((one.score, partner.score))
        };
        self.scores.iter().filter_map(partner).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::TransferScores;

    fn run(method: Method, seed: u64, score: Option<f64>) -> FinishedRun {
        let scores: ScoresByName =
            score.map(|score| ("accuracy".to_owned(), Some(score))).into_iter().collect();
        FinishedRun {
            method,
            seed,
            transfer: vec![TransferScores { file: "b.csv".into(), scores: scores.clone() }],
            scores,
            seconds_per_step: 0.5 * seed as f64,
            steps: 4,
            diverged: score.is_none().then(|| "gradients".into()),
            curves: Curves { loss: vec![(10, seed as f64)], validation: Vec::new() },
        }
    }

    #[test]
    fn pairs_are_made_by_seed_and_a_diverged_run_is_left_out_and_named() {
        let plan = Plan::new(vec![Method::Full, Method::Head], vec![1, 2, 3]).unwrap();
        let runs = [
            run(Method::Head, 2, Some(0.5)),
            run(Method::Full, 1, Some(0.75)),
            run(Method::Full, 2, Some(0.25)),
            run(Method::Full, 3, Some(0.5)),
            run(Method::Head, 1, None),
            run(Method::Head, 3, Some(0.25)),
            run(Method::Full, 9, Some(1.0)),
        ];
        let summary = Summary::new(&plan, &runs, "accuracy", "held-out examples");
        assert_eq!(summary.sets.len(), 2);
        assert_eq!(summary.seconds_per_step, [Some(1.0), Some(1.25)]);
        assert_eq!([&summary.curves[0].loss[..], &summary.curves[1].loss], [[(10, 2.0)], [(10, 2.5)]]);
        for set in &summary.sets {
            let [full, head] = &set.methods[..] else { panic!("two methods") };
            assert_eq!((full.mean, full.standard_deviation, full.best), (Some(0.5), Some(0.25), Some(0.75)));
            assert_eq!((head.mean, &head.failed[..]), (Some(0.375), &[1][..]));
            let difference = &set.differences[0];
            assert_eq!((difference.seeds, difference.better, difference.worse), (2, 1, 1));
            assert_eq!(difference.mean, 0.0);
        }
    }

    #[test]
    fn the_best_loss_is_the_smallest() {
        let plan = Plan::new(vec![Method::Full], vec![1, 2]).unwrap();
        let loss = |seed, loss| FinishedRun {
            scores: [("loss".to_owned(), Some(loss))].into(),
            ..run(Method::Full, seed, Some(0.0))
        };
        let summary = Summary::new(&plan, &[loss(1, 0.5), loss(2, 0.25)], "loss", "held-out examples");
        assert_eq!(summary.sets[0].methods[0].best, Some(0.25));
    }
}
