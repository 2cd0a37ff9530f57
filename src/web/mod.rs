//! The face for JavaScript: wasm-bindgen over the same engine. Values cross as plain objects, with the names of the
//! terminal's JSON lines. www/src/engine/wasm.ts declares their types.

mod convert;
mod error;
mod store;
mod training;
mod tuner;

use wasm_bindgen::prelude::*;

use crate::kernels::{self, Multiplier};
use crate::tuner::device;

pub use training::Training;
pub use tuner::Tuner;

unsafe extern "C" {
    /// Runs the constructors of all crates, which the linker collects.
    fn __wasm_call_ctors();
}

#[wasm_bindgen(start)]
fn start() {
    // SAFETY: it is called once, before any other function of the module. If nothing called it, the linker would put a
    // call into each exported function, and JavaScript calls thousands of those in a step.
    unsafe { __wasm_call_ctors() };
    console_error_panic_hook::set_once();
}

/// The version of this crate.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// Lets `multiplier` compute the matrix products of the CPU from now on.
#[wasm_bindgen]
pub fn multiply_with(multiplier: Multiplier) {
    kernels::multiply_with(multiplier);
}

/// Examines the CPU and, if there is one, the GPU.
#[wasm_bindgen]
pub async fn doctor() -> Result<JsValue, JsValue> {
    convert::plain(&crate::tuner::doctor().await)
}

/// Repeats a recorded run, and returns the largest deviation of each quantity as a share of its tolerance.
#[wasm_bindgen]
pub async fn reproduce(files: js_sys::Object, device: String) -> Result<JsValue, JsValue> {
    let chosen = device::choose(&device).await.map_err(error::js_error)?;
    let replay = crate::golden::replay(&convert::files(&files)?, &chosen).await.map_err(error::js_error)?;
    convert::plain(&replay)
}
