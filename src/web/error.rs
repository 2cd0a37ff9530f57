//! Errors as JavaScript sees them: an `Error` with a `kind`.

use wasm_bindgen::{JsCast, JsValue};

use crate::error::Error;

pub fn thrown(error: Error) -> JsValue {
    let kind = match &error {
        Error::Usage(_) => "usage",
        Error::Data { .. } | Error::Io { .. } => "data",
        Error::Model { .. } => "model",
        Error::Device(_) => "device",
        Error::DeviceLost(_) => "lost",
        Error::OutOfMemory(_) => "memory",
        Error::Diverged(_) => "diverged",
    };
    of_kind(kind, &error.to_string())
}

/// A value that the TypeScript above should never have sent.
pub fn misused(message: &str) -> JsValue {
    of_kind("usage", message)
}

fn of_kind(kind: &str, message: &str) -> JsValue {
    let thrown = js_sys::Error::new(message);
    js_sys::Reflect::set(thrown.unchecked_ref(), &"kind".into(), &kind.into())
        .expect("an Error is extensible");
    thrown.into()
}
