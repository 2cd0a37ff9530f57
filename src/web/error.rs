//! Errors as JavaScript sees them: an `Error` with a `kind`.

use wasm_bindgen::{JsCast, JsValue};

use crate::error::Error;

pub fn thrown(error: Error) -> JsValue {
    of(&error)
}

/// [`thrown`] of an error that is needed again.
pub fn of(error: &Error) -> JsValue {
    let kind = match error {
        Error::Usage(_) => "usage",
        Error::Data { .. }
        | Error::Unclear { .. }
        | Error::Io { .. }
        | Error::Unwritten { .. }
        | Error::Output(_) => "data",
        Error::Model { .. } => "model",
        Error::Device(_) => "device",
        Error::DeviceLost(_) => "lost",
        Error::OutOfMemory(_) => "memory",
        Error::Diverged(_) => "diverged",
    };
    of_kind(kind, &error.to_string())
}

/// [`thrown`], but what is wrong with the checkpoint that is called `place` is of a kind of its own.
pub fn of_checkpoint(place: &str, error: Error) -> JsValue {
    match &error {
        Error::Model { file, .. } if file.starts_with(place) => of_kind("checkpoint", &error.to_string()),
        _ => of(&error),
    }
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
