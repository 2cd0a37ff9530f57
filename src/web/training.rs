//! A run that JavaScript pulls step by step.

use wasm_bindgen::prelude::*;

use super::convert::plain;
use super::error::{misused, thrown};
use crate::device::Chosen;
use crate::error::Error;
use crate::finetune::Running;

#[wasm_bindgen]
pub struct Training {
    /// Until it was taken.
    running: Option<Running>,
    chosen: Chosen,
}

impl Training {
    pub(super) fn new(running: Running, chosen: Chosen) -> Self {
        Training { running: Some(running), chosen }
    }

    pub(super) fn take(mut self) -> Option<Running> {
        self.running.take()
    }
}

#[wasm_bindgen]
impl Training {
    /// One step, and all that happened in it; nothing once the run has ended.
    pub async fn proceed(&mut self) -> Result<JsValue, JsValue> {
        let running = self.running.as_mut().ok_or_else(|| misused("the training was finished already"))?;
        match running.proceed().await.map_err(thrown)? {
            Some(events) => plain(&events),
            None => Ok(JsValue::UNDEFINED),
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
        drop(self.running.take());
        self.chosen.device.memory_cleanup();
    }
}
