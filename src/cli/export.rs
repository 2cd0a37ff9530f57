//! `subtune export`.

use std::path::Path;

use super::Done;
use super::arguments::ExportFlags;
use super::output::remark;
use crate::error::{Error, Result};
use crate::model::ModelFolder;
use crate::text::{ColumnChoice, Columns, Example, Table, examples};

pub fn export(flags: ExportFlags) -> Result<Done> {
    let (from, to) = (flags.model.display(), flags.output.display());
    if flags.output.exists() {
        return Err(Error::Usage(format!("{to} already exists; name a folder that does not exist")));
    }
    let mut folder = ModelFolder::read(&flags.model)?;
    folder.config()?; // refuses a model that is not an encoder before anything is written
    if let Some(file) = &flags.texts {
        let texts = texts(&folder, file)?;
        let (trimmed, counts) = folder.with_tokens_of(&texts)?;
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
    let exported = folder.export_as(flags.format, flags.dtype)?;
    exported.write(&flags.output)?;
    let bytes = exported.files().values().map(Vec::len).max().unwrap_or_default();
    remark(&format!("{from} written to {to}, weights of {:.1} MB", bytes as f64 / 1e6));
    Ok(Done::Complete)
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
