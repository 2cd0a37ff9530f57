//! The examples of a run as token ids, and batches of them on a device.

use burn::tensor::Device;

use crate::bert::Inputs;
use crate::error::Result;
use crate::text::{Batch, Encoded, Example, Sets, Task, Tokenizer};

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
