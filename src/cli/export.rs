//! `subtune export`.

use super::Done;
use super::arguments::ExportFlags;
use super::output::remark;
use crate::error::{Error, Result};
use crate::model::ModelFolder;

pub fn export(flags: ExportFlags) -> Result<Done> {
    let (from, to) = (flags.model.display(), flags.output.display());
    if flags.output.exists() {
        return Err(Error::Usage(format!("{to} exists already; name a folder that does not")));
    }
    let exported = ModelFolder::read(&flags.model)?.export_as(flags.format, flags.dtype)?;
    exported.write(&flags.output)?;
    let bytes = exported.files().values().map(Vec::len).max().unwrap_or_default();
    remark(&format!("{from} written to {to}, weights of {:.1} MB", bytes as f64 / 1e6));
    Ok(Done::Complete)
}
