//! `subtune evaluate`.

use super::Done;
use super::arguments::{EvaluateFlags, LogFormat};
use super::device::device;
use super::output::{say, say_json, table, tell};
use super::predict::Loaded;
use crate::error::Result;
use crate::model::task_of;
use crate::text::{ColumnChoice, Columns, Table, examples};
use crate::train::{check_finite, encode, evaluate as score};

pub async fn evaluate(flags: EvaluateFlags) -> Result<Done> {
    let Loaded { folder, config, tokenizer, options } = Loaded::read(&flags.model)?;
    let task = task_of(&config);
    let data = Table::read(&flags.file)?;
    let choice = ColumnChoice {
        text: flags.columns.text_column,
        pair: flags.columns.pair_column,
        label: flags.columns.label_column,
    };
    let columns = Columns::choose(&data, &choice, true)?;
    let found = examples(&data, &columns, Some(&task))?;
    let encoded = encode(&tokenizer, &found.examples)?;
    for note in data.notes.iter().chain(&found.notes) {
        tell(&format!("note: {note}"));
    }
    let chosen = device(&flags.model.device, &config).await?;
    let (model, _) = folder.load(&chosen.device)?;
    let (metrics, predictions) = score(&model, &encoded, &task, options, &chosen.device).await?;
    check_finite(&predictions)?;
    match flags.log_format {
        LogFormat::Text => say(table(&metrics, &config.labels()).trim_end())?,
        LogFormat::Json => say_json(&metrics)?,
    }
    Ok(Done::Complete)
}
