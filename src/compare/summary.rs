//! The summary of all runs.

use serde::Serialize;

use super::curves::Curves;
use super::difference::Difference;
use super::plan::Plan;
use super::results::{FinishedRun, ScoresByName};
use super::statistics::{deviation, mean};
use super::variant::Variant;
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
    /// The time of a step for each variant, in the order of the plan.
    pub seconds_per_step: Vec<Option<f64>>,
    /// The mean curves over the seeds, in the same order.
    pub curves: Vec<Curves>,
}

/// All variants on the same examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetSummary {
    /// The name of the examples.
    pub name: String,
    /// The variants, in the order of the plan.
    pub methods: Vec<MethodRow>,
    /// Every variant after the first, compared with the first.
    pub differences: Vec<Difference>,
}

/// One variant on the same examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodRow {
    /// The variant.
    #[serde(flatten)]
    pub variant: Variant,
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
        let mut summary = Self::judged_by(plan, runs, metric, (held_out, |run| &run.scores));
        let files = runs.iter().find(|run| !run.transfer.is_empty()).map_or(&[][..], |run| &run.transfer);
        for (index, file) in files.iter().enumerate() {
            summary.sets.push(SetSummary::new(plan, runs, metric, &file.file, &|run| {
                run.transfer.get(index).map(|transfer| &transfer.scores)
            }));
        }
        summary
    }

    /// Summarises the runs by their scores in the validation, by which the settings of a grid are chosen.
    pub fn of_validation(plan: &Plan, runs: &[FinishedRun], metric: &str) -> Self {
        Self::judged_by(plan, runs, metric, ("validation examples", |run| &run.validation))
    }

    fn judged_by(
        plan: &Plan,
        runs: &[FinishedRun],
        metric: &str,
        (name, scores): (&str, fn(&FinishedRun) -> &ScoresByName),
    ) -> Self {
        // in the order of the plan, because sums of floats depend on the order
        let complete = |variant: &Variant| -> Vec<&FinishedRun> {
            let runs = plan.seeds.iter().filter_map(|seed| find(runs, *seed, variant));
            runs.filter(|run| run.diverged.is_none()).collect()
        };
        let seconds_per_step =
            |variant| mean(&complete(variant).iter().map(|run| run.seconds_per_step).collect::<Vec<_>>());
        let curves =
            |variant| Curves::mean(&complete(variant).iter().map(|run| &run.curves).collect::<Vec<_>>());
        Summary {
            metric: metric.to_owned(),
            greater_is_better: Metrics::greater_is_better(metric),
            seeds: plan.seeds.clone(),
            sets: vec![SetSummary::new(plan, runs, metric, name, &|run| Some(scores(run)))],
            seconds_per_step: plan.variants.iter().map(seconds_per_step).collect(),
            curves: plan.variants.iter().map(curves).collect(),
        }
    }

    /// The plan that keeps, of each method, the settings with the best mean on the first set. Of equal ones it keeps the
    /// first. A method without any score is left out.
    pub fn best(&self) -> Plan {
        let mut best: Vec<&MethodRow> = Vec::new();
        for row in self.sets[0].methods.iter().filter(|row| row.mean.is_some()) {
            let is_better = |other: &MethodRow| match self.greater_is_better {
                true => row.mean > other.mean,
                false => row.mean < other.mean,
            };
            match best.iter_mut().find(|other| other.variant.method == row.variant.method) {
                Some(other) if is_better(other) => *other = row,
                Some(_) => {}
                None => best.push(row),
            }
        }
        Plan {
            variants: best.into_iter().map(|row| row.variant.clone()).collect(),
            seeds: self.seeds.clone(),
        }
    }
}

impl SetSummary {
    fn new<'a>(
        plan: &Plan,
        runs: &'a [FinishedRun],
        metric: &str,
        name: &str,
        scores: &dyn Fn(&'a FinishedRun) -> Option<&'a ScoresByName>,
    ) -> Self {
        let score = |run| scores(run)?.get(metric).copied().flatten();
        let methods: Vec<MethodRow> =
            plan.variants.iter().map(|variant| MethodRow::new(variant, plan, runs, metric, &score)).collect();
        let differences = match &methods[..] {
            [baseline, others @ ..] => others
                .iter()
                .map(|row| Difference::new(&row.variant, &baseline.variant, &baseline.pairs(row), metric))
                .collect(),
            [] => Vec::new(),
        };
        SetSummary { name: name.to_owned(), methods, differences }
    }
}

