//! `report.html` of a comparison of methods.

use super::html::{escape, facts, given, notice, page, section, table, tiles};
use super::plot::{DotRow, Series, dots, lines};
use super::run::Point;
use super::versions::versions;

/// Several methods, each run with several seeds on the same data.
pub struct ComparisonSummary {
    /// What the methods are judged by, such as "accuracy".
    pub metric: String,
    pub greater_is_better: bool,
    /// The data and the model by name.
    pub data: String,
    pub model: String,
    pub device: String,
    /// What all runs have in common, by name.
    pub settings: Vec<(String, String)>,
    /// The first is what the others are compared with.
    pub methods: Vec<MethodSummary>,
    /// What was found, in sentences.
    pub findings: Vec<String>,
}

/// What came of one method.
pub struct MethodSummary {
    pub name: String,
    /// By seed, of the runs that reached their end.
    pub scores: Vec<(u64, f64)>,
    pub mean: f64,
    /// Standard deviation over the seeds.
    pub deviation: f64,
    pub best: f64,
    pub seconds_per_step: Option<f64>,
    /// Against the first method, in words.
    pub difference: String,
    /// Training loss by step, mean over the seeds; may be empty.
    pub loss: Vec<Point>,
    /// Validation score by step, mean over the seeds; may be empty.
    pub validation: Vec<Point>,
    /// Seeds whose run failed, and why.
    pub failures: Vec<(u64, String)>,
}

/// The whole page. Of a comparison that did not reach its end, what there is.
pub fn comparison_report(comparison: &ComparisonSummary) -> String {
    let title = format!("Methods compared on {}", comparison.data);
    let mut body = format!("<h1>Methods compared on {}</h1>\n", given(&comparison.data));
    body += &failures(comparison);
    body += &headline(comparison);
    for finding in &comparison.findings {
        body += &format!("<p>{}</p>\n", escape(finding));
    }
    body += &scores(comparison);
    body += &curves(comparison);
    body += &setup(comparison);
    page(&title, &body)
}

fn failures(comparison: &ComparisonSummary) -> String {
    let mut text = String::new();
    for method in &comparison.methods {
        for (seed, error) in &method.failures {
            text += &notice(
                "bad",
                &format!(
                    "<strong>{} with seed {seed} failed</strong>: {}",
                    escape(&method.name),
                    escape(error)
                ),
            );
        }
        if method.scores.is_empty() && method.failures.is_empty() {
            text += &notice(
                "warn",
                &format!("<strong>{}</strong> was not run to its end.", escape(&method.name)),
            );
        }
    }
    text
}

/// The method with the best mean, of those that have a score.
fn winner(comparison: &ComparisonSummary) -> Option<&MethodSummary> {
    let sign = if comparison.greater_is_better { 1.0 } else { -1.0 };
    let scored =
        comparison.methods.iter().filter(|method| !method.scores.is_empty() && method.mean.is_finite());
    scored.max_by(|a, b| (sign * a.mean).total_cmp(&(sign * b.mean)))
}

fn headline(comparison: &ComparisonSummary) -> String {
    let mut shown = Vec::new();
    if let Some(best) = winner(comparison) {
        shown.push((best.name.clone(), format!("best mean {}", comparison.metric)));
        shown.push((format!("{:.4} ± {:.4}", best.mean, best.deviation), "its mean and deviation".into()));
    }
    let runs: usize = comparison.methods.iter().map(|method| method.scores.len()).sum();
    shown.push((comparison.methods.len().to_string(), "methods".into()));
    shown.push((runs.to_string(), "runs to the end".into()));
    tiles(&shown)
}

fn scores(comparison: &ComparisonSummary) -> String {
    let metric = &comparison.metric;
    let best = winner(comparison).map(|method| method.name.as_str());
    let number = |value: f64| if value.is_finite() { format!("{value:.4}") } else { "–".into() };
    let rows: Vec<Vec<String>> = comparison
        .methods
        .iter()
        .map(|method| {
            let name = escape(&method.name);
            let name = if best == Some(&method.name) { format!("<strong>{name}</strong>") } else { name };
            let seconds = method.seconds_per_step.map_or("–".into(), |seconds| format!("{seconds:.2}"));
            if method.scores.is_empty() {
                return vec![name, "0".into(), "–".into(), "–".into(), "–".into(), seconds, String::new()];
            }
            vec![
                name,
                method.scores.len().to_string(),
                number(method.mean),
                number(method.deviation),
                number(method.best),
                seconds,
                escape(&method.difference),
            ]
        })
        .collect();
    let mean = format!("mean {metric}");
    let first = comparison.methods.first().map_or("the first", |method| &method.name);
    let difference = format!("difference from {first}");
    let head = ["method", "runs", &mean, "deviation", "best", "seconds a step", &difference];
    let mut text = table("Scores by method, over the seeds", 1, &head, &rows);
    let dot_rows: Vec<DotRow> = comparison
        .methods
        .iter()
        .map(|method| DotRow {
            name: method.name.clone(),
            values: method.scores.iter().map(|(_, score)| *score).collect(),
            mean: if method.scores.is_empty() { f64::NAN } else { method.mean },
            deviation: method.deviation,
        })
        .collect();
    text += &dots("Every run", metric, &dot_rows).unwrap_or_default();
    text += &by_seed(comparison);
    section("Scores", &text)
}

