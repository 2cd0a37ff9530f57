//! The device of a command.

use crate::bert::BertConfig;
use crate::device::{Chosen, DeviceChoice, choose};
use crate::error::Result;

/// The device that `--device` asks for.
///
/// # Errors
/// There is none such, or it cannot hold the model's largest tensor.
pub async fn device(name: &str, config: &BertConfig) -> Result<Chosen> {
    let choice: DeviceChoice = match name.parse() {
        Ok(choice) => choice,
        Err(never) => match never {},
    };
    let chosen = choose(&choice).await?;
    chosen.check_tensor(config.largest_parameter_bytes())?;
    Ok(chosen)
}
