//! A progress bar in a terminal, with lines above it. Without a terminal there are only the lines.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::tell;
use crate::terminal::one_line;

pub struct Bar(ProgressBar);

impl Bar {
    /// The bar is invisible until it [begins](Self::begin), and stays so unless it is `wanted`.
    pub fn new(wanted: bool) -> Self {
        let target = if wanted { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Bar(ProgressBar::with_draw_target(None, target))
    }

    /// Whether there is a terminal to draw in.
    pub fn is_drawn(&self) -> bool {
        !self.0.is_hidden()
    }

    /// Shows the bar. `template` is indicatif's, for the part after the bar itself.
    pub fn begin(&self, length: u64, template: &str) {
        self.0.set_length(length);
        if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:24}} {template}")) {
            self.0.set_style(style.progress_chars("━━╌"));
        }
        self.0.enable_steady_tick(Duration::from_millis(250));
    }

    pub fn set_position(&self, position: u64) {
        self.0.set_position(position);
    }

    pub fn set_message(&self, message: &str) {
        self.0.set_message(one_line(message).into_owned());
    }

    /// Prints a line above the bar.
    pub fn line(&self, line: &str) {
        match self.is_drawn() {
            true => self.0.println(one_line(line)),
            false => tell(line),
        }
    }

    /// Prints a line if there is no bar, which would show the same.
    pub fn line_instead(&self, line: &str) {
        match self.is_drawn() {
            true => log::info!("{line}"),
            false => tell(line),
        }
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
