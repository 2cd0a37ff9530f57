//! A summary as text, for a terminal and as Markdown.

use std::fmt::Write;

use super::conditions::Conditions;
use super::sentences::{failures, findings, milliseconds, reading, title};
use super::summary::{SetSummary, Summary};
use crate::terminal::{markdown as escaped, one_line};

/// The sentence between the table of a grid and that of the chosen settings.
const CHOSEN: &str =
    "Of each method, the settings with the best mean in the validation, judged once on other examples:";

/// Writes the summary for a terminal, after the one of the `grid` by which its settings were chosen.
pub fn plain(summary: &Summary, grid: Option<&Summary>) -> String {
    let mut text = String::new();
    // writing to a String cannot fail
    if let Some(grid) = grid {
        let set = &grid.sets[0];
        let _ = writeln!(text, "{}\n\n{}", one_line(&title(grid, set)), aligned(&cells(grid, set, false)));
        failures(set).for_each(|line| text.extend([line.as_str(), "\n"]));
        let _ = writeln!(text, "{CHOSEN}\n");
    }
    for (index, set) in summary.sets.iter().enumerate() {
        let rows = aligned(&cells(summary, set, index == 0));
        let _ = writeln!(text, "{}\n\n{rows}", one_line(&title(summary, set)));
        for line in failures(set).chain(findings(set)) {
            let _ = writeln!(text, "{line}");
        }
        text.push('\n');
    }
    for line in reading(summary) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Rows in columns: the first to the left, the others to the right.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let _ = write!(text, "{:<1$}", row[0], width(0));
        for (column, cell) in row.iter().enumerate().skip(1) {
            let _ = write!(text, "  {cell:>0$}", width(column));
        }
        text.push('\n');
    }
    text
}

/// Writes the same as a Markdown file, with the settings that all runs share.
pub fn markdown(summary: &Summary, grid: Option<&Summary>, conditions: &Conditions) -> String {
    let mut text = String::from("# Comparison of fine-tuning methods\n\n");
    if let Some(grid) = grid {
        let set = &grid.sets[0];
        let _ = writeln!(text, "## {}\n", escaped(&title(grid, set)));
        table(&mut text, &cells(grid, set, false));
        for line in failures(set) {
            let _ = writeln!(text, "- {}", escaped(&line));
        }
        let _ = writeln!(text, "\n{CHOSEN}\n");
    }
    for (index, set) in summary.sets.iter().enumerate() {
        let _ = writeln!(text, "## {}\n", escaped(&title(summary, set)));
        let rows = cells(summary, set, index == 0);
        table(&mut text, &rows);
        for line in failures(set).chain(findings(set)) {
            let _ = writeln!(text, "- {}", escaped(&line));
        }
        text.push('\n');
    }
    text += "## How to read this\n\n";
    for line in reading(summary) {
        let _ = writeln!(text, "- {line}");
    }
    text += "\n## Settings of all runs\n\n";
    let mut rows = vec![vec!["setting".to_owned(), "value".to_owned()]];
    rows.extend(conditions.rows().map(|(name, value)| vec![name.to_owned(), value]));
    table(&mut text, &rows);
    text
}

/// Writes a table whose first row is the head.
pub(super) fn table(text: &mut String, rows: &[Vec<String>]) {
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if index == 0 {
            let _ = writeln!(text, "|---{}|", "|---:".repeat(row.len() - 1));
        }
    }
    text.push('\n');
}

fn cells(summary: &Summary, set: &SetSummary, timed: bool) -> Vec<Vec<String>> {
    let mut head: Vec<String> = ["method", "mean", "std dev", "best"].map(String::from).to_vec();
    if timed {
        head.push("time per step".into());
    }
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
    let mut rows = vec![head];
    for (row, seconds) in set.methods.iter().zip(&summary.seconds_per_step) {
        let mut cells =
            vec![row.variant.to_string(), number(row.mean), number(row.standard_deviation), number(row.best)];
        if timed {
            cells.push(seconds.map_or("-".to_owned(), milliseconds));
        }
        rows.push(cells);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Curves, FinishedRun, Plan, TransferScores};
    use crate::dps::Method;
    use crate::train::TrainingArguments;

    fn run(method: Method, seed: u64, score: Option<f64>) -> FinishedRun {
        let scores = [("accuracy".to_owned(), score)];
        FinishedRun {
            variant: method.into(),
            seed,
            scores: scores.clone().into(),
            validation: std::collections::BTreeMap::new(),
            transfer: vec![TransferScores { file: "a|b.csv".into(), scores: scores.into() }],
            seconds_per_step: 0.25,
            steps: 4,
            diverged: None,
            curves: Curves::default(),
        }
    }

    fn summary(scores: [Option<f64>; 4]) -> Summary {
        let plan =
            Plan::new(&[Method::Full, Method::DpsDense], &std::collections::BTreeMap::new(), vec![1, 2])
                .unwrap();
        let runs: Vec<FinishedRun> = plan
            .runs()
            .zip(scores)
            .map(|((seed, variant), score)| run(variant.method, seed, score))
            .collect();
        Summary::new(&plan, &runs, "accuracy", "held-out examples")
    }

    #[test]
    fn a_terminal_shows_a_table_and_the_differences_in_words() {
        let text = plain(&summary([Some(0.5), Some(0.75), Some(0.5), Some(0.25)]), None);
        let expected = "accuracy on held-out examples (higher is better), 2 seeds\n\n\
                        method       mean  std dev    best  time per step\n\
                        full       0.5000   0.0000  0.5000         250 ms\n\
                        dps-dense  0.5000   0.3536  0.7500         250 ms\n\n\
                        dps-dense against full: accuracy equal on average (probably between 0.2500 lower and 0.2500 \
                        higher): better in 1 of 2 seeds; the difference could be chance.\n\n\
                        accuracy on a|b.csv (higher is better), 2 seeds\n";
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn scores_that_are_all_alike_or_missing_are_remarked_upon() {
        assert!(plain(&summary([Some(0.5); 4]), None).contains("All methods score exactly the same"));
        let text = plain(&summary([Some(0.5), None, Some(0.5), Some(0.25)]), None);
        assert!(text.contains("dps-dense has no score with seed 1: training diverged"), "{text}");
        assert!(!text.contains("exactly the same:"), "{text}");
    }

    #[test]
    fn markdown_has_aligned_columns_and_the_settings() {
        let further = serde_json::Map::new();
        let conditions =
            Conditions::new(&TrainingArguments::default(), further, "model".into(), "data".into());
        let text = markdown(&summary([Some(0.5), Some(0.75), Some(0.5), Some(0.25)]), None, &conditions);
        for expected in [
            "| method | mean | std dev | best | time per step |\n|---|---:|---:|---:|---:|\n| full | 0.5000 |",
            "## accuracy on a\\|b.csv (higher",
            "| max_length | 128 |",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
    }
}
