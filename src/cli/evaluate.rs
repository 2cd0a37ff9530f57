//! `subtune evaluate`.

use serde::Serialize;

use super::Done;
use super::arguments::{EvaluateFlags, LogFormat, ModelFlags};
use super::device::device;
use super::output::{say, table};
use crate::error::Result;
use crate::model::ModelFolder;
use crate::predict::{Predictor, Tuned};
use crate::text::{ColumnChoice, Table};
use crate::train::Metrics;

/// What `--log-format json` prints: the classes stand beside the lists that follow their order.
#[derive(Serialize)]
struct Scored<'a> {
    labels: &'a [String],
    #[serde(flatten)]
    metrics: &'a Metrics,
}

/// The model of the flags, not on a device yet.
pub fn tuned(flags: &ModelFlags) -> Result<Tuned> {
    let folder = ModelFolder::read(&flags.model)?;
    Tuned::new(folder, flags.max_length, flags.per_device_eval_batch_size.into())
}

pub async fn evaluate(flags: EvaluateFlags) -> Result<Done> {
    let tuned = tuned(&flags.model)?;
    let data = Table::read(&flags.file)?;
    let given = ColumnChoice {
        text: flags.columns.text_column,
        pair: flags.columns.pair_column,
        label: flags.columns.label_column,
    };
    let labelled = tuned.labelled(&data, &given)?;
    for note in &labelled.notes {
        eprintln!("note: {note}");
    }
    let open = async || device(&flags.model.device, &tuned.config).await;
    let chosen = open().await?;
    let labels = tuned.labels();
    let config = tuned.config.clone();
    let mut predictor = Predictor::new(tuned, chosen)?;
    let (metrics, _) = predictor
        .retried(
            async || device(&flags.model.device, &config).await,
            async |predictor| predictor.evaluate(&labelled.encoded).await,
        )
        .await?;
    match flags.log_format {
        LogFormat::Text => say(table(&metrics, &labels).trim_end())?,
        LogFormat::Json => {
            let scored = Scored { labels: &labels, metrics: &metrics };
            say(&serde_json::to_string(&scored).expect("scores hold plain fields"))?;
        }
    }
    Ok(Done::Complete)
}
