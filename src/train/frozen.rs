//! A frozen encoder reads each training text once: the head then trains on what it made of them.

use burn::tensor::{Device, Tensor, TensorData};

use super::data::batch_inputs;
use super::evaluate::EvaluationOptions;
use super::passes::passes;
use crate::device::read_floats;
use crate::encoder::Model;
use crate::error::Result;
use crate::text::{Encoded, collate, evaluation_batches};

/// What the head reads of each text, held by the host. A checkpoint does not hold it, because a resumed run computes the
/// same bits again: the batches depend on the lengths of the texts alone.
pub(super) struct Frozen {
    batches: Vec<Vec<usize>>,
    /// The number of finished batches.
    done: usize,
    /// `[texts, size]`, filled batch by batch.
    values: Vec<f32>,
    texts: usize,
}

impl Frozen {
    pub fn new(encoded: &[Encoded], batch_size: usize) -> Self {
        let lengths: Vec<usize> = encoded.iter().map(|one| one.encoding.input_ids.len()).collect();
        let batches = evaluation_batches(&lengths, batch_size);
        Frozen { batches, done: 0, values: Vec::new(), texts: encoded.len() }
    }

    pub fn is_complete(&self) -> bool {
        self.done == self.batches.len()
    }

    /// Computes the next batch with `model`, without autodiff.
    ///
    /// # Errors
    /// The device failed.
    pub async fn advance(
        &mut self,
        model: &Model,
        encoded: &[Encoded],
        options: EvaluationOptions,
        device: &Device,
    ) -> Result<()> {
        // fewer texts at once on a device that has no memory for a whole batch
        let parts = self.batches[self.done].chunks(options.batch_size);
        for rows in parts.flat_map(|rows| passes(model, encoded, rows, options.max_length, device)) {
            let batch = collate(encoded, rows, options.pad_id, options.max_length);
            let found = read_floats(model.pooled(batch_inputs(&batch, device))).await?;
            let size = found.len() / rows.len();
            self.values.resize(self.texts * size, 0.0);
            for (row, found) in rows.iter().zip(found.chunks_exact(size)) {
                self.values[row * size..][..size].copy_from_slice(found);
            }
        }
        self.done += 1;
        Ok(())
    }

    /// Uploads some rows, `[rows, size]`.
    pub fn rows(&self, rows: &[usize], device: &Device) -> Tensor<2> {
        let size = self.values.len() / self.texts;
        let values: Vec<f32> =
            rows.iter().flat_map(|row| &self.values[row * size..][..size]).copied().collect();
        Tensor::from_data(TensorData::new(values, [rows.len(), size]), device)
    }
}
