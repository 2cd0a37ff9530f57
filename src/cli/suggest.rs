//! `subtune suggest`.

use super::Done;
use super::arguments::SuggestFlags;
use super::device::device;
use super::output::{pass, tell};
use super::sources::{Bundled, model};
use crate::error::Result;
use crate::suggest::{Embeddings, Sheet, Suggestions};
use crate::text::{ColumnChoice, Table};

pub async fn suggest(flags: SuggestFlags, bundled: &Bundled) -> Result<Done> {
    let table = Table::read_with(&flags.file, &flags.reading.options())?;
    let choice = ColumnChoice {
        text: flags.columns.text_column,
        pair: flags.columns.pair_column,
        label: flags.columns.label_column,
    };
    let sheet = Sheet::new(&table, &choice)?;
    let (_, folder) = model(flags.model.as_deref(), bundled)?;
    let chosen = device(&flags.device, folder.config()?.largest_parameter_bytes()).await?;
    let mut embeddings = Embeddings::new(folder, chosen)?;
    let found = sheet.suggest(&mut embeddings, flags.number.into(), flags.seed).await?;
    tell(&summary(&sheet, &found));
    pass(&csv(&table, &found))?;
    Ok(Done::Complete)
}

fn summary(sheet: &Sheet, found: &Suggestions) -> String {
    let labelled = format!("{} texts with {} labels", sheet.labelled(), sheet.labels.len());
    match &found.accuracy {
        Some(accuracy) => format!(
            "{labelled}: a model on fixed vectors is right for {:.0} % of them by cross-validation, for {:.0} to {:.0} % of \
             all such texts",
            100.0 * accuracy.value,
            100.0 * accuracy.low,
            100.0 * accuracy.high
        ),
        None => format!("{labelled}: too few to score a model; label these texts first"),
    }
}

/// The rows to label next with their line, and the proposed label with its probability, if there is one.
fn csv(table: &Table, found: &Suggestions) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["line"].into_iter().chain(table.columns.iter().map(String::as_str));
    writer.write_record(header.chain(["proposed_label", "probability"])).expect("memory can be written");
    for row in &found.ask {
        let proposal = found.proposals.iter().find(|proposal| proposal.row == *row);
        let [label, probability] = proposal.map_or([String::new(), String::new()], |proposal| {
            [proposal.label.clone(), format!("{:.4}", proposal.probability)]
        });
        let cells = &table.rows[*row];
        let record = [cells.line.to_string()].into_iter().chain(cells.fields.iter().cloned());
        writer.write_record(record.chain([label, probability])).expect("memory can be written");
    }
    writer.into_inner().expect("memory can be written")
}
