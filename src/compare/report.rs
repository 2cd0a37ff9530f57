//! `report.html` of a comparison of methods.

use std::path::Path;

use super::conditions::Conditions;
use super::curves::{Curves, Point};
use super::sentences::{failures, findings, milliseconds, reading};
use super::summary::{MethodRow, SetSummary, Summary};
use crate::report::html::{escape, facts, isolate, notice, page, section, table, tiles};
use crate::report::plot::{DotRow, Series, dots, lines};
use crate::report::run::name;
use crate::report::versions::versions;

/// Writes the whole page.
///
/// `grid` is the summary by which the settings of `summary` were chosen.
pub fn comparison_report(
    summary: &Summary,
    grid: Option<&Summary>,
    conditions: &Conditions,
    train_file: &Path,
    model: &Path,
) -> String {
    let [data, model] = [train_file, model].map(name);
    let mut body = format!("<h1>Methods compared on {}</h1>\n", isolate(&data));
    // a run that diverged has no score on any set, so the first set shows all of them
    for failure in summary.sets.first().into_iter().flat_map(failures) {
        body += &notice("bad", &escape(&failure));
    }
    body += &headline(summary);
    for (index, set) in summary.sets.iter().enumerate() {
        body += &scores(summary, set, index == 0);
    }
    body += &curves(summary);
    if let Some(grid) = grid {
        body += &scores(grid, &grid.sets[0], false);
    }
    body += &section("How to read this", &bullets(reading(summary)));
    body += &setup(conditions, &data, &model);
    page(&format!("Methods compared on {data}"), &body)
}

/// The method with the best mean, or all methods whose means look equal once they are rounded for display.
fn winners<'a>(summary: &Summary, set: &'a SetSummary) -> Vec<&'a MethodRow> {
    let means = set.methods.iter().filter_map(|row| row.mean);
    let best = means.reduce(if summary.greater_is_better { f64::max } else { f64::min });
    set.methods.iter().filter(|row| row.mean.is_some() && number(row.mean) == number(best)).collect()
}

fn headline(summary: &Summary) -> String {
    let mut figures = Vec::new();
    let metric = &summary.metric;
    match &summary.sets.first().map_or(Vec::new(), |set| winners(summary, set))[..] {
        [] => {}
        [best] => {
            let deviation = best.standard_deviation.map_or(String::new(), |value| format!(" ± {value:.4}"));
            figures.push((best.variant.to_string(), format!("best mean {metric}")));
            figures.push((format!("{}{deviation}", number(best.mean)), "its mean and deviation".into()));
        }
        equal => figures
            .push((number(equal[0].mean), format!("best mean {metric}, of {} methods alike", equal.len()))),
    }
    figures.push((summary.curves.len().to_string(), "methods".into()));
    figures.push((summary.seeds.len().to_string(), "seeds".into()));
    tiles(&figures)
}

fn number(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{value:.4}"))
}

/// Writes the scores on one set. Times are the same for all sets, so only one of them is `timed`.
fn scores(summary: &Summary, set: &SetSummary, timed: bool) -> String {
    let metric = &summary.metric;
    let winners = winners(summary, set);
    let row = |(row, seconds): (&MethodRow, &Option<f64>)| {
        let tag = if matches!(winners[..], [best] if best == row) { "strong" } else { "span" };
        let method = format!("<{tag} class=\"method\">{}</{tag}>", escape(&row.variant.to_string()));
        let mut cells = vec![
            method,
            row.scores.len().to_string(),
            number(row.mean),
            number(row.standard_deviation),
            number(row.best),
        ];
        if timed {
            cells.push(seconds.map_or("–".into(), milliseconds));
        }
        cells
    };
    let rows: Vec<Vec<String>> = set.methods.iter().zip(&summary.seconds_per_step).map(row).collect();
    let mean = format!("mean {metric}");
    let mut head = vec!["method", "runs", &mean, "std dev", "best"];
    if timed {
        head.push("time per step");
    }
    let direction = if summary.greater_is_better { "higher" } else { "lower" };
    let mut text = table(&format!("By method, over the seeds; {direction} is better"), 1, &head, &rows);
    text += &bullets(findings(set));
    let dot_row = |row: &MethodRow| DotRow {
        name: row.variant.to_string(),
        values: row.scores.iter().map(|one| one.score).collect(),
        mean: row.mean,
        deviation: row.standard_deviation,
    };
    let dot_rows: Vec<DotRow> = set.methods.iter().map(dot_row).collect();
    text += &dots(&format!("Every run on {}", set.name), metric, &dot_rows).unwrap_or_default();
    text += &by_seed(summary, set);
    section(&format!("Scores on {}", set.name), &text)
}

fn by_seed(summary: &Summary, set: &SetSummary) -> String {
    let seeds = summary.seeds.iter().map(|seed| format!("seed {seed}"));
    let head: Vec<String> = std::iter::once("method".to_owned()).chain(seeds).collect();
    let row = |row: &MethodRow| {
        let score = |seed: &u64| number(row.scores.iter().find(|one| one.seed == *seed).map(|one| one.score));
        let method = format!("<span class=\"method\">{}</span>", escape(&row.variant.to_string()));
        std::iter::once(method).chain(summary.seeds.iter().map(score)).collect()
    };
    let rows: Vec<Vec<String>> = set.methods.iter().map(row).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let table = table(&format!("{} of each run", summary.metric), 1, &head, &rows);
    format!("<details><summary>Scores of each run</summary>\n{table}</details>\n")
}

