//! A fine-tuned model on a device.

use std::sync::Arc;

use super::tuned::Tuned;
use crate::bert::BertForSequenceClassification;
use crate::device::Chosen;
use crate::error::{Error, Result};
use crate::text::Encoded;
use crate::train::{Metrics, Prediction, check_finite, evaluate, predict};

/// Labels texts with a fine-tuned model.
pub struct Predictor {
    /// The files of the model.
    pub tuned: Arc<Tuned>,
    model: BertForSequenceClassification,
    chosen: Chosen,
}

impl Predictor {
    /// # Errors
    /// The weights cannot be used, or have no classifier.
    pub fn new(tuned: Tuned, chosen: Chosen) -> Result<Self> {
        let (model, _) = tuned.folder.load(&chosen.device)?;
        Ok(Predictor { tuned: Arc::new(tuned), model, chosen })
    }

    /// Puts the model on another device.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn move_to(&mut self, chosen: Chosen) -> Result<()> {
        (self.model, _) = self.tuned.folder.load(&chosen.device)?;
        self.chosen = chosen;
        Ok(())
    }

    /// Predictions in the order of `encoded`.
    ///
    /// # Errors
    /// The device failed, and the error says what its driver reports; or a prediction is no finite number.
    pub async fn predict(&self, encoded: &[Encoded]) -> Result<Vec<Prediction>> {
        let Tuned { task, options, .. } = &*self.tuned;
        let predictions = predict(&self.model, encoded, task, *options, &self.chosen.device).await;
        self.chosen.explained(predictions).await
    }

    /// How good the model is on `encoded`, every one of which has a target, and its predictions in the same order.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub async fn evaluate(&self, encoded: &[Encoded]) -> Result<(Metrics, Vec<Prediction>)> {
        let (metrics, predictions) = self.score(encoded).await?;
        check_finite(&predictions)?;
        Ok((metrics, predictions))
    }

    /// As [`evaluate`](Self::evaluate), of a model whose predictions may be no finite numbers.
    ///
    /// # Errors
    /// The device failed, and the error says what its driver reports.
    pub async fn score(&self, encoded: &[Encoded]) -> Result<(Metrics, Vec<Prediction>)> {
        let Tuned { task, options, .. } = &*self.tuned;
        let scored = evaluate(&self.model, encoded, task, *options, &self.chosen.device).await;
        self.chosen.explained(scored).await
    }

    /// What the model is on.
    pub fn device(&self) -> &Chosen {
        &self.chosen
    }

    /// The result of `work`. Where the device is lost, the work is done once more on the device that `open` opens.
    ///
    /// # Errors
    /// The work fails in another way or twice; or there is no other device, and then why the first is gone.
    pub async fn retried<T>(
        &mut self,
        open: impl AsyncFnOnce(&Tuned) -> Result<Chosen>,
        work: impl AsyncFn(&Self) -> Result<T>,
    ) -> Result<T> {
        match work(self).await {
            Err(lost @ Error::DeviceLost(_)) => {
                let Ok(chosen) = open(&self.tuned).await else { return Err(lost) };
                self.move_to(chosen)?;
                work(self).await
            }
            result => result,
        }
    }
}
