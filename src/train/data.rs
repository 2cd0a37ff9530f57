//! The examples of a run as token ids, and batches of them on a device.

use burn::tensor::Device;
use sha2::{Digest, Sha256};

use super::checkpoint::hex;
use crate::bert::Inputs;
use crate::error::Result;
use crate::text::{Batch, Encoded, Example, Sets, Target, Task, Tokenizer};

/// What a run trains and is judged on. Validation and test may be empty.
#[derive(Clone, Debug)]
pub struct Data {
    pub task: Task,
    pub train: Vec<Encoded>,
    pub validation: Vec<Encoded>,
    pub test: Vec<Encoded>,
    pub pad_id: u32,
}

impl Data {
    pub fn new(tokenizer: &Tokenizer, task: Task, sets: &Sets) -> Result<Self> {
        Ok(Data {
            task,
            train: encode(tokenizer, &sets.train)?,
            validation: encode(tokenizer, &sets.validation)?,
            test: encode(tokenizer, &sets.test)?,
            pad_id: tokenizer.pad_id(),
        })
    }

    /// A hash of all that training and evaluation see: tokens, targets, labels, and which set an example is in.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        // lengths come first, so that no two lists give the same bytes
        let mut add = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        let labels: &[String] = match &self.task {
            Task::Classification { labels } => labels,
            Task::Regression => &[],
        };
        add(&(labels.len() as u64).to_le_bytes());
        labels.iter().for_each(|label| add(label.as_bytes()));
        add(&self.pad_id.to_le_bytes());
        for set in [&self.train, &self.validation, &self.test] {
            add(&(set.len() as u64).to_le_bytes());
            for Encoded { encoding, target, .. } in set {
                for ids in [&encoding.input_ids, &encoding.token_type_ids] {
                    add(&ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>());
                }
                match target {
                    Some(Target::Class(class)) => add(&(*class as u64).to_le_bytes()),
                    Some(Target::Value(value)) => add(&value.to_le_bytes()),
                    None => add(&[]),
                }
            }
        }
        hex(&hash.finalize())
    }
}

/// The examples as token ids, in the same order.
pub fn encode(tokenizer: &Tokenizer, examples: &[Example]) -> Result<Vec<Encoded>> {
    let encode = |example: &Example| {
        let encoding = tokenizer.encode(&example.text, example.pair.as_deref())?;
        Ok(Encoded { encoding, target: example.target, line: example.line })
    };
    examples.iter().map(encode).collect()
}

/// The batch on a device.
pub fn batch_inputs(batch: &Batch, device: &Device) -> Inputs {
    let Batch { size, length, input_ids, attention_mask, token_type_ids, .. } = batch;
    Inputs::new([*size, *length], input_ids.clone(), attention_mask.clone(), token_type_ids.clone(), device)
}
