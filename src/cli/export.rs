//! `subtune export`.

use std::path::Path;

use super::Done;
use super::arguments::ExportFlags;
use super::output::remark;
use super::sources::{Bundled, model, with_delta};
use crate::disk::{Readers, create_folders, replace_file};
use crate::error::{Error, Result};
use crate::model::{DELTA, ModelFolder};
use crate::spec::ExportFormat;
use crate::text::{ColumnChoice, Columns, Example, Table, examples};

pub fn export(flags: ExportFlags, bundled: &Bundled) -> Result<Done> {
    let to = flags.output.display();
    if flags.output.exists() {
        return Err(Error::Usage(format!("{to} already exists; name one that does not exist")));
    }
    if flags.base.is_some() && flags.format != ExportFormat::Delta {
        return Err(Error::Usage("--base is for --format delta alone; leave it out".into()));
    }
    let (named, mut folder) = match &flags.delta {
        Some(delta) => (delta.clone(), with_delta(flags.model.as_deref(), delta, bundled)?),
        None => model(flags.model.as_deref(), bundled)?,
    };
    folder.config()?; // refuses a model that is not an encoder before anything is written
    if let Some(file) = &flags.texts {
        let texts = texts(&folder, file)?;
        let (trimmed, counts) = folder.whole()?.with_tokens_of(&texts)?;
        folder = trimmed;
        remark(&format!(
            "{} of {} tokens kept: the {} texts of {} are predicted as before, others may be read in smaller pieces or \
             have unknown tokens",
            counts.after,
            counts.before,
            texts.len(),
            file.display()
        ));
    }
    let base = || Ok(model(flags.base.as_deref(), bundled)?.1);
    let exported = folder.export_as(flags.format, flags.dtype, base)?;
    match flags.format {
        ExportFormat::Delta => write_file(&flags.output, exported.bytes(DELTA))?,
        _ => exported.write(&flags.output)?,
    }
    let bytes = exported.files().values().map(Vec::len).max().unwrap_or_default();
    let from = named.display();
    remark(&format!("{from} written to {to}, weights of {:.2} MB", bytes as f64 / 1e6));
    Ok(Done::Complete)
}

/// Writes a file in a folder that may not exist yet.
fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    create_folders(folder).map_err(|error| Error::io(folder, error))?;
    replace_file(path, bytes, Readers::Anyone)
}

/// The texts of a file, of the columns that the model was trained on, where it has them.
fn texts(folder: &ModelFolder, file: &Path) -> Result<Vec<Example>> {
    let table = Table::read(file)?;
    let remembered = folder.config()?.remembered;
    let known = |name: Option<String>| name.filter(|name| table.columns.contains(name));
    let choice = remembered.map_or_else(ColumnChoice::default, |remembered| ColumnChoice {
        text: known(remembered.text_column),
        pair: if remembered.pair { known(remembered.pair_column) } else { Some(String::new()) },
        label: known(remembered.label_column),
    });
    let columns = Columns::choose(&table, &choice, false)?;
    Ok(examples(&table, &columns, None)?.examples)
}
