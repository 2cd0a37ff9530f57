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
    /// For each text its windows, one after the other; filled batch by batch.
    windows: Vec<Vec<f32>>,
    /// The floats of a window.
    size: usize,
}

impl Frozen {
    pub fn new(encoded: &[Encoded], batch_size: usize) -> Self {
        let lengths: Vec<usize> = encoded.iter().map(|one| one.encoding.input_ids.len()).collect();
        let batches = evaluation_batches(&lengths, batch_size);
        Frozen { batches, done: 0, windows: vec![Vec::new(); encoded.len()], size: 0 }
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
        let most = (options.batch_size, options.max_length);
        for rows in parts.flat_map(|rows| passes(model, encoded, rows, most, device)) {
            let batch = collate(encoded, rows, options.pad_id, options.max_length);
            let found = read_floats(model.pooled(batch_inputs(&batch, device))).await?;
            self.size = found.len() / batch.size;
            let mut left = found.as_slice();
            for (row, windows) in rows.iter().zip(&batch.windows) {
                let (of_text, others) = left.split_at(windows * self.size);
                self.windows[*row] = of_text.to_vec();
                left = others;
            }
        }
        self.done += 1;
        Ok(())
    }

    /// Uploads the windows of some texts, `[windows, size]`.
    pub fn pooled(&self, rows: &[usize], device: &Device) -> Tensor<2> {
        let values: Vec<f32> = rows.iter().flat_map(|row| &self.windows[*row]).copied().collect();
        let windows = values.len() / self.size;
        Tensor::from_data(TensorData::new(values, [windows, self.size]), device)
    }
}
