//! The device of a tuner. There is one for each GPU, because burn never forgets a device.

use std::cell::RefCell;

#[cfg(target_arch = "wasm32")]
use js_sys::Object;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue as Gpu;

use crate::device::{Chosen, DeviceChoice};
use crate::doctor::trusted;
use crate::error::{Error, Result};

#[cfg(target_arch = "wasm32")]
use crate::device::navigator_gpu as gpu;

/// The GPU of this machine, of which `webgpu` opens the first adapter.
#[cfg(not(target_arch = "wasm32"))]
#[derive(PartialEq)]
struct Gpu;

#[cfg(not(target_arch = "wasm32"))]
fn gpu() -> Gpu {
    Gpu
}

thread_local! {
    static OPENED: RefCell<Vec<(Gpu, Chosen)>> = const { RefCell::new(Vec::new()) };
}

/// Opens the device `auto`, `webgpu` or `cpu`.
///
/// # Errors
/// There is no such device, or it computes wrongly.
pub async fn choose(name: &str) -> Result<Chosen> {
    let choice = match name {
        "auto" => DeviceChoice::Auto,
        "webgpu" => DeviceChoice::Gpu,
        "cpu" => DeviceChoice::Cpu,
        other => {
            return Err(Error::Usage(format!("device is \"{other}\"; expected auto, webgpu or cpu")));
        }
    };
    let gpu = gpu();
    if choice == DeviceChoice::Gpu
        && let Some(chosen) = opened(&gpu)
    {
        return Ok(chosen);
    }
    let chosen = trusted(&choice).await?;
    if chosen.adapter.is_none() {
        #[cfg(target_arch = "wasm32")]
        crate::kernels::gather().await;
        return Ok(chosen);
    }
    // `auto` may have found a device that is already open
    Ok(opened(&gpu).unwrap_or_else(|| {
        OPENED.with_borrow_mut(|all| all.push((gpu, chosen.clone())));
        chosen
    }))
}

fn opened(gpu: &Gpu) -> Option<Chosen> {
    OPENED.with_borrow_mut(|all| {
        all.retain(|(_, chosen)| chosen.check_health().is_ok());
        all.iter().find(|(known, _)| is_same(known, gpu)).map(|(_, chosen)| chosen.clone())
    })
}

#[cfg(target_arch = "wasm32")]
fn is_same(one: &Gpu, other: &Gpu) -> bool {
    Object::is(one, other)
}

#[cfg(not(target_arch = "wasm32"))]
fn is_same(one: &Gpu, other: &Gpu) -> bool {
    one == other
}
