//! Whether a device computes what it should: the self-test that a GPU must pass before anything is trained on it, and
//! the examination of all devices that `subtune doctor` prints.

mod check;
mod examination;
#[cfg(test)]
mod planted;
mod training;

pub use check::Check;
use check::compared;
pub use examination::{DeviceReport, Examination, StepTime, examine};

use crate::device::{Chosen, DeviceChoice, choose};
use crate::error::{Error, Result};
use crate::kernels::COMPUTATIONS;

/// The device that is asked for; a real GPU only once it has passed the self-test. Where nothing was asked for, the CPU takes the place
/// of a GPU that fails, and the reason names the fault.
///
/// # Errors
/// As [`choose`], or a GPU that was asked for computes wrongly.
pub async fn trusted(choice: &DeviceChoice) -> Result<Chosen> {
    let chosen = choose(choice).await?;
    // an emulated GPU has no driver to be wrong, and is so slow that the self-test takes half a minute in a browser
    if chosen.adapter.as_ref().is_none_or(|adapter| adapter.software) {
        return Ok(chosen);
    }
    let Some(fault) = fault(&self_test(&chosen).await) else { return Ok(chosen) };
    let failed = format!("{} failed the self-test ({fault})", chosen.name());
    match choice {
        DeviceChoice::Auto => Ok(Chosen::cpu(failed)),
        _ => Err(Error::Device(format!(
            "{failed}, so it would train wrongly; update its driver, or use another device or the CPU"
        ))),
    }
}

/// Compares every kernel, the forward and the backward pass of a small BERT and a few updates of it with the CPU. Takes
/// well under a second on a GPU.
pub async fn self_test(chosen: &Chosen) -> Vec<Check> {
    let mut checks = compared(COMPUTATIONS, chosen).await;
    if fault(&checks).is_none() {
        checks.extend(compared(training::PARTS, chosen).await);
    }
    checks
}

/// The first fault in words.
fn fault(checks: &[Check]) -> Option<String> {
    checks.iter().find_map(|check| check.fault.as_ref().map(|fault| format!("{}: {fault}", check.name)))
}
