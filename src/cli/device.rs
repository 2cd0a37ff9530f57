//! The device of a command.

use crate::device::{Chosen, DeviceChoice, choose};
use crate::error::Result;

/// The device that `--device` asks for.
///
/// # Errors
/// There is none such.
pub async fn device(name: &str) -> Result<Chosen> {
    let choice: DeviceChoice = match name.parse() {
        Ok(choice) => choice,
        Err(never) => match never {},
    };
    choose(&choice).await
}
