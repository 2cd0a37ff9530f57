//! `bindgen INPUT.wasm OUTPUT_FOLDER`: JavaScript bindings for a module that a web page loads.
//! `bindgen mend MODULE.wasm`: puts back an export that an old wasm-opt gets wrong.

use std::process::ExitCode;

use walrus::{Module, RefType};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (file, made) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["mend", module] => (module, mend(module)),
        [input, output] => (input, bind(input, output)),
        _ => {
            eprintln!("usage: bindgen INPUT.wasm OUTPUT_FOLDER, or bindgen mend MODULE.wasm");
            return ExitCode::from(2);
        }
    };
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bind(input: &str, output: &str) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name("subtune")
        .web(true)
        .and_then(|bindgen| bindgen.typescript(true).omit_default_module_path(false).generate(output))
        .map_err(|error| format!("{error:#}"))
}

/// Corrects an export: wasm-opt 108, the version of Debian 12, exports the first table of a module instead of its table of
/// JavaScript values. This changes only the index; rewriting the module would make it larger.
fn mend(file: &str) -> Result<(), String> {
    // as in the export section: length, name, kind 1 for a table, then its index
    const EXPORT: &[u8] = b"\x15__wbindgen_externrefs\x01";
    let mut bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let module = Module::from_buffer(&bytes).map_err(|error| format!("{error:#}"))?;
    let table = module.tables.iter().position(|table| table.element_ty == RefType::EXTERNREF);
    let table = table.ok_or("has no table of JavaScript values")?;
    let found: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(EXPORT)).collect();
    let &[at] = found.as_slice() else {
        return Err(format!("exports __wbindgen_externrefs {} times, expected once", found.len()));
    };
    bytes[at + EXPORT.len()] = u8::try_from(table).map_err(|error| error.to_string())?;
    std::fs::write(file, bytes).map_err(|error| error.to_string())
}
