//! The browser's own interfaces, for what wgpu does not pass on.

use std::time::Duration;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Returns `navigator.gpu`, or `undefined`.
pub fn navigator_gpu() -> JsValue {
    get(&get(&js_sys::global(), "navigator"), "gpu")
}

/// Returns the vendor and architecture of the default adapter, such as "nvidia ampere". Few browsers tell more.
pub async fn adapter_name() -> String {
    let info = get(&adapter().await.unwrap_or_default(), "info");
    let names = ["vendor", "architecture"].map(|name| get(&info, name).as_string().unwrap_or_default());
    match names.join(" ").trim() {
        "" => "a WebGPU adapter without a name".into(),
        name => name.into(),
    }
}

async fn adapter() -> Result<JsValue, JsValue> {
    let gpu = navigator_gpu();
    let request: Function = get(&gpu, "requestAdapter").dyn_into()?;
    JsFuture::from(request.call0(&gpu)?.dyn_into::<Promise>()?).await
}

/// Yields to the browser for this time. Only then can it report a lost device.
pub async fn pause(time: Duration) {
    let promise = Promise::new(&mut |resolve, _| {
        let timer: Function = get(&js_sys::global(), "setTimeout").unchecked_into();
        let _ = timer.call2(&JsValue::UNDEFINED, &resolve, &(time.as_millis() as u32).into());
    });
    let _ = JsFuture::from(promise).await;
}

/// Returns a property of `object`, or `undefined` if `object` is not an object.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}
