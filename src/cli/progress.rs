//! The events of a run in a terminal, in a log, or as JSON.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::LogFormat;
use super::output::{duration, say, scores};
use crate::error::Result;
use crate::train::{Event, Metrics, Part};

/// Shows events as they come. Progress goes to standard error, JSON to standard output.
pub struct Progress {
    format: LogFormat,
    /// Drawn only in a terminal.
    bar: ProgressBar,
    max_steps: usize,
    score: String,
}

impl Progress {
    pub fn new(format: LogFormat) -> Self {
        let target = match format {
            LogFormat::Text => ProgressDrawTarget::stderr(),
            LogFormat::Json => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        Progress { format, bar, max_steps: 0, score: String::new() }
    }

    /// A line above the bar, for people only.
    pub fn note(&self, line: &str) {
        if self.format == LogFormat::Text {
            self.line(line);
        }
    }

    fn line(&self, line: &str) {
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            self.bar.println(line);
        }
    }

    /// A line that would be in the way of the bar.
    fn detail(&self, line: &str) {
        if self.bar.is_hidden() {
            eprintln!("{line}");
        } else {
            log::info!("{line}");
        }
    }

    /// # Errors
    /// Standard output cannot be written.
    pub fn event(&mut self, event: &Event) -> Result<()> {
        match self.format {
            LogFormat::Json => say(&serde_json::to_string(event).expect("events hold plain fields"))?,
            LogFormat::Text => self.show(event),
        }
        Ok(())
    }

    /// Takes up a run of which `events` were shown before.
    pub fn resume(&mut self, events: &[Event]) {
        if self.format == LogFormat::Json {
            return;
        }
        for event in events {
            match event {
                Event::Start { max_steps, .. } => self.begin(*max_steps),
                Event::Step { step, .. } => self.bar.set_position(*step as u64),
                Event::Evaluation { part: Part::Validation, metrics, .. } => self.set_score(metrics),
                _ => {}
            }
        }
    }

    fn begin(&mut self, max_steps: usize) {
        self.max_steps = max_steps;
        self.bar.set_length(max_steps as u64);
        let template = "{bar:24} step {pos}/{len}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━━╌"));
        }
        self.bar.enable_steady_tick(Duration::from_millis(250));
    }

    fn set_score(&mut self, metrics: &Metrics) {
        let first = scores(metrics).split("  ").next().unwrap_or_default().to_owned();
        self.score = format!("  {first}");
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Start { max_steps, memory_bytes, plan, .. } => {
                self.begin(*max_steps);
                self.line(&format!("{plan}; about {} MB of memory", memory_bytes / 1_000_000));
            }
            Event::Probe { examples, seconds, metrics, .. } => {
                let score = match metrics {
                    Some(metrics) => format!("; cross-validated {}", scores(metrics)),
                    None => String::new(),
                };
                self.line(&format!(
                    "first model after {}: a linear one on the features of {examples} texts{score}",
                    duration(*seconds)
                ));
            }
            Event::Fold { fold, folds, step, steps } => {
                let message = format!("cross-validation, part {fold} of {folds}, step {step}/{steps}");
                if self.bar.is_hidden() {
                    eprintln!("{message}");
                }
                self.bar.set_message(message);
            }
            Event::Calibration { temperature, before, after, share, .. } => {
                let kept = match share {
                    0.0 => "; fine-tuning did not help, so the first model is kept".to_owned(),
                    1.0 => String::new(),
                    share => format!(
                        "; the kept weights are {:.0} % of the way from the first model",
                        100.0 * share
                    ),
                };
                self.detail(&format!(
                    "temperature {temperature:.3}, calibration error {before:.3} before and {after:.3} after{kept}"
                ));
            }
            Event::Survey { batch, batches } => {
                let message = format!("gradients of batch {batch}/{batches}, to select by");
                if self.bar.is_hidden() {
                    eprintln!("{message}");
                }
                self.bar.set_message(message);
            }
            Event::Step { step, loss, steps_per_second, seconds_left, .. } => {
                let speed = match *steps_per_second {
                    fast if fast >= 1.0 => format!("{fast:.1} steps/s"),
                    slow => format!("{:.1} s/step", 1.0 / slow.max(1e-9)),
                };
                let left = duration(*seconds_left);
                let message = format!("loss {loss:.4}{}  {speed}  {left} left", self.score);
                if self.bar.is_hidden() {
                    eprintln!("step {step}/{}  {message}", self.max_steps);
                }
                self.bar.set_position(*step as u64);
                self.bar.set_message(message);
            }
            Event::Evaluation { part: Part::Validation, step, metrics, best, .. } => {
                let best = if *best { "  (best so far)" } else { "" };
                self.line(&format!("step {step}: validation {}{best}", scores(metrics)));
                self.set_score(metrics);
            }
            Event::Subnetwork { step, matrices } => {
                let sum = |part: fn(&crate::dps::Selected) -> usize| -> usize {
                    matrices.iter().map(|matrix| part(&matrix.selected)).sum()
                };
                let (entries, kept, overlap) = (sum(|s| s.entries), sum(|s| s.kept), sum(|s| s.overlap));
                let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
                let again = match overlap {
                    0 => String::new(),
                    _ => format!(", {:.0} % of it again", share(overlap, kept)),
                };
                let share = share(kept, entries);
                let line = format!("step {step}: subnetwork of {share:.0} % of {entries} weights{again}");
                self.detail(&line);
            }
            Event::Checkpoint { name, .. } => self.detail(&format!("checkpoint {name} written")),
            Event::Warning { message } => self.line(&format!("warning: {message}")),
            Event::Recovery { from, message, .. } => {
                self.line(&format!("warning: {message}"));
                self.bar.set_position(*from as u64);
            }
            Event::Evaluation { part: Part::Test | Part::CrossValidation, .. } => {}
            Event::End { steps, seconds, stopped_early, interrupted, .. } => {
                self.bar.finish_and_clear();
                let why = match (interrupted, stopped_early) {
                    (true, _) => ", interrupted",
                    (_, true) => ", stopped early",
                    _ => "",
                };
                eprintln!("{steps} steps in {}{why}", duration(*seconds));
            }
        }
    }
}
