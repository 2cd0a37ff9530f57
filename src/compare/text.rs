//! A summary as text: for a terminal, and as Markdown.

use std::fmt::Write;

use super::conditions::Conditions;
use super::summary::{SetSummary, Summary};
use super::words::milliseconds;

const READING: [&str; 3] = [
    "A seed is one complete repetition: another random choice of examples, another order of them in training, another \
     start of the new layers. With the same seed, all methods get exactly the same.",
    "The deviation says how far single runs typically lie from the mean: where it is large, much depends on luck.",
    "\"Could be chance\" means that other seeds might well turn it round. More seeds make it clearer: the same command \
     with a larger --seeds keeps all finished runs and adds the missing ones.",
];

/// For a terminal.
pub fn plain(summary: &Summary) -> String {
    let mut text = String::new();
    for (index, set) in summary.sets.iter().enumerate() {
        let rows = cells(summary, set, index == 0);
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        // writing to a String cannot fail
        let _ = writeln!(text, "{}\n", title(summary, set));
        for row in &rows {
            let mut line = format!("{:<1$}", row[0], width(0));
            for (column, cell) in row.iter().enumerate().skip(1) {
                let _ = write!(line, "  {cell:>0$}", width(column));
            }
            let _ = writeln!(text, "{line}");
        }
        text.push('\n');
        for line in remarks(set) {
            let _ = writeln!(text, "{line}");
        }
        text.push('\n');
    }
    for line in reading(summary) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// As a file to keep, with the settings that all runs share.
pub fn markdown(summary: &Summary, conditions: &Conditions) -> String {
    let mut text = String::from("# Comparison of fine-tuning methods\n\n");
    for (index, set) in summary.sets.iter().enumerate() {
        let _ = writeln!(text, "## {}\n", title(summary, set));
        let rows = cells(summary, set, index == 0);
        table(&mut text, &rows);
        for line in remarks(set) {
            let _ = writeln!(text, "- {line}");
        }
        text.push('\n');
    }
    text += "## How to read this\n\n";
    for line in reading(summary) {
        let _ = writeln!(text, "- {line}");
    }
    text += "\n## Settings of all runs\n\n";
    let mut rows = vec![vec!["setting".to_owned(), "value".to_owned()]];
    let set = conditions.settings.iter().filter(|(_, value)| !value.is_null());
    rows.extend(set.map(|(name, value)| vec![name.clone(), value.to_string().replace('"', "")]));
    table(&mut text, &rows);
    text
}

/// The first row is the head.
fn table(text: &mut String, rows: &[Vec<String>]) {
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if index == 0 {
            let _ = writeln!(text, "|---{}|", "|---:".repeat(row.len() - 1));
        }
    }
    text.push('\n');
}

fn title(summary: &Summary, set: &SetSummary) -> String {
    let seeds = match summary.seeds.len() {
        1 => "1 seed".to_owned(),
        count => format!("{count} seeds"),
    };
    let direction = if summary.greater_is_better { "higher" } else { "lower" };
    format!("{} on {} ({direction} is better), {seeds}", summary.metric, set.name)
}

fn cells(summary: &Summary, set: &SetSummary, timed: bool) -> Vec<Vec<String>> {
    let mut head: Vec<String> = ["method", "mean", "deviation", "best"].map(String::from).to_vec();
    if timed {
        head.push("time per step".into());
    }
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
    let mut rows = vec![head];
    for (row, seconds) in set.methods.iter().zip(&summary.seconds_per_step) {
        let mut cells =
            vec![row.method.to_string(), number(row.mean), number(row.standard_deviation), number(row.best)];
        if timed {
            cells.push(seconds.map_or("-".to_owned(), milliseconds));
        }
        rows.push(cells);
    }
    rows
}

/// What the numbers of a table do not say.
fn remarks(set: &SetSummary) -> Vec<String> {
    let failed = set.methods.iter().filter(|row| !row.failed.is_empty()).map(|row| {
        let seeds = row.failed.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "{} has no score with seed {seeds}: training diverged; try a smaller --learning-rate",
            row.method
        )
    });
    let differences = set.differences.iter().map(|difference| {
        format!("{} against {}: {}.", difference.method, difference.baseline, difference.words)
    });
    failed.chain(differences).collect()
}

/// Explanations of the words that occur.
fn reading(summary: &Summary) -> &'static [&'static str] {
    let compared = summary.sets.iter().any(|set| !set.differences.is_empty());
    if compared { &READING } else { &READING[..2] }
}
