//! Labels the rows of a file. Each row keeps its place and gets its prediction.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::Ordering;

use web_time::Instant;

use super::blocks::{Block, Row, label};
use super::format::{Format, Header, Labelled, Output};
use super::whole_file::WholeFile;
use super::{BROKEN, predictor};
use crate::cli::Done;
use crate::cli::arguments::{PredictFlags, ShardFlag};
use crate::cli::bar::Bar;
use crate::cli::interrupt::interruption;
use crate::cli::output::{duration, tell};
use crate::error::{Error, Result};
use crate::predict::{Answer, Tuned};
use crate::spec::LogFormat;
use crate::text::{ColumnChoice, Columns, Example, Record, Stream};

pub async fn predict(flags: &PredictFlags, tuned: Tuned, path: &Path) -> Result<Done> {
    let format = match (&flags.output, flags.log_format) {
        (Some(output), _) => Format::of_name(output)?,
        (None, LogFormat::Json) => Format::JsonLines,
        (None, LogFormat::Text) => Format::Csv,
    };
    if let Some(output) = &flags.output {
        check_output(output, path, flags.overwrite)?;
    }
    let given =
        ColumnChoice { text: flags.text_column.clone(), pair: flags.pair_column.clone(), label: None };
    // all of the input is read and checked before a device is touched
    let stream = Stream::open(path, &flags.reading.options())?;
    let names = &stream.head.columns;
    let columns = Columns::choose(&stream.head, &tuned.columns(names, given.clone()), false)?;
    let columns = Columns { label: None, ..columns };
    tuned.check_pair(columns.pair.is_some())?;
    let labels = tuned.task.labels.clone();
    let header = Header::new(&stream.head, &tuned.task, flags.probabilities, format);
    let so_far = if stream.rows.is_none() { " so far" } else { "" };
    tell(&format!("{}{so_far}", stream.head.reading.lines().join("; ")));
    let notes = stream.head.notes.iter().cloned().chain(header.note());
    for note in notes.chain([tuned.reading(names, &given, &columns)]) {
        tell(&format!("note: {note}"));
    }
    let broken = stream.broken.clone();
    let share = share(flags, path, stream.rows)?;
    let rows = stream.rows.map(|_| share.end - share.start);
    let interrupted = flags.output.as_ref().map(|_| interruption());
    let file = flags.output.as_deref().map(WholeFile::create).transpose()?;
    let mut output = Output::new(header, format, file)?;
    let mut predictor = predictor(&flags.model, tuned).await?;

    let bar = Bar::new(true);
    match rows {
        Some(rows) => bar.begin(rows, "{pos}/{len} rows  {msg}"),
        None => bar.begin(0, "{pos} rows  {msg}"),
    }
    let began = Instant::now();
    let (mut done, mut texts, mut shortened) = (0, 0, 0);
    let [first, count] =
        [share.start, share.end - share.start].map(|rows| usize::try_from(rows).unwrap_or(usize::MAX));
    let records = stream.records()?.skip(first).take(count);
    let records = records.map(move |record| record.map(|record| row(record, &columns)));
    let whole = label(&flags.model, &mut predictor, records, |Block { rows: block, cut }| {
        let block: Vec<Labelled> = block
            .into_iter()
            .map(|(record, prediction)| Labelled {
                record,
                answer: prediction.map(|prediction| Answer::new(&prediction, &labels)),
            })
            .collect();
        output.rows(&block)?;
        texts += block.iter().filter(|row| row.answer.is_some()).count() as u64;
        (done, shortened) = (done + block.len() as u64, shortened + cut);
        let speed = done as f64 / began.elapsed().as_secs_f64().max(1e-9);
        bar.set_position(done);
        let left = rows.map(|rows| format!("  {} left", duration((rows - done) as f64 / speed)));
        bar.set_message(&format!("{speed:.0} rows/s{}", left.unwrap_or_default()));
        Ok(interrupted.as_ref().is_none_or(|interrupted| !interrupted.load(Ordering::Relaxed)))
    })
    .await;
    bar.finish();
    if !whole? && rows.is_none_or(|rows| done < rows) {
        let all = rows.map_or_else(String::new, |rows| format!(" of {rows}"));
        tell(&format!("interrupted after {done}{all} rows; nothing was written"));
        return Ok(Done::Interrupted);
    }
    if broken.load(Ordering::Relaxed) {
        tell(BROKEN);
    }
    let rows = done;
    if texts == 0 {
        return Err(Error::data(
            path.display().to_string(),
            None,
            "no row has a text; expected texts to label",
        ));
    }
    output.complete()?;
    if let Some(cut) = predictor.tuned.cut(shortened, texts) {
        tell(&format!("note: {cut}"));
    }
    if texts < rows {
        let empty = rows - texts;
        tell(&format!(
            "note: {empty} of {rows} rows have no text; they keep their places without a prediction"
        ));
    }
    let seconds = began.elapsed().as_secs_f64();
    let speed = rows as f64 / seconds.max(1e-9);
    tell(&format!("{rows} rows in {}, {speed:.0} rows/s", duration(seconds)));
    Ok(Done::Complete)
}

/// The rows to label: all of them, or those of a shard.
fn share(flags: &PredictFlags, path: &Path, rows: Option<u64>) -> Result<Range<u64>> {
    match (flags.shard.map(ShardFlag::shard).transpose()?, rows) {
        (None, rows) => Ok(0..rows.unwrap_or(u64::MAX)),
        (Some(shard), Some(rows)) => {
            let share = shard.share(rows);
            if share.is_empty() {
                return Err(Error::Usage(format!(
                    "shard {shard} of {} has no rows, because the file has only {rows}; expected fewer shards",
                    path.display()
                )));
            }
            tell(&format!("shard {shard}: rows {} to {} of {rows}", share.start + 1, share.end));
            Ok(share)
        }
        (Some(shard), None) => Err(Error::Usage(format!(
            "shard is {shard}, but {} is a pipe, whose rows cannot be counted; expected a file",
            path.display()
        ))),
    }
}

/// # Errors
/// The output is the input, or it exists and may not be overwritten.
fn check_output(output: &Path, input: &Path, overwrite: bool) -> Result<()> {
    let shown = output.display();
    if !output.exists() {
        return Ok(());
    }
    let is_input = match (output.canonicalize(), input.canonicalize()) {
        (Ok(output), Ok(input)) => output == input,
        _ => false,
    };
    let message = if output.is_dir() {
        format!("--output {shown} is a folder; name a file in it")
    } else if is_input {
        format!("--output {shown} is the input file; name another")
    } else if !overwrite {
        format!("--output {shown} already exists; name another file, or give --overwrite")
    } else {
        return Ok(());
    };
    Err(Error::Usage(message))
}

/// The text of a row, if it has one.
fn example(record: &Record, columns: &Columns) -> Option<Example> {
    let cell = |column: usize| record.fields[column].clone();
    let (text, pair) = (cell(columns.text), columns.pair.map(cell));
    let is_empty = text.trim().is_empty() && pair.as_ref().is_none_or(|pair| pair.trim().is_empty());
    (!is_empty).then_some(Example { line: record.line, text, pair, target: None })
}

fn row(record: Record, columns: &Columns) -> Row<Record> {
    let bytes = 2 * record.fields.iter().map(|field| field.len() + 24).sum::<usize>();
    Row { example: example(&record, columns), content: record, bytes }
}