fn by_seed(comparison: &ComparisonSummary) -> String {
    let mut seeds: Vec<u64> =
        comparison.methods.iter().flat_map(|method| method.scores.iter().map(|(seed, _)| *seed)).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let head: Vec<String> =
        std::iter::once("method".to_owned()).chain(seeds.iter().map(|seed| format!("seed {seed}"))).collect();
    let rows: Vec<Vec<String>> = comparison
        .methods
        .iter()
        .map(|method| {
            let score = |seed: &u64| {
                let found = method.scores.iter().find(|(of, _)| of == seed);
                found.map_or("–".into(), |(_, score)| format!("{score:.4}"))
            };
            std::iter::once(escape(&method.name)).chain(seeds.iter().map(score)).collect()
        })
        .collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let table = table(&format!("{} of each run", comparison.metric), 1, &head, &rows);
    format!("<details><summary>Scores of each run</summary>\n{table}</details>\n")
}

fn curves(comparison: &ComparisonSummary) -> String {
    let series = |points: fn(&MethodSummary) -> &Vec<Point>, marked| -> Vec<Series> {
        comparison
            .methods
            .iter()
            .map(|method| Series::new(&method.name, points(method).clone(), marked))
            .collect()
    };
    let plots: String = [
        lines("Training loss, mean over the seeds", ["step", "loss"], &series(|method| &method.loss, false)),
        lines(
            "Validation score, mean over the seeds",
            ["step", &comparison.metric],
            &series(|method| &method.validation, true),
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

fn setup(comparison: &ComparisonSummary) -> String {
    let what = [
        ("data".to_owned(), given(&comparison.data)),
        ("model".to_owned(), given(&comparison.model)),
        ("device".to_owned(), escape(&comparison.device)),
    ];
    let escaped = |pairs: &[(String, String)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.clone(), escape(value))).collect()
    };
    let tables = format!(
        "{}{}{}",
        facts("Comparison", &what),
        facts("Versions", &escaped(&versions())),
        facts("Settings of all runs", &escaped(&comparison.settings))
    );
    section("What was run", &format!("<div class=\"plots\">\n{tables}</div>\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(name: &str, scores: &[f64], failures: Vec<(u64, String)>) -> MethodSummary {
        MethodSummary {
            name: name.into(),
            scores: (1..).zip(scores.iter().copied()).collect(),
            mean: scores.iter().sum::<f64>() / scores.len() as f64,
            deviation: 0.01,
            best: scores.iter().copied().fold(f64::NAN, f64::max),
            seconds_per_step: Some(0.5),
            difference: "+0.01 <p>".into(),
            loss: Vec::new(),
            validation: vec![(10.0, 0.8), (20.0, 0.9)],
            failures,
        }
    }

    fn comparison(methods: Vec<MethodSummary>) -> ComparisonSummary {
        ComparisonSummary {
            metric: "accuracy".into(),
            greater_is_better: true,
            data: "<b>.csv".into(),
            model: "minilm".into(),
            device: "CPU".into(),
            settings: vec![("seeds".into(), "1, 2".into())],
            methods,
            findings: vec!["dps-dense & full differ".into()],
        }
    }

    #[test]
    fn the_best_method_is_named_and_failures_come_first() {
        let failed = vec![(2, "no number at step 7".to_owned())];
        let methods = vec![method("full", &[0.8, 0.82], vec![]), method("dps-dense", &[0.9], failed)];
        let html = comparison_report(&comparison(methods));
        assert!(html.contains("<dd>dps-dense</dd>") && html.contains("dps-dense with seed 2 failed"));
        assert!(
            !html.contains("<b>.csv") && !html.contains("+0.01 <p>") && html.contains("dps-dense &amp; full")
        );
        assert!(html.find("failed").unwrap() < html.find("<h2>").unwrap());
    }

    #[test]
    fn methods_without_a_score_are_shown_as_such() {
        let html = comparison_report(&comparison(vec![method("full", &[], vec![])]));
        assert!(html.contains("was not run to its end") && !html.contains("NaN"));
    }
}
