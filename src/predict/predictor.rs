//! A fine-tuned model on a device.

use std::sync::Arc;

use super::tuned::Tuned;
use crate::device::Chosen;
use crate::encoder::{Common, Model};
use crate::error::{Error, Result};
use crate::text::Encoded;
use crate::train::{Metrics, Prediction, check_finite, evaluate, predict};

/// Labels texts with a fine-tuned model. Clones share the model on its device.
#[derive(Clone)]
pub struct Predictor {
    /// The files of the model.
    pub tuned: Arc<Tuned>,
    model: Model,
    chosen: Chosen,
}

impl Predictor {
    /// # Errors
    /// The weights cannot be used, or lack a classifier.
    pub fn new(tuned: Tuned, chosen: Chosen) -> Result<Self> {
        let (model, _) = tuned.folder.load(&chosen.device)?;
        Ok(Predictor { tuned: Arc::new(tuned), model, chosen })
    }

    /// Like [`new`](Self::new), with the parameters that a delta leaves as they are from `common`, or put there.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn with_common(tuned: Tuned, chosen: Chosen, common: &Common) -> Result<Self> {
        let model = tuned.folder.load_with_common(&chosen.device, common)?;
        Ok(Predictor { tuned: Arc::new(tuned), model, chosen })
    }

    /// Puts the model on another device.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn move_to(&mut self, chosen: Chosen) -> Result<()> {
        (self.model, _) = self.tuned.folder.load(&chosen.device)?;
        self.chosen = chosen;
        Ok(())
    }

    /// Returns predictions in the order of `encoded`.
    ///
    /// # Errors
    /// The device failed (the error holds its driver's report), or a prediction is not finite.
    pub async fn predict(&self, encoded: &[Encoded]) -> Result<Vec<Prediction>> {
        let Tuned { task, options, .. } = &*self.tuned;
        let predictions = predict(&self.model, encoded, task, *options, &self.chosen.device).await;
        self.chosen.explain(predictions).await
    }

    /// Scores the model on `encoded`, where every example has a target. Returns the scores, and the predictions in the
    /// same order.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub async fn evaluate(&self, encoded: &[Encoded]) -> Result<(Metrics, Vec<Prediction>)> {
        let (metrics, predictions) = self.score(encoded).await?;
        check_finite(&predictions)?;
        Ok((metrics, predictions))
    }

    /// Like [`evaluate`](Self::evaluate), for a model whose predictions may not be finite.
    ///
    /// # Errors
    /// The device failed (the error holds its driver's report).
    pub async fn score(&self, encoded: &[Encoded]) -> Result<(Metrics, Vec<Prediction>)> {
        let Tuned { task, options, .. } = &*self.tuned;
        let scored = evaluate(&self.model, encoded, task, *options, &self.chosen.device).await;
        self.chosen.explain(scored).await
    }

    /// The device of the model.
    pub fn device(&self) -> &Chosen {
        &self.chosen
    }

    /// Does `work` and returns its result. If the device is lost, it does the work once more on the device that `open`
    /// opens.
    ///
    /// # Errors
    /// The work fails in another way or twice. If there is no other device, the error tells why the first was lost.
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
