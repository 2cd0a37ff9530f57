//! The only place that prints. Text from outside cannot command a terminal, and a stream that cannot be written, such
//! as a log on a full disk or a closed terminal, does not end a run.

use std::io::{Error as IoError, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::spec::Score;
use crate::terminal::{json, layout, one_line};
use crate::train::Metrics;

/// With fewer examples than this, the interval is so wide that the score comes with it.
const FEW_EXAMPLES: usize = 200;

/// The first error of standard output. No result is written to it from then on, because output with a gap is worse than
/// output that ends.
static LOST: OnceLock<IoError> = OnceLock::new();

/// Prints a result on standard output. Each part of it that comes from outside must be on [one line](one_line), or it
/// could look like several.
///
/// # Errors
/// Standard output cannot be written, now or before. A caller with other work to do continues anyway, and [`ended`]
/// reports the error.
pub fn say(text: &str) -> Result<()> {
    print(&layout(text))
}

/// [`say`]s a value as one line of JSON.
pub fn say_json(value: &impl Serialize) -> Result<()> {
    print(&json(&serde_json::to_string(value).expect("what is shown has plain fields")))
}

/// Writes data to standard output unchanged, or to a terminal as [`say`] would print it.
///
/// # Errors
/// Those of [`say`].
pub fn pass(data: &[u8]) -> Result<()> {
    let mut output = std::io::stdout().lock();
    match output.is_terminal() {
        true => written(|| output.write_all(layout(&String::from_utf8_lossy(data)).as_bytes())),
        false => written(|| output.write_all(data)),
    }
}

/// Prints a remark on standard output that people can also find in a file. A failure is only a warning.
pub fn remark(text: &str) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "{}", layout(text)) {
        tell(&format!("warning: standard output could not be written: {error}"));
    }
}

/// Prints a line of the log on standard error, if that can be written.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", one_line(line));
}

/// The exit code of a command that ends with `code`. If standard output was lost on the way, it is 7, or that of
/// SIGPIPE if its reader is gone (`| head`).
pub fn ended(code: u8) -> ExitCode {
    ExitCode::from(match LOST.get() {
        Some(error) if code == 0 && error.kind() == ErrorKind::BrokenPipe => 141,
        Some(error) => {
            tell(&format!("error: {}", Error::Output(again(error))));
            if code == 0 { 7 } else { code }
        }
        None => code,
    })
}

fn print(text: &str) -> Result<()> {
    written(|| writeln!(std::io::stdout().lock(), "{text}"))
}

fn written(write: impl FnOnce() -> std::io::Result<()>) -> Result<()> {
    let written = match LOST.get() {
        Some(error) => Err(again(error)),
        None => write(),
    };
    written.map_err(|error| Error::Output(again(LOST.get_or_init(|| error))))
}

/// Copies an error, which cannot be cloned.
fn again(error: &IoError) -> IoError {
    error.raw_os_error().map_or_else(|| error.kind().into(), IoError::from_raw_os_error)
}

/// Writes the scores of an evaluation on one line.
pub fn scores(metrics: &Metrics) -> String {
    let first = metrics.scores.rows().into_iter().filter(|score| score.headline);
    let first = first.map(|score| (score.name, score.value)).chain([("loss", metrics.loss)]);
    first.map(|(name, value)| format!("{name} {value:.4}")).collect::<Vec<_>>().join("  ")
}

/// Writes all scores, with a line for each class. `labels` are the class names.
pub fn table(metrics: &Metrics, labels: &[String]) -> String {
    let mut text = format!("{:<22}{:>8}\n", "examples", metrics.examples);
    for Score { name, words, value, .. } in metrics.rows() {
        text += &format!("{words:<22}{value:>8.4}");
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
    if !metrics.scores.per_class().is_empty() {
        let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).clamp(5, 40) + 2;
        text += &format!(
            "\n{:<width$}{:>10}{:>8}{:>8}{:>10}\n",
            "class", "precision", "recall", "f1", "examples"
        );
        for (label, score) in labels.iter().zip(metrics.scores.per_class()) {
            let label: String = one_line(label).chars().take(40).collect();
            text += &format!(
                "{label:<width$}{:>10.4}{:>8.4}{:>8.4}{:>10}\n",
                score.precision, score.recall, score.f1, score.support
            );
        }
    }
    text
}

/// Writes a duration in words.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}
