//! The terminal face: flags in, events out as lines or a progress bar. No training logic.

mod arguments;
mod ask;
mod compare;
mod compare_progress;
mod device;
mod doctor;
mod evaluate;
mod export;
mod interrupt;
mod output;
mod predict;
mod progress;
mod resume;
mod run_config;
mod saver;
mod sources;
mod train;

use std::process::ExitCode;

use clap::Parser;

use crate::error::Error;
use arguments::{Cli, Command};
pub use run_config::{RunArguments, settings_of_file};

/// How a command ended well.
enum Done {
    Complete,
    /// By Ctrl-C; what there was is kept.
    Interrupted,
    /// What the run was for could not be written; why was told.
    Unwritten,
}

/// Parses the command line, runs the command and turns its end into an exit code.
pub fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("off")).init();
    // clap itself exits with 2 on wrong usage and 0 after --help
    let cli = Cli::parse();
    let done = pollster::block_on(async {
        match cli.command {
            Command::Train(flags) => train::train(*flags).await,
            Command::Compare(flags) => compare::compare(*flags).await,
            Command::Evaluate(flags) => evaluate::evaluate(flags).await,
            Command::Predict(flags) => predict::predict(flags).await,
            Command::Doctor(flags) => doctor::doctor(flags).await,
            Command::Export(flags) => export::export(flags),
        }
    });
    match done {
        Ok(Done::Complete) => ExitCode::SUCCESS,
        Ok(Done::Interrupted) => ExitCode::from(5),
        Ok(Done::Unwritten) => ExitCode::from(7),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Usage(_) => 2,
        Error::Data { .. } | Error::Unclear { .. } | Error::Model { .. } | Error::Io { .. } => 3,
        Error::Device(_) | Error::DeviceLost(_) | Error::OutOfMemory(_) => 4,
        Error::Diverged(_) => 6,
    }
}
