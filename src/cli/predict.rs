//! `subtune predict`.

use serde_json::{Map, Value, json};

use super::Done;
use super::arguments::{LogFormat, ModelFlags, PredictFlags};
use super::device::device;
use super::output::{say, say_json, tell};
use super::stdin::Lines;
use crate::bert::BertConfig;
use crate::error::{Error, Result};
use crate::model::{ModelFolder, task_of};
use crate::terminal::one_line;
use crate::text::{ColumnChoice, Columns, Example, Table, Tokenizer, examples};
use crate::train::{EvaluationOptions, Prediction, encode, predict as label};

/// A fine-tuned model's files and how texts are run through it.
pub struct Loaded {
    pub folder: ModelFolder,
    pub config: BertConfig,
    pub tokenizer: Tokenizer,
    pub options: EvaluationOptions,
}

impl Loaded {
    pub fn read(flags: &ModelFlags) -> Result<Self> {
        let folder = ModelFolder::read(&flags.model)?;
        let config = folder.config()?;
        let tokenizer = folder.tokenizer(&config, flags.max_length)?;
        let options = EvaluationOptions {
            batch_size: flags.per_device_eval_batch_size.into(),
            max_length: flags.max_length,
            pad_id: tokenizer.pad_id(),
        };
        Ok(Loaded { folder, config, tokenizer, options })
    }
}

pub async fn predict(flags: PredictFlags) -> Result<Done> {
    let Loaded { folder, config, tokenizer, options } = Loaded::read(&flags.model)?;
    let task = task_of(&config);
    let texts = texts(&flags)?;
    let encoded = encode(&tokenizer, &texts)?;
    let chosen = device(&flags.model.device, &config).await?;
    let (model, _) = folder.load(&chosen.device)?;
    let predictions = label(&model, &encoded, &task, options, &chosen.device).await?;
    let labels = config.labels();
    for (example, prediction) in texts.iter().zip(&predictions) {
        match flags.log_format {
            LogFormat::Text => say(&line(example, prediction, &labels))?,
            LogFormat::Json => say_json(&object(example, prediction, &labels))?,
        }
    }
    Ok(Done::Complete)
}

/// The texts of the command line, of a file, or of standard input.
fn texts(flags: &PredictFlags) -> Result<Vec<Example>> {
    if let Some(file) = &flags.file {
        let table = Table::read(file)?;
        let choice =
            ColumnChoice { text: flags.text_column.clone(), pair: flags.pair_column.clone(), label: None };
        let columns = Columns::choose(&table, &choice, false)?;
        let found = examples(&table, &columns, None)?;
        for note in table.notes.iter().chain(&found.notes) {
            tell(&format!("note: {note}"));
        }
        return Ok(found.examples);
    }
    let example =
        |(index, text): (usize, String)| Example { line: index as u64 + 1, text, pair: None, target: None };
    if flags.pair.is_some() {
        let [text] = flags.texts.as_slice() else {
            return Err(Error::Usage(format!(
                "--pair goes with one text, and {} were given; pairs by the row stand in a --file",
                flags.texts.len()
            )));
        };
        return Ok(vec![Example { line: 1, text: text.clone(), pair: flags.pair.clone(), target: None }]);
    }
    if !flags.texts.is_empty() {
        return Ok(flags.texts.iter().cloned().enumerate().map(example).collect());
    }
    let example = |(line, text)| Example { line, text, pair: None, target: None };
    let texts = Lines::new(std::io::stdin().lock())
        .filter(|line| line.as_ref().map_or(true, |(_, text)| !text.trim().is_empty()))
        .map(|line| line.map(example))
        .collect::<Result<Vec<_>>>()?;
    match texts.is_empty() {
        true => Err(Error::data("standard input", None, "holds no text; expected one text a line")),
        false => Ok(texts),
    }
}

/// Label or value, score and texts, with tabs between them.
fn line(example: &Example, prediction: &Prediction, labels: &[String]) -> String {
    let texts = [Some(&example.text), example.pair.as_ref()].into_iter().flatten();
    let texts = texts.map(|text| one_line(text)).collect::<Vec<_>>().join("\t");
    match prediction {
        Prediction::Value(value) => format!("{value:.4}\t{texts}"),
        Prediction::Classes(probabilities) => {
            let class = prediction.class().unwrap_or_default();
            format!("{}\t{:.4}\t{texts}", one_line(&labels[class]), probabilities[class])
        }
    }
}

fn object(example: &Example, prediction: &Prediction, labels: &[String]) -> Value {
    let Example { text, pair, .. } = example;
    match prediction {
        Prediction::Value(value) => json!({ "text": text, "pair": pair, "value": value }),
        Prediction::Classes(probabilities) => {
            let class = prediction.class().unwrap_or_default();
            let (label, score) = (&labels[class], probabilities[class]);
            let all: Map<String, Value> =
                labels.iter().cloned().zip(probabilities.iter().map(|one| json!(one))).collect();
            json!({ "text": text, "pair": pair, "label": label, "score": score, "probabilities": all })
        }
    }
}
