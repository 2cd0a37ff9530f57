//! The examples of a run as token ids, and batches of them on a device.

use burn::tensor::{Device, Tensor, TensorData};

use crate::encoder::{Inputs, Model, UsedTokens};
use crate::error::Result;
use crate::hash::Hash;
use crate::kernels;
use crate::probe::Features;
use crate::text::{Batch, Encoded, Example, Sets, Target, Task, Tokenizer, Understood};

/// The examples that a run trains on and is scored on. Validation and test may be empty. Tokens have
/// [numbers of their own](UsedTokens::row).
#[derive(Clone, Debug)]
pub struct Data {
    /// Classification or regression.
    pub task: Task,
    /// Examples to train on.
    pub train: Vec<Encoded>,
    /// Examples to choose the best model by.
    pub validation: Vec<Encoded>,
    /// Examples for the score only.
    pub test: Vec<Encoded>,
    /// The names of the classes as further examples, for the closed form alone.
    pub label_names: Vec<Encoded>,
    /// Examples without a target, from which the closed form may learn.
    pub unlabelled: Vec<Encoded>,
    /// Their features by the starting model, once they are computed.
    pub unlabelled_features: Option<Features>,
    /// The id of the padding token, renumbered as all others.
    pub pad_id: u32,
    /// The tokens of all examples.
    pub used: UsedTokens,
    /// The way in which the examples were read, for the start event; `None` if they do not come from a file.
    pub understood: Option<Understood>,
}

impl Data {
    /// Encodes the sets for a model with `vocab_size` word embeddings.
    ///
    /// # Errors
    /// The tokenizer cannot encode a text.
    pub fn new(
        tokenizer: &Tokenizer,
        task: Task,
        sets: &Sets,
        [label_names, unlabelled]: [&[Example]; 2],
        vocab_size: usize,
    ) -> Result<Self> {
        let [train, validation, test, names, unlabelled] =
            [&sets.train, &sets.validation, &sets.test, label_names, unlabelled]
                .map(|examples| encode(tokenizer, examples));
        let sets = [train?, validation?, test?, names?, unlabelled?];
        Ok(Data::of_encoded(task, sets, tokenizer.pad_id(), vocab_size))
    }

    /// Takes training, validation and test examples, label names and examples without a target, in the numbers of a
    /// vocabulary of `vocab_size` tokens.
    pub fn of_encoded(task: Task, mut sets: [Vec<Encoded>; 5], pad_id: u32, vocab_size: usize) -> Self {
        let windows = sets.iter().flatten().flat_map(|example| example.encoding.windows());
        let ids = windows.flat_map(|(ids, _)| ids.iter().copied());
        let used = UsedTokens::new(ids.chain([pad_id]), vocab_size);
        for example in sets.iter_mut().flatten() {
            example.encoding.ids_mut().for_each(|id| *id = used.row(*id));
        }
        let [train, validation, test, label_names, unlabelled] = sets;
        Data {
            task,
            train,
            validation,
            test,
            label_names,
            unlabelled,
            unlabelled_features: None,
            pad_id: used.row(pad_id),
            used,
            understood: None,
        }
    }

    /// Hashes everything that training and evaluation see: tokens, targets, labels, and the set of each example.
    pub fn fingerprint(&self) -> String {
        let mut hash = Hash::default();
        let mut add = |bytes: &[u8]| hash.add_counted(bytes);
        let labels = &self.task.labels;
        add(&(labels.len() as u64).to_le_bytes());
        labels.iter().for_each(|label| add(label.as_bytes()));
        add(&self.pad_id.to_le_bytes());
        add(&(self.used.vocab_size() as u64).to_le_bytes());
        add(&self.used.ids().iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>());
        let further = [&self.label_names, &self.unlabelled].into_iter().filter(|set| !set.is_empty());
        for set in [&self.train, &self.validation, &self.test].into_iter().chain(further) {
            add(&(set.len() as u64).to_le_bytes());
            for Encoded { encoding, target, .. } in set {
                for ids in encoding.windows().flat_map(|(ids, types)| [ids, types]) {
                    add(&ids.iter().flat_map(|id| id.to_le_bytes()).collect::<Vec<u8>>());
                }
                add(&target.as_ref().map_or(Vec::new(), Target::to_bytes));
            }
        }
        hash.hex()
    }
}

/// Encodes the examples as token ids, in the same order.
pub fn encode(tokenizer: &Tokenizer, examples: &[Example]) -> Result<Vec<Encoded>> {
    let encode = |example: &Example| {
        let encoding = tokenizer.encode(&example.text, example.pair.as_deref())?;
        Ok(Encoded { encoding, target: example.target.clone(), line: example.line })
    };
    examples.iter().map(encode).collect()
}

/// Uploads a batch to a device.
pub fn batch_inputs(batch: &Batch, device: &Device) -> Inputs {
    let Batch { size, length, input_ids, attention_mask, token_type_ids, .. } = batch;
    Inputs::new([*size, *length], input_ids.clone(), attention_mask.clone(), token_type_ids.clone(), device)
}

/// Computes the vector that the classifier reads for each text of a batch, `[texts, hidden]`: for a text in windows, the
/// mean of theirs.
pub fn text_features(model: &Model, batch: &Batch, device: &Device) -> Tensor<2> {
    mean_of_windows(model.features(batch_inputs(batch, device)), &batch.windows)
}

/// Replaces the vectors of windows, `[windows, hidden]`, by their mean for each text, `[texts, hidden]`. `windows` has the
/// number of windows of each text.
pub(super) fn mean_of_windows(vectors: Tensor<2>, windows: &[usize]) -> Tensor<2> {
    let ([size, hidden], device) = (vectors.dims(), vectors.device());
    if windows.len() == size {
        return vectors;
    }
    let mut shares = vec![0.0f32; windows.len() * size];
    let mut next = 0;
    for (row, windows) in shares.chunks_exact_mut(size).zip(windows) {
        row[next..next + windows].fill(1.0 / *windows as f32);
        next += windows;
    }
    let shares = Tensor::<2>::from_data(TensorData::new(shares, [windows.len(), size]), &device);
    kernels::dense(shares, vectors, Tensor::zeros([hidden], &device))
}

/// Computes the logits of each text of a batch, `[texts, labels]`. The classifier is linear, so those of the mean vector
/// are the mean of the windows' logits.
pub fn text_logits(model: &Model, batch: &Batch, device: &Device) -> Tensor<2> {
    model.classify(text_features(model, batch, device))
}
