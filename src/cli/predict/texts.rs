//! Labels texts from the command line or from standard input, with a line of output for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::blocks::{Block, Row, label};
use super::{BROKEN, predictor};
use crate::cli::Done;
use crate::cli::arguments::PredictFlags;
use crate::cli::output::{say, say_json, tell};
use crate::error::{Error, Result};
use crate::predict::{Answer, ClassProbability, Tuned};
use crate::spec::LogFormat;
use crate::terminal::one_line;
use crate::text::{Example, Lines};

pub async fn predict(flags: &PredictFlags, tuned: Tuned) -> Result<Done> {
    let (rows, broken) = rows(flags, &tuned)?;
    tell(&format!("note: {}", tuned.length()));
    let labels = tuned.task.labels.clone();
    let mut predictor = predictor(&flags.model, tuned).await?;
    let (mut texts, mut shortened) = (0, 0);
    label(&flags.model, &mut predictor, rows, |Block { rows, cut }| {
        shortened += cut;
        for (example, prediction) in rows {
            let Some(prediction) = prediction else { continue };
            texts += 1;
            let answer = Answer::new(&prediction, &labels);
            match flags.log_format {
                LogFormat::Text => say(&line(&example, &answer))?,
                LogFormat::Json => say_json(&Object { text: &example.text, pair: &example.pair, answer })?,
            }
        }
        Ok(true)
    })
    .await?;
    if broken.load(Ordering::Relaxed) {
        tell(BROKEN);
    }
    if let Some(cut) = predictor.tuned.cut(shortened, texts) {
        tell(&format!("note: {cut}"));
    }
    Ok(Done::Complete)
}

type Texts = Box<dyn Iterator<Item = Result<Row<Example>>> + Send>;

/// Returns the texts, and a flag that tells whether broken characters were read.
fn rows(flags: &PredictFlags, tuned: &Tuned) -> Result<(Texts, Arc<AtomicBool>)> {
    if flags.pair.is_some() && flags.texts.len() != 1 {
        return Err(Error::Usage(format!(
            "--pair goes with one text, and {} were given; for several pairs, use --file",
            flags.texts.len()
        )));
    }
    tuned.check_pair(flags.pair.is_some())?;
    let example = |line: u64, text: String, pair: Option<String>| Example { line, text, pair, target: None };
    if !flags.texts.is_empty() {
        let texts = flags.texts.clone().into_iter().zip(1..);
        let pair = flags.pair.clone();
        let rows = texts.map(move |(text, line)| Ok(row(example(line, text, pair.clone()))));
        return Ok((Box::new(rows), Arc::default()));
    }
    let lines = Lines::read("standard input", std::io::stdin())?;
    for note in lines.notes() {
        tell(&format!("note: {note}"));
    }
    let broken = lines.broken();
    let mut lines = lines
        .filter(|line| line.as_ref().map_or(true, |(_, text)| !text.trim().is_empty()))
        .map(move |line| line.map(|(line, text)| row(example(line, text, None))))
        .peekable();
    match lines.peek() {
        Some(_) => Ok((Box::new(lines), broken)),
        None => Err(Error::data("standard input", None, "holds no text; expected one text a line")),
    }
}

fn row(example: Example) -> Row<Example> {
    let bytes = example.text.len() + 64;
    Row { content: example.clone(), example: Some(example), bytes }
}

/// Writes label and probability, or labels and their probabilities, or value, then the text, always on one line.
fn line(example: &Example, answer: &Answer) -> String {
    let texts = [Some(&example.text), example.pair.as_ref()].into_iter().flatten();
    let texts = texts.map(|text| one_line(text)).collect::<Vec<_>>().join("\t");
    match answer {
        Answer::Class { label, probability, .. } => format!("{}\t{probability:.4}\t{texts}", one_line(label)),
        Answer::Labels { labels, probabilities } => {
            let has = |one: &&ClassProbability| labels.contains(&one.label);
            let found = probabilities.iter().filter(has).map(|one| format!("{:.4}", one.probability));
            let names = labels.iter().map(|label| one_line(label)).collect::<Vec<_>>().join("; ");
            format!("{names}\t{}\t{texts}", found.collect::<Vec<_>>().join("; "))
        }
        Answer::Value { value } => format!("{value:.4}\t{texts}"),
    }
}

#[derive(Serialize)]
struct Object<'a> {
    text: &'a str,
    pair: &'a Option<String>,
    #[serde(flatten)]
    answer: Answer<'a>,
}
