//! Whether a device computes what it should: the self-test that a GPU must pass before anything is trained on it, and
//! the examination of all devices that `subtune doctor` prints.

mod check;
mod examination;
mod kernels;
#[cfg(test)]
mod planted;
mod training;

pub use check::Check;
pub use examination::{DeviceReport, Examination, StepTime, examine};

use crate::device::{Chosen, DeviceChoice, choose};
use crate::error::{Error, Result};

/// The device that is asked for, once it has passed the self-test. Where nothing was asked for, the CPU takes the place
/// of a GPU that fails, and the reason names the fault.
///
/// # Errors
/// As [`choose`], or a GPU that was asked for computes wrongly.
pub async fn trusted(choice: &DeviceChoice) -> Result<Chosen> {
    let chosen = choose(choice).await?;
    if chosen.adapter.is_none() {
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
/// well under a second on a GPU. Ends at the first check that the device does not survive.
pub async fn self_test(chosen: &Chosen) -> Vec<Check> {
    let mut checks = Vec::new();
    for (name, kernel) in kernels::KERNELS {
        checks.push(kernels::check(name, kernel, chosen).await);
        if chosen.check_health().is_err() {
            return checks;
        }
    }
    checks.extend(training::checks(chosen).await);
    checks
}

/// The first fault in words.
fn fault(checks: &[Check]) -> Option<String> {
    checks.iter().find_map(|check| check.fault.as_ref().map(|fault| format!("{}: {fault}", check.name)))
}
