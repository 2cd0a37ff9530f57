//! Errors as JavaScript sees them: an `Error` with a `code`, and with `file` and `line` where it is about a file.

use wasm_bindgen::{JsCast, JsValue};

use crate::error::Error;
use crate::spec::ErrorCode;

/// The JavaScript error for `error`.
pub fn thrown(error: Error) -> JsValue {
    of(&error)
}

/// [`thrown`], for an error that is needed again.
pub fn of(error: &Error) -> JsValue {
    let thrown = with_code(error.code(), &error.to_string());
    if let Some((file, line)) = error.place() {
        set(&thrown, "file", file.into());
        if let Some(line) = line {
            set(&thrown, "line", (line as f64).into());
        }
    }
    thrown
}

/// A value that the TypeScript above should never have sent.
pub fn misused(message: &str) -> JsValue {
    with_code(ErrorCode::Usage, message)
}

fn with_code(code: ErrorCode, message: &str) -> JsValue {
    let thrown: JsValue = js_sys::Error::new(message).unchecked_into();
    set(&thrown, "code", code.name().into());
    thrown
}

fn set(error: &JsValue, name: &str, value: JsValue) {
    js_sys::Reflect::set(error, &name.into(), &value).expect("an Error is extensible");
}
