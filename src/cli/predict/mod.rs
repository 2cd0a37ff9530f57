//! `subtune predict`: labels texts from the command line and from standard input as lines, and files as files.

mod blocks;
mod file;
mod format;
mod parquet;
mod texts;
mod whole_file;

pub use whole_file::WholeFile;

use super::Done;
use super::arguments::{ModelFlags, PredictFlags};
use super::device::device;
use super::evaluate::tuned;
use super::output::tell;
use super::sources::Bundled;
use crate::device::Chosen;
use crate::error::Result;
use crate::predict::{Predictor, Tuned};

/// The note for a pipe, which cannot be read again with a better encoding.
const BROKEN: &str = "note: some bytes were broken and were replaced by \u{FFFD}, as the encoding was guessed from the first 4 \
                      MiB; save the texts as UTF-8, or to a file";

pub async fn predict(flags: PredictFlags, bundled: &Bundled) -> Result<Done> {
    let tuned = tuned(&flags.model, bundled)?;
    match &flags.file {
        Some(path) => file::predict(&flags, tuned, path).await,
        None => texts::predict(&flags, tuned).await,
    }
}

/// Loads the model on the device of the flags.
pub async fn predictor(flags: &ModelFlags, tuned: Tuned) -> Result<Predictor> {
    let chosen = device(&flags.device, tuned.config.largest_parameter_bytes()).await?;
    Predictor::new(tuned, chosen)
}

/// Opens another device in place of a lost one.
pub async fn reopened(flags: &ModelFlags, tuned: &Tuned) -> Result<Chosen> {
    let chosen = device(&flags.device, tuned.config.largest_parameter_bytes()).await?;
    tell(&format!("warning: the device was lost; the texts are tried once more on {}", chosen.name()));
    Ok(chosen)
}
