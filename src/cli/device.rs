//! The device of a command.

use crate::device::{Chosen, DeviceChoice};
use crate::doctor::trusted;
use crate::error::Result;

/// Opens the device that `--device` names. It must hold tensors of up to `tensor_bytes`.
///
/// # Errors
/// There is no such device, it computes wrongly, or it cannot hold the model's largest tensor.
pub async fn device(name: &str, tensor_bytes: u64) -> Result<Chosen> {
    let choice: DeviceChoice = match name.parse() {
        Ok(choice) => choice,
        Err(never) => match never {},
    };
    let chosen = trusted(&choice).await?;
    chosen.check_tensor(tensor_bytes)?;
    Ok(chosen)
}
