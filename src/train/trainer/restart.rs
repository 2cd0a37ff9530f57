//! Restarts a trainer after its device failed.

use burn::tensor::Device;

use super::start::Start;
use super::{Trainer, TrainerSpec};
use crate::encoder::{Model, ModelConfig};
use crate::error::Result;
use crate::spec::TrainingArguments;
use crate::train::checkpoint::Checkpoint;
use crate::train::data::Data;

impl Trainer {
    /// Frees the trainer's memory on the device. Only [`restart`](Self::restart) may follow.
    pub(crate) fn release(&mut self) {
        (self.state, self.loss, self.best, self.kept) = (None, None, None, None);
        self.contrasted = None;
    }

    /// Restarts on another device, from `checkpoint` or from the start. `model` is the one given to [`new`](Self::new).
    ///
    /// # Errors
    /// Those of [`resume`](Self::resume).
    pub(crate) async fn restart(
        &mut self,
        (model, config): (Model, ModelConfig),
        device: Device,
        device_name: String,
        checkpoint: Option<Checkpoint>,
    ) -> Result<()> {
        let (parts, stopped) = (self.parts, self.is_interrupted());
        let spec = TrainerSpec {
            arguments: self.arguments.clone(),
            learning_rate: self.schedule.peak,
            model,
            config,
            data: self.data.clone(),
            device,
            device_name,
        };
        *self = match checkpoint {
            Some(checkpoint) => Trainer::resume(spec, checkpoint).await?,
            None => {
                let trainer = Trainer::new(spec)?;
                if self.start == Start::Loaded { trainer } else { trainer.with_closed_form() }
            }
        };
        self.parts = parts;
        if stopped {
            self.stop();
        }
        Ok(())
    }

    /// Whether a batch can be divided into parts and is not divided yet.
    pub(crate) fn can_take_parts(&self) -> bool {
        self.parts == 1 && self.arguments.train_batch_size() > 1
    }

    /// Divides each batch into two halves from now on. Their gradients are added, so the step is the same except for
    /// rounding.
    pub(crate) fn take_parts(&mut self) {
        self.parts = 2;
    }

    pub(crate) fn arguments(&self) -> &TrainingArguments {
        &self.arguments
    }

    /// The peak learning rate.
    pub(crate) fn learning_rate(&self) -> f64 {
        self.schedule.peak
    }

    /// Without autodiff.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    pub(crate) fn data(&self) -> &Data {
        &self.data
    }
}
