//! Scores and summaries as text, and how they are printed.

use std::io::{ErrorKind, Write};

use crate::error::{Error, Result};
use crate::train::Metrics;
use crate::train::metrics::Scores;

/// Below so many examples the interval is wide enough to be said in words.
const FEW_EXAMPLES: usize = 200;

/// Prints a line on standard output. Where the reader has gone (`| head`), the process ends as by SIGPIPE.
///
/// # Errors
/// Standard output cannot be written.
pub fn say(line: &str) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{line}").map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => std::process::exit(141),
        _ => Error::io("standard output", error),
    })
}

/// The scores of an evaluation in one line.
pub fn scores(metrics: &Metrics) -> String {
    match &metrics.scores {
        Scores::Classification(scores) => {
            format!("accuracy {:.4}  f1 {:.4}  loss {:.4}", scores.accuracy, scores.macro_f1, metrics.loss)
        }
        Scores::Regression(scores) => format!(
            "spearman {:.4}  pearson {:.4}  mse {:.4}",
            scores.spearman, scores.pearson, scores.mean_squared_error
        ),
    }
}

/// All scores, a class a line. `labels` are the class names.
pub fn table(metrics: &Metrics, labels: &[String]) -> String {
    let rows: Vec<(&str, f64)> = match &metrics.scores {
        Scores::Classification(scores) => vec![
            ("accuracy", scores.accuracy),
            ("f1 (macro)", scores.macro_f1),
            ("precision (macro)", scores.macro_precision),
            ("recall (macro)", scores.macro_recall),
            ("matthews correlation", scores.matthews_correlation),
            ("calibration error", scores.expected_calibration_error),
            ("loss", metrics.loss),
        ],
        Scores::Regression(scores) => vec![
            ("spearman", scores.spearman),
            ("pearson", scores.pearson),
            ("mean squared error", scores.mean_squared_error),
            ("mean absolute error", scores.mean_absolute_error),
        ],
    };
    let mut text = format!("{:<22}{:>8}\n", "examples", metrics.examples);
    for (name, value) in rows {
        text += &format!("{name:<22}{value:>8.4}");
        if let Some(interval) = metrics.interval.as_ref().filter(|interval| interval.metric == name) {
            text += &format!(
                "   95 % interval {:.2} to {:.2} ({})",
                interval.low, interval.high, interval.method
            );
        }
        text.push('\n');
    }
    if metrics.examples < FEW_EXAMPLES
        && let Some(words) = metrics.interval_in_words()
    {
        text += &format!("{words}\n");
    }
    if let Scores::Classification(scores) = &metrics.scores {
        let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).clamp(5, 40) + 2;
        text += &format!(
            "\n{:<width$}{:>10}{:>8}{:>8}{:>10}\n",
            "class", "precision", "recall", "f1", "examples"
        );
        for (label, score) in labels.iter().zip(&scores.per_class) {
            let label: String = label.chars().take(40).collect();
            text += &format!(
                "{label:<width$}{:>10.4}{:>8.4}{:>8.4}{:>10}\n",
                score.precision, score.recall, score.f1, score.support
            );
        }
    }
    text
}

/// A duration as people say it.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}
