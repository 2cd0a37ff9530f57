//! `subtune export`.

use super::Done;
use super::arguments::ExportFlags;
use super::output::remark;
use crate::error::{Error, Result};
use crate::model::ModelFolder;

pub fn export(flags: ExportFlags) -> Result<Done> {
    let (from, to) = (flags.model.display(), flags.output.display());
    if flags.output.exists() {
        return Err(Error::Usage(format!("{to} already exists; name a folder that does not exist")));
    }
    let folder = ModelFolder::read(&flags.model)?;
    let weights = folder.converted(flags.dtype)?;
    let bytes = weights.len();
    folder.with_file("model.safetensors", weights).write(&flags.output)?;
    remark(&format!("{from} written to {to}, weights of {:.1} MB", bytes as f64 / 1e6));
    Ok(Done::Complete)
}
