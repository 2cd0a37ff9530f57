//! `subtune evaluate`.

use serde::Serialize;

use super::Done;
use super::arguments::{EvaluateFlags, ModelFlags};
use super::output::{say, say_json, table, tell};
use super::predict::{predictor, reopened};
use super::sources::{Bundled, with_delta};
use crate::error::Result;
use crate::model::ModelFolder;
use crate::predict::Tuned;
use crate::spec::LogFormat;
use crate::text::{ColumnChoice, Table};
use crate::train::Metrics;

/// The output of `--log-format json`. The classes stand beside the lists that are in their order.
#[derive(Serialize)]
struct Scored<'a> {
    labels: &'a [String],
    #[serde(flatten)]
    metrics: &'a Metrics,
}

/// Reads the model that the flags name. It is not on a device yet.
pub fn tuned(flags: &ModelFlags, bundled: &Bundled) -> Result<Tuned> {
    let named = flags.model.as_deref();
    let folder = match (&flags.delta, named) {
        (None, Some(named)) => ModelFolder::read_to_use(named)?,
        (None, None) => unreachable!("one of the two is required"),
        (Some(delta), named) => with_delta(named, delta, bundled)?,
    };
    Tuned::new(folder, flags.max_length, flags.per_device_eval_batch_size.into())
}

pub async fn evaluate(flags: EvaluateFlags, bundled: &Bundled) -> Result<Done> {
    let tuned = tuned(&flags.model, bundled)?;
    let data = Table::read_with(&flags.file, &flags.reading.options())?;
    let given = ColumnChoice {
        text: flags.columns.text_column,
        pair: flags.columns.pair_column,
        label: flags.columns.label_column,
    };
    let labelled = tuned.labelled(&data, &given)?;
    for note in &labelled.notes {
        tell(&format!("note: {note}"));
    }
    let labels = tuned.task.labels.clone();
    let mut predictor = predictor(&flags.model, tuned).await?;
    let (metrics, _) = predictor
        .retried(
            async |tuned| reopened(&flags.model, tuned).await,
            async |predictor| predictor.evaluate(&labelled.encoded).await,
        )
        .await?;
    match flags.log_format {
        LogFormat::Text => say(table(&metrics, &labels).trim_end())?,
        LogFormat::Json => say_json(&Scored { labels: &labels, metrics: &metrics })?,
    }
    Ok(Done::Complete)
}
