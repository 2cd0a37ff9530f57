//! Labels any number of texts in constant memory, in blocks. The next block is read and tokenised while the model
//! computes.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use super::reopened;
use crate::cli::arguments::ModelFlags;
use crate::error::Result;
use crate::predict::{Predictor, Tuned, cut};
use crate::text::{Encoded, Example};
use crate::train::Prediction;

/// The number of rows in a block: enough to form batches of texts of similar length.
const BLOCK_ROWS: usize = 4096;
/// The size of a block, so that a block of long texts is bounded too.
const BLOCK_BYTES: usize = 8 << 20;

/// A row of the input.
pub struct Row<R> {
    /// The content to write beside the prediction.
    pub content: R,
    /// The text to label, if the row has one.
    pub example: Option<Example>,
    /// An estimate of its memory.
    pub bytes: usize,
}

/// Rows of the input in their order, with a prediction for each that has a text.
pub struct Block<R> {
    pub rows: Vec<(R, Option<Prediction>)>,
    /// The number of texts that were cut.
    pub cut: u64,
}

struct Encodings<R> {
    contents: Vec<R>,
    /// The rows that have a text.
    places: Vec<usize>,
    encoded: Vec<Encoded>,
}

/// Labels all `rows` and passes them to `write` block by block, until `write` returns false. Returns whether it reached
/// the end.
///
/// # Errors
/// A row cannot be read or tokenised, the device fails twice, or `write` fails. Earlier blocks have been written.
pub async fn label<R: Send + 'static>(
    flags: &ModelFlags,
    predictor: &mut Predictor,
    rows: impl Iterator<Item = Result<Row<R>>> + Send + 'static,
    mut write: impl FnMut(Block<R>) -> Result<bool>,
) -> Result<bool> {
    let (sender, receiver) = sync_channel(1);
    let tuned = predictor.tuned.clone();
    // not scoped: a thread that waits for standard input must not keep the program alive
    let reader = std::thread::spawn(move || {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let block = block(&tuned, &mut rows);
            let failed = block.is_err();
            if sender.send(block).is_err() || failed {
                return;
            }
        }
    });
    while let Ok(block) = receiver.recv() {
        let Encodings { contents, places, encoded } = block?;
        let predictions = predictor
            .retried(
                async |tuned| reopened(flags, tuned).await,
                async |predictor| predictor.predict(&encoded).await,
            )
            .await?;
        let mut rows: Vec<(R, Option<Prediction>)> =
            contents.into_iter().map(|content| (content, None)).collect();
        for (place, prediction) in places.into_iter().zip(predictions) {
            rows[place].1 = Some(prediction);
        }
        if !write(Block { rows, cut: cut(&encoded) })? {
            return Ok(false);
        }
    }
    if let Err(panic) = reader.join() {
        std::panic::resume_unwind(panic);
    }
    Ok(true)
}

fn block<R>(tuned: &Arc<Tuned>, rows: &mut impl Iterator<Item = Result<Row<R>>>) -> Result<Encodings<R>> {
    let (mut contents, mut places, mut examples) = (Vec::new(), Vec::new(), Vec::new());
    let mut bytes = 0;
    while contents.len() < BLOCK_ROWS && bytes < BLOCK_BYTES {
        let Some(row) = rows.next() else { break };
        let row = row?;
        bytes += row.bytes;
        if let Some(example) = row.example {
            places.push(contents.len());
            examples.push(example);
        }
        contents.push(row.content);
    }
    Ok(Encodings { contents, places, encoded: tuned.encode(&examples)? })
}
