//! What the browser says that wgpu does not pass on.

use std::time::Duration;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// `navigator.gpu`, where there is one.
pub fn navigator_gpu() -> JsValue {
    get(&get(&js_sys::global(), "navigator"), "gpu")
}

/// Vendor and architecture of the adapter that is taken by default, such as "nvidia ampere". Few browsers say more.
pub async fn adapter_name() -> String {
    let info = get(&adapter().await.unwrap_or_default(), "info");
    let said = ["vendor", "architecture"].map(|name| get(&info, name).as_string().unwrap_or_default());
    match said.join(" ").trim() {
        "" => "a WebGPU adapter without a name".into(),
        name => name.into(),
    }
}

async fn adapter() -> Result<JsValue, JsValue> {
    let gpu = navigator_gpu();
    let request: Function = get(&gpu, "requestAdapter").dyn_into()?;
    JsFuture::from(request.call0(&gpu)?.dyn_into::<Promise>()?).await
}

/// Lets the browser do something else.
pub async fn pause(time: Duration) {
    let promise = Promise::new(&mut |resolve, _| {
        let timer: Function = get(&js_sys::global(), "setTimeout").unchecked_into();
        let _ = timer.call2(&JsValue::UNDEFINED, &resolve, &(time.as_millis() as u32).into());
    });
    let _ = JsFuture::from(promise).await;
}

/// Nothing of what is no object.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}
