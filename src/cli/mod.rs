//! The terminal face: it turns flags into settings, and events into lines or a progress bar. It has no training logic.

mod arguments;
mod ask;
mod bar;
mod compare;
mod compare_progress;
mod device;
mod doctor;
mod evaluate;
mod event_file;
mod export;
mod face;
mod flags;
mod interrupt;
mod output;
mod output_folder;
mod predict;
mod progress;
mod resume;
mod run_config;
mod sources;
mod suggest;
mod train;
#[cfg(feature = "ui")]
mod ui;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::error::Error;
use crate::terminal::one_line;
pub(crate) use arguments::Cli;
use arguments::Command;
use output::{ended, say, tell};
pub use run_config::Settings;
pub use sources::{Bundled, BundledModel};

/// The ways in which a command ends without an error.
enum Done {
    Complete,
    /// The user pressed Ctrl-C. The work so far is kept.
    Interrupted,
    /// The result of the run could not be written. The user has seen the reason.
    Unwritten,
}

/// Parses the command line, runs the command and turns its end into an exit code. `bundled` serves if no model or no
/// file is named.
pub fn main(bundled: &Bundled) -> ExitCode {
    // off by default, and on one line, because records of libraries may quote a user's file
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("off"))
        .format(|log, record| {
            let line = format!("[{} {}] {}", record.level(), record.target(), record.args());
            writeln!(log, "{}", one_line(&line))
        })
        .init();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return unparsed(&usage),
    };
    let done = pollster::block_on(async {
        match cli.command {
            Command::Train(flags) => train::train(*flags, bundled).await,
            Command::Compare(flags) => compare::compare(*flags, bundled).await,
            Command::Evaluate(flags) => evaluate::evaluate(flags, bundled).await,
            Command::Predict(flags) => predict::predict(flags, bundled).await,
            Command::Suggest(flags) => suggest::suggest(flags, bundled).await,
            Command::Doctor(flags) => doctor::doctor(flags).await,
            Command::Export(flags) => export::export(flags, bundled),
            #[cfg(feature = "ui")]
            Command::Ui(flags) => ui::ui(flags, bundled),
        }
    });
    ended(match done {
        // `ended` reports a loss of standard output
        Ok(Done::Complete) | Err(Error::Output(_)) => 0,
        Ok(Done::Interrupted) => 5,
        Ok(Done::Unwritten) => 7,
        Err(error) => {
            tell(&format!("error: {error}"));
            error.code().exit_code()
        }
    })
}

/// Prints help and version to standard output, and wrong usage, which quotes the command line, to standard error.
fn unparsed(usage: &clap::Error) -> ExitCode {
    let text = usage.render().to_string();
    match usage.use_stderr() {
        true => {
            text.trim_end().lines().for_each(tell);
            ended(2)
        }
        false => {
            // `ended` reports a failure
            let _ = say(text.trim_end());
            ended(0)
        }
    }
}
