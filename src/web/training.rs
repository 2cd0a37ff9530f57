//! A run that JavaScript pulls step by step.

use wasm_bindgen::prelude::*;

use super::convert::plain;
use super::device;
use super::error::{misused, thrown};
use crate::error::Error;
use crate::finetune::Running;

#[wasm_bindgen]
pub struct Training {
    /// Until it was taken.
    running: Option<Running>,
    /// As the tuner was told: `auto`, `webgpu` or `cpu`.
    device: String,
}

impl Training {
    pub(super) fn new(running: Running, device: String) -> Self {
        Training { running: Some(running), device }
    }

    pub(super) fn take(mut self) -> Option<Running> {
        self.running.take()
    }
}

#[wasm_bindgen]
impl Training {
    /// One step, and all that happened in it; nothing once the run has ended. Where the device fails, the run is taken
    /// up again, and what happened is that.
    pub async fn proceed(&mut self) -> Result<JsValue, JsValue> {
        let running = self.running.as_mut().ok_or_else(|| misused("the training was finished already"))?;
        match running.proceed().await {
            Ok(Some(events)) => plain(&events),
            Ok(None) => Ok(JsValue::UNDEFINED),
            Err(error) if running.can_recover(&error) => {
                // without another device, what matters is why the first is gone
                let Ok(chosen) = device::choose(&self.device).await else { return Err(thrown(error)) };
                plain(&[running.recover(&error, chosen, None).await.map_err(thrown)?])
            }
            Err(error) => Err(thrown(error)),
        }
    }

    /// End after the current step as if it were complete.
    pub fn stop(&mut self) {
        if let Some(running) = &mut self.running {
            running.stop();
        }
    }

    /// `report.html` of the run so far; with `error`, of a run that failed.
    pub fn report(&self, error: Option<String>) -> String {
        let error = error.map(Error::Usage);
        self.running.as_ref().map(|running| running.report(error.as_ref())).unwrap_or_default()
    }
}

impl Drop for Training {
    /// Gives the GPU's memory back, which burn keeps for later otherwise.
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let device = running.device().device.clone();
            drop(running);
            device.memory_cleanup();
        }
    }
}