fn find<'a>(runs: &'a [FinishedRun], seed: u64, variant: &Variant) -> Option<&'a FinishedRun> {
    runs.iter().find(|run| run.seed == seed && run.variant == *variant)
}

impl MethodRow {
    fn new<'a>(
        variant: &Variant,
        plan: &Plan,
        runs: &'a [FinishedRun],
        metric: &str,
        score: &dyn Fn(&'a FinishedRun) -> Option<f64>,
    ) -> Self {
        let (mut scores, mut failed) = (Vec::new(), Vec::new());
        for seed in &plan.seeds {
            let Some(run) = find(runs, *seed, variant) else { continue };
            match score(run) {
                Some(score) => scores.push(SeedScore { seed: *seed, score }),
                None => failed.push(*seed),
            }
        }
        let values: Vec<f64> = scores.iter().map(|one| one.score).collect();
        let better = if Metrics::greater_is_better(metric) { f64::max } else { f64::min };
        MethodRow {
            variant: variant.clone(),
            scores,
            mean: mean(&values),
            standard_deviation: deviation(&values),
            best: values.iter().copied().reduce(better),
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
    use crate::dps::Method;
    use std::collections::BTreeMap;

    fn plan(methods: &[Method], seeds: &[u64]) -> Plan {
        Plan::new(methods, &BTreeMap::new(), seeds.to_vec()).unwrap()
    }

    fn run(method: Method, seed: u64, score: Option<f64>) -> FinishedRun {
        let scores: ScoresByName =
            score.map(|score| ("accuracy".to_owned(), Some(score))).into_iter().collect();
        FinishedRun {
            variant: method.into(),
            seed,
            validation: ScoresByName::new(),
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
        let plan = plan(&[Method::Full, Method::Head], &[1, 2, 3]);
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
        let plan = plan(&[Method::Full], &[1, 2]);
        let loss = |seed, loss| FinishedRun {
            scores: [("loss".to_owned(), Some(loss))].into(),
            ..run(Method::Full, seed, Some(0.0))
        };
        let summary = Summary::new(&plan, &[loss(1, 0.5), loss(2, 0.25)], "loss", "held-out examples");
        assert_eq!(summary.sets[0].methods[0].best, Some(0.25));
    }

    #[test]
    fn settings_are_chosen_by_the_validation_alone() {
        let grid = [("weight_decay".to_owned(), vec![0.0.into(), 0.5.into()])].into();
        let plan = Plan::new(&[Method::Full, Method::Head], &grid, vec![1, 2]).unwrap();
        let scores = |score: f64| ScoresByName::from([("accuracy".to_owned(), Some(score))]);
        let runs: Vec<FinishedRun> = plan
            .runs()
            .zip([0.25, 0.75, 0.5, 0.5, 0.25, 0.5, 0.5, 0.25])
            .map(|((seed, variant), validation)| FinishedRun {
                variant: variant.clone(),
                validation: scores(validation),
                // the test would choose otherwise
                scores: scores(1.0 - validation),
                ..run(variant.method, seed, Some(0.0))
            })
            .collect();
        let best = Summary::of_validation(&plan, &runs, "accuracy").best();
        let names: Vec<String> = best.variants.iter().map(Variant::to_string).collect();
        assert_eq!(names, ["full, weight_decay 0.5", "head, weight_decay 0.0"]);
        let test = Summary::new(&best, &runs, "accuracy", "held-out examples");
        assert_eq!(test.sets[0].methods[0].mean, Some(0.375));
    }

    #[test]
    fn the_order_of_the_runs_does_not_matter() {
        let plan = plan(&[Method::Full], &[1, 2, 3]);
        let mut runs = [0.1, 0.2, 0.3].map(|score| run(Method::Full, (score * 10.0) as u64, Some(score)));
        let first = Summary::new(&plan, &runs, "accuracy", "held-out examples");
        runs.reverse();
        assert_eq!(Summary::new(&plan, &runs, "accuracy", "held-out examples"), first);
    }
}
