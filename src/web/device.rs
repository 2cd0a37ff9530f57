//! The device of a tuner. There is one for each `navigator.gpu`, because burn never forgets a device.

use std::cell::RefCell;

use js_sys::Object;
use wasm_bindgen::JsValue;

use super::error::{js_error, misused};
use crate::device::{Chosen, DeviceChoice, navigator_gpu};
use crate::doctor::trusted;

thread_local! {
    static OPENED: RefCell<Vec<(JsValue, Chosen)>> = const { RefCell::new(Vec::new()) };
}

/// Opens the device `auto`, `webgpu` or `cpu`.
pub async fn choose(name: &str) -> Result<Chosen, JsValue> {
    let choice = match name {
        "auto" => DeviceChoice::Auto,
        "webgpu" => DeviceChoice::Gpu,
        "cpu" => DeviceChoice::Cpu,
        other => {
            return Err(misused(&format!("device is \"{other}\"; expected auto, webgpu or cpu")));
        }
    };
    let gpu = navigator_gpu();
    if choice == DeviceChoice::Gpu
        && let Some(chosen) = opened(&gpu)
    {
        return Ok(chosen);
    }
    let chosen = trusted(&choice).await.map_err(js_error)?;
    if chosen.adapter.is_none() {
        return Ok(chosen);
    }
    // `auto` may have found a device that is already open
    Ok(opened(&gpu).unwrap_or_else(|| {
        OPENED.with_borrow_mut(|all| all.push((gpu, chosen.clone())));
        chosen
    }))
}

fn opened(gpu: &JsValue) -> Option<Chosen> {
    OPENED.with_borrow_mut(|all| {
        all.retain(|(_, chosen)| chosen.check_health().is_ok());
        all.iter().find(|(known, _)| Object::is(known, gpu)).map(|(_, chosen)| chosen.clone())
    })
}
