//! Several fine-tuned models of one base, to switch between.

use super::predictor::Predictor;
use super::tuned::Tuned;
use crate::device::Chosen;
use crate::encoder::Common;
use crate::error::Result;
use crate::hash::Hash;
use crate::model::{Base, Delta, ModelFolder};
use crate::train::TrainingArguments;

/// The models that were used last stay on the device, this many of them.
const MOST_KEPT: usize = 16;

/// A base and its deltas on a device. What a delta does not change is there once, for all of them.
pub struct Deltas {
    base: Base,
    chosen: Chosen,
    common: Common,
    /// By the hash of their files, the last used one last.
    kept: Vec<(String, Predictor)>,
}

impl Deltas {
    /// # Errors
    /// The base cannot be used.
    pub fn new(base: &ModelFolder, chosen: Chosen) -> Result<Self> {
        Ok(Deltas { base: Base::new(base)?, chosen, common: Common::default(), kept: Vec::new() })
    }

    /// The model that a delta makes of the base. One that is used again is still on the device. `file` names the delta in
    /// errors.
    ///
    /// # Errors
    /// The bytes are no delta, or one of another base.
    pub fn predictor(&mut self, file: &str, bytes: &[u8]) -> Result<Predictor> {
        let mut hash = Hash::default();
        hash.add(bytes);
        let hash = hash.hex();
        let predictor = match self.kept.iter().position(|(kept, _)| *kept == hash) {
            Some(place) => self.kept.remove(place).1,
            None => {
                let folder = self.base.with_delta(Delta::read(file, bytes)?)?;
                let batch_size = TrainingArguments::default().per_device_eval_batch_size;
                let tuned = Tuned::new(folder, None, batch_size)?;
                Predictor::with_common(tuned, self.chosen.clone(), &self.common)?
            }
        };
        self.kept.drain(..self.kept.len().saturating_sub(MOST_KEPT - 1));
        self.kept.push((hash, predictor.clone()));
        Ok(predictor)
    }
}
