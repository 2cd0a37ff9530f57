//! The setup of a run: data, model, device, settings and versions.

use serde_json::Value;

use super::html::{escape, facts, isolate, section};
use super::run::{Calibration, History, RunSummary};
use super::versions::versions;
use crate::spec::Understood;

pub fn setup(run: &RunSummary, history: &History) -> String {
    let [data, model] = run.names();
    let mut what: Vec<(String, String)> = vec![
        ("training data".into(), isolate(&data)),
        ("model".into(), format!("{}, {} layers, {} wide", isolate(&model), run.layers, run.hidden_size)),
    ];
    let mut settings = String::new();
    if let Some(start) = &history.start {
        let [train, validation, test] = start.examples;
        what.push(("examples".into(), format!("{train} training, {validation} validation, {test} test")));
        what.push(("plan".into(), escape(start.plan)));
        let kind = match run.task.labels.len() {
            0 => run.task.kind.to_string(),
            classes => format!("{}, {classes} classes", run.task.kind),
        };
        what.push(("task".into(), kind));
        what.push(("parameters".into(), start.parameters.to_string()));
        what.push(("device".into(), escape(start.device)));
        what.push(("memory, estimated".into(), format!("{} MB", start.memory_bytes / 1_000_000)));
        what.push(("steps planned".into(), start.max_steps.to_string()));
        if !history.cycles.is_empty() {
            what.push(("steps of a stage".into(), start.stage_steps.to_string()));
        }
        what.push(("peak learning rate".into(), start.learning_rate.to_string()));
        settings = facts("Settings", &settings_of(start.arguments));
    }
    if let Some(probe) = &history.probe {
        let first = probe.metrics.and_then(|metrics| metrics.scores.rows().into_iter().next());
        let score = first
            .map_or(String::new(), |score| format!("; cross-validated {} {:.4}", score.words, score.value));
        what.push((
            "first model".into(),
            format!("linear, on the features of {} texts, C {}{score}", probe.examples, probe.c),
        ));
        what.extend(probe.self_trained.map(|it| ("texts without a label".into(), it.describe())));
    }
    if let Some(Calibration { part, temperature, errors: [before, after], share }) = &history.calibration {
        let part = part.name();
        what.push((
            "calibration".into(),
            format!("error {before:.4} before and {after:.4} after temperature {temperature:.3}, on {part} examples"),
        ));
        if *share < 1.0 {
            what.push(("weights".into(), format!("{:.0} % of the way from the first model", 100.0 * share)));
        }
    }
    let made_with: Vec<(String, String)> =
        versions().into_iter().map(|(name, version)| (name, escape(&version))).collect();
    let understood =
        history.start.as_ref().and_then(|start| start.data).map(data_as_read).unwrap_or_default();
    let tables = format!("{}{understood}{}{settings}", facts("Run", &what), facts("Versions", &made_with));
    section("What was run", &format!("<div class=\"setup\">\n{tables}</div>\n"))
}

/// Writes how the data files were read, and the remarks about the examples.
fn data_as_read(data: &Understood) -> String {
    let line = |line: String| match line.split_once(": ") {
        Some((what, rest)) => (what.to_owned(), isolate(rest)),
        None => (String::new(), isolate(&line)),
    };
    let remarks = data.remarks().into_iter().map(|remark| ("note".to_owned(), isolate(&remark)));
    facts("Data as it was read", &data.lines().into_iter().map(line).chain(remarks).collect::<Vec<_>>())
}

/// Every setting, by its name on the command line and in the configuration file.
fn settings_of(arguments: &crate::train::TrainingArguments) -> Vec<(String, String)> {
    let Ok(Value::Object(settings)) = serde_json::to_value(arguments) else { return Vec::new() };
    let written = |value: Value| match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => escape(&text),
        other => escape(&other.to_string()),
    };
    settings.into_iter().map(|(name, value)| (name, written(value))).collect()
}
