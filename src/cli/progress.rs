//! Shows the events of a run in a terminal, in a log, or as JSON.

use super::bar::Bar;
use super::output::{duration, say_json, scores};
use crate::spec::LogFormat;
use crate::train::{Event, Metrics, Part};

/// Shows events as they come. Progress goes to standard error, JSON to standard output.
pub struct Progress {
    format: LogFormat,
    bar: Bar,
    max_steps: usize,
    score: String,
}

impl Progress {
    pub fn new(format: LogFormat) -> Self {
        Progress { format, bar: Bar::new(format == LogFormat::Text), max_steps: 0, score: String::new() }
    }

    /// Prints a line above the bar, for people only.
    pub fn note(&self, line: &str) {
        if self.format == LogFormat::Text {
            self.bar.line(line);
        }
    }

    pub fn event(&mut self, event: &Event) {
        match self.format {
            // the run continues, and its exit code reports the failure
            LogFormat::Json => drop(say_json(event)),
            LogFormat::Text => self.show(event),
        }
    }

    /// Continues with a run whose earlier `events` were shown before.
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
        self.bar.begin(max_steps as u64, "step {pos}/{len}  {msg}");
    }

    fn set_score(&mut self, metrics: &Metrics) {
        let first = scores(metrics).split("  ").next().unwrap_or_default().to_owned();
        self.score = format!("  {first}");
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Start { max_steps, memory_bytes, plan, .. } => {
                self.begin(*max_steps);
                self.bar.line(&format!("{plan}; about {} MB of memory", memory_bytes / 1_000_000));
            }
            Event::Contrast { step, steps, loss } => {
                let message = format!("contrastive step {step}/{steps}  loss {loss:.4}");
                self.bar.line_instead(&message);
                self.bar.set_message(&message);
            }
            Event::Probe { examples, seconds, metrics, self_trained, .. } => {
                if let Some(self_trained) = self_trained {
                    self.bar.line(&self_trained.describe());
                }
                let score = match metrics {
                    Some(metrics) => format!("; cross-validated {}", scores(metrics)),
                    None => String::new(),
                };
                self.bar.line(&format!(
                    "first model after {}: a linear one on the features of {examples} texts{score}",
                    duration(*seconds)
                ));
            }
            Event::Fold { fold, folds, step, steps } => {
                let message = format!("cross-validation, part {fold} of {folds}, step {step}/{steps}");
                self.bar.line_instead(&message);
                self.bar.set_message(&message);
            }
            Event::Calibration { temperature, before, after, share, .. } => {
                let kept = match share {
                    _ if self.max_steps == 0 => String::new(),
                    0.0 => "; fine-tuning did not help, so the first model is kept".to_owned(),
                    1.0 => String::new(),
                    share => format!(
                        "; the kept weights are {:.0} % of the way from the first model",
                        100.0 * share
                    ),
                };
                self.bar.line_instead(&format!(
                    "temperature {temperature:.3}, calibration error {before:.3} before and {after:.3} after{kept}"
                ));
            }
            Event::Survey { batch, batches } => {
                let message = format!("gradients of batch {batch}/{batches}, to select by");
                self.bar.line_instead(&message);
                self.bar.set_message(&message);
            }
            Event::Step { step, loss, steps_per_second, seconds_left, .. } => {
                let speed = match *steps_per_second {
                    fast if fast >= 1.0 => format!("{fast:.1} steps/s"),
                    slow => format!("{:.1} s/step", 1.0 / slow.max(1e-9)),
                };
                let left = duration(*seconds_left);
                let message = format!("loss {loss:.4}{}  {speed}  {left} left", self.score);
                self.bar.line_instead(&format!("step {step}/{}  {message}", self.max_steps));
                self.bar.set_position(*step as u64);
                self.bar.set_message(&message);
            }
            Event::Evaluation { part: Part::Validation, step, metrics, best, .. } => {
                let best = if *best { "  (best so far)" } else { "" };
                self.bar.line(&format!("step {step}: validation {}{best}", scores(metrics)));
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
                self.bar.line_instead(&line);
            }
            Event::Checkpoint { name, .. } => self.bar.line_instead(&format!("checkpoint {name} written")),
            Event::Warning { message } => self.bar.line(&format!("warning: {message}")),
            Event::Recovery { from, message, .. } => {
                self.bar.line(&format!("warning: {message}"));
                self.bar.set_position(*from as u64);
            }
            // the end of a run tells them
            Event::Suspects { .. } => {}
            Event::Evaluation { part: Part::Test | Part::CrossValidation, .. } => {}
            Event::End { steps, seconds, stopped_early, interrupted, .. } => {
                self.bar.finish();
                let why = match (interrupted, stopped_early) {
                    (true, _) => ", interrupted",
                    (_, true) => ", stopped early",
                    _ => "",
                };
                self.bar.line(&format!("{steps} steps in {}{why}", duration(*seconds)));
            }
        }
    }
}