fn curves(summary: &Summary) -> String {
    let methods = summary.sets.first().map_or(&[][..], |set| &set.methods);
    let series = |points: fn(&Curves) -> &Vec<Point>, marked| -> Vec<Series> {
        let points = |of: &Curves| points(of).iter().map(|(step, value)| (*step as f64, *value)).collect();
        let one =
            |(row, of): (&MethodRow, &Curves)| Series::new(&row.variant.to_string(), points(of), marked);
        methods.iter().zip(&summary.curves).map(one).collect()
    };
    let plots: String = [
        lines("Training loss, mean over the seeds", ["step", "loss"], &series(|of| &of.loss, false)),
        lines(
            "Validation score, mean over the seeds",
            ["step", &summary.metric],
            &series(|of| &of.validation, true),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if plots.is_empty() {
        return String::new();
    }
    section("Curves", &format!("<div class=\"plots\">\n{plots}</div>\n"))
}

/// Writes a list. Options of the command line are marked up, so that no line breaks at their hyphens.
fn bullets<T: AsRef<str>>(lines: impl Iterator<Item = T>) -> String {
    let word = |word: &str| match word.split_once("--") {
        Some(("", name)) => {
            let end = name.trim_end_matches(|last: char| !last.is_alphanumeric()).len();
            format!("<code>--{}</code>{}", escape(&name[..end]), escape(&name[end..]))
        }
        _ => escape(word),
    };
    let item = |line: T| {
        let words: Vec<String> = line.as_ref().split(' ').map(word).collect();
        format!("<li>{}</li>\n", words.join(" "))
    };
    let items: String = lines.map(item).collect();
    if items.is_empty() { items } else { format!("<ul>\n{items}</ul>\n") }
}

fn setup(conditions: &Conditions, data: &str, model: &str) -> String {
    let what = [("training data".to_owned(), isolate(data)), ("model".to_owned(), isolate(model))];
    let escaped = |(name, value): (&str, String)| (name.to_owned(), escape(&value));
    let settings: Vec<(String, String)> = conditions.rows().map(escaped).collect();
    let made_with: Vec<(String, String)> =
        versions().into_iter().map(|(name, version)| (name, escape(&version))).collect();
    let tables = format!(
        "{}{}{}",
        facts("Comparison", &what),
        facts("Versions", &made_with),
        facts("Settings of all runs", &settings)
    );
    section("What was run", &format!("<div class=\"setup\">\n{tables}</div>\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{FinishedRun, Plan, TransferScores};
    use crate::dps::Method;
    use crate::train::TrainingArguments;

    fn run(method: Method, seed: u64, score: Option<f64>) -> FinishedRun {
        let scores = [("accuracy".to_owned(), score)];
        FinishedRun {
            variant: method.into(),
            seed,
            scores: scores.clone().into(),
            validation: std::collections::BTreeMap::new(),
            transfer: vec![TransferScores { file: "<i>.csv".into(), scores: scores.into() }],
            seconds_per_step: 0.25,
            steps: 4,
            diverged: score.is_none().then(|| "gradients".into()),
            curves: Curves { loss: vec![(1, 0.7), (4, 0.5)], validation: vec![(4, 0.5)] },
        }
    }

    fn report(methods: &[Method], runs: &[FinishedRun]) -> String {
        let plan = Plan::new(methods, &std::collections::BTreeMap::new(), vec![1, 2]).unwrap();
        let summary = Summary::new(&plan, runs, "accuracy", "held-out examples");
        let further = serde_json::Map::from_iter([("device".to_owned(), "<b>CPU".into())]);
        let arguments = TrainingArguments::default();
        let conditions = Conditions::new(&arguments, further, "model".into(), "data".into());
        comparison_report(
            &summary,
            None,
            &conditions,
            Path::new("/home/someone/<b>.csv"),
            Path::new("minilm"),
        )
    }

    #[test]
    fn the_best_method_is_named_and_failures_come_first() {
        let runs = [
            run(Method::Full, 1, Some(0.8)),
            run(Method::DpsDense, 1, Some(0.9)),
            run(Method::Full, 2, Some(0.82)),
            run(Method::DpsDense, 2, None),
        ];
        let html = report(&[Method::Full, Method::DpsDense], &runs);
        assert!(html.contains("<dd>dps-dense</dd>") && html.contains("dps-dense has no score with seed 2"));
        assert!(html.find("has no score").unwrap() < html.find("<h2>").unwrap());
        for expected in [
            "Scores on held-out examples",
            "Scores on &lt;i&gt;.csv",
            "dps-dense against full: accuracy",
            "Training loss, mean",
            "Validation score, mean",
            "<td>&lt;b&gt;CPU</td>",
        ] {
            assert!(html.contains(expected), "{expected} in {html}");
        }
        assert!(!html.contains("<b>") && !html.contains("<i>") && !html.contains("someone"));
    }

    #[test]
    fn nobody_wins_a_draw() {
        let draw = [Method::Full, Method::Head].map(|method| run(method, 1, Some(0.5)));
        let html = report(&[Method::Full, Method::Head], &draw);
        assert!(html.contains("best mean accuracy, of 2 methods alike") && !html.contains("<strong class"));
        assert!(html.contains("another <code>--metric-for-best-model</code>, such"), "{html}");
    }

    #[test]
    fn methods_without_a_score_are_shown_as_such() {
        let html = report(&[Method::Full], &[run(Method::Full, 1, None), run(Method::Full, 2, None)]);
        assert!(html.contains("full has no score with seed 1, 2") && !html.contains("NaN"));
        assert!(!html.contains("best mean") && !html.contains("Training loss"));
    }
}
