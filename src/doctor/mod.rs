//! Tests whether a device computes correctly: the self-test that a GPU must pass before a run uses it, and the
//! examination of all devices that `subtune doctor` prints. Real drivers do compute wrongly, and a wrong gradient
//! spoils a model silently.

mod check;
mod examination;
#[cfg(test)]
mod planted;
mod training;

pub use check::Check;
use check::compare;
pub use examination::{DeviceReport, Examination, StepTime, examine};

use crate::device::{Chosen, DeviceChoice, choose};
use crate::error::{Error, Result};
use crate::kernels::COMPUTATIONS;

/// Opens the chosen device, and a real GPU only after it has passed the self-test. With `auto`, the CPU replaces a GPU
/// that fails, and the reason names the fault.
///
/// # Errors
/// Those of [`choose`], or the requested GPU fails the self-test.
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

/// Compares every kernel, the forward and backward passes of a small BERT, and two updates of it with the CPU. This
/// takes well under a second on a GPU.
pub async fn self_test(chosen: &Chosen) -> Vec<Check> {
    let mut checks = compare(COMPUTATIONS, chosen).await;
    // a wrong kernel makes the whole step wrong too, and its own fault says more
    if fault(&checks).is_none() {
        checks.extend(compare(training::PARTS, chosen).await);
    }
    checks
}

/// Puts the first fault into words.
fn fault(checks: &[Check]) -> Option<String> {
    checks.iter().find_map(|check| check.fault.as_ref().map(|fault| format!("{}: {fault}", check.name)))
}
