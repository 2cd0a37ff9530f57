//! The progress of a comparison in a terminal, in a log, or as JSON.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::bar::Bar;
use super::output::{duration, say_json};
use crate::compare::{FinishedRun, Variant, milliseconds};
use crate::spec::LogFormat;
use crate::train::Event;

/// Shows runs as they come. Progress goes to standard error, JSON to standard output.
pub struct CompareProgress {
    format: LogFormat,
    /// Its unit is a hundredth of a run.
    bar: Bar,
    /// The runs of the whole comparison.
    runs: usize,
    /// The runs that earlier calls finished.
    finished_before: usize,
    /// The runs that this call finished.
    finished: usize,
    started: Instant,
    current: String,
    max_steps: usize,
}

impl CompareProgress {
    pub fn new(format: LogFormat, runs: usize) -> Self {
        CompareProgress {
            format,
            bar: Bar::new(format == LogFormat::Text),
            runs,
            finished_before: 0,
            finished: 0,
            started: Instant::now(),
            current: String::new(),
            max_steps: 1,
        }
    }

    /// Prints a line above the bar, for people only.
    pub fn note(&self, line: &str) {
        if self.format == LogFormat::Text {
            self.bar.line(line);
        }
    }

    /// Sets the number of runs that this process has to see to.
    pub fn runs(&mut self, runs: usize) {
        self.runs = runs;
    }

    /// Counts a run that another process has finished in the meantime.
    pub fn finished_elsewhere(&mut self) {
        self.finished_before += 1;
    }

    /// Begins the `missing` runs; the others are in `file`.
    pub fn begin(&mut self, missing: usize, file: &Path) {
        self.finished_before = self.runs - missing;
        match self.finished_before {
            0 => {
                self.note(&format!(
                    "{} runs, each kept in {} once it is finished",
                    self.runs,
                    file.display()
                ));
            }
            before => {
                self.note(&format!("{before} of {} runs are finished in {}", self.runs, file.display()));
            }
        }
        self.started = Instant::now();
    }

    pub fn run(&mut self, seed: u64, variant: &Variant) {
        self.bar.begin(100 * self.runs as u64, "{msg}");
        self.current = format!("run {} of {}: {variant}, seed {seed}", self.number() + 1, self.runs);
        self.show(0.0, "");
    }

    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Start { max_steps, .. } => self.max_steps = *max_steps,
            Event::Contrast { step, steps, .. } => {
                self.show(0.0, &format!(", contrastive step {step}/{steps}"));
            }
            Event::Survey { batch, batches } => {
                self.show(0.0, &format!(", gradients of batch {batch}/{batches}, to select by"));
            }
            Event::Step { step, .. } => {
                let done = *step as f64 / self.max_steps as f64;
                self.show(done, &format!(", step {step}/{}", self.max_steps));
            }
            Event::Warning { message } | Event::Recovery { message, .. } => {
                self.note(&format!("warning: {}: {message}", self.current));
            }
            _ => {}
        }
    }

    pub fn finished(&mut self, run: &FinishedRun, metric: &str) {
        self.finished += 1;
        let score = match (&run.diverged, run.scores.get(metric).copied().flatten()) {
            (Some(why), _) => why.clone(),
            (None, Some(score)) => {
                format!("{metric} {score:.4}, {} per step", milliseconds(run.seconds_per_step))
            }
            (None, None) => format!("{metric} is not a number"),
        };
        let left = match self.number() < self.runs {
            true => format!(", {} left", duration(self.seconds_left(0.0))),
            false => String::new(),
        };
        self.note(&format!("{}: {score}{left}", self.current));
        if self.number() == self.runs {
            self.bar.finish();
        }
        if self.format == LogFormat::Json {
            let mut line = json!({ "type": "run", "number": self.number(), "runs": self.runs });
            if let (Some(line), Ok(serde_json::Value::Object(run))) =
                (line.as_object_mut(), serde_json::to_value(run))
            {
                line.extend(run);
            }
            // the comparison continues, and its exit code reports the failure
            let _ = say_json(&line);
        }
    }

    pub fn interrupted(&self) {
        self.bar.finish();
        self.bar.line(&format!(
            "{} of {} runs are finished and kept; the same command continues from there",
            self.number(),
            self.runs
        ));
    }

    /// The number of finished runs.
    fn number(&self) -> usize {
        self.finished_before + self.finished
    }

    /// Shows the progress. `done` is the finished share of the current run.
    fn show(&self, done: f64, what: &str) {
        let left = match self.finished as f64 + done > 0.0 {
            true => format!(", {} left", duration(self.seconds_left(done))),
            false => String::new(),
        };
        self.bar.set_position(((self.number() as f64 + done) * 100.0) as u64);
        self.bar.set_message(&format!("{}{what}{left}", self.current));
    }

    /// An estimate that takes all runs to be as long as those so far.
    fn seconds_left(&self, done: f64) -> f64 {
        let runs = self.finished as f64 + done;
        let missing = (self.runs - self.number()) as f64 - done;
        self.started.elapsed().as_secs_f64() / runs * missing
    }
}
