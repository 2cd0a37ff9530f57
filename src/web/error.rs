//! Errors for JavaScript: an `Error` with a `code`, and with `file` and `line` if it is about a file.

use std::borrow::Borrow;

use wasm_bindgen::{JsCast, JsValue};

use crate::error::Error;
use crate::spec::ErrorCode;

/// Makes the JavaScript error for `error`.
pub fn js_error(error: impl Borrow<Error>) -> JsValue {
    let error = error.borrow();
    let found = with_code(error.code(), &error.to_string());
    if let Some((file, line)) = error.place() {
        set(&found, "file", file.into());
        if let Some(line) = line {
            set(&found, "line", (line as f64).into());
        }
    }
    found
}

/// Makes the error for a value that the TypeScript above should never send.
pub fn misused(message: &str) -> JsValue {
    with_code(ErrorCode::Usage, message)
}

fn with_code(code: ErrorCode, message: &str) -> JsValue {
    let found: JsValue = js_sys::Error::new(message).unchecked_into();
    set(&found, "code", code.name().into());
    found
}

fn set(error: &JsValue, name: &str, value: JsValue) {
    js_sys::Reflect::set(error, &name.into(), &value).expect("an Error is extensible");
}
