//! `bindgen INPUT.wasm OUTPUT_FOLDER`: JavaScript bindings for a module that a web page loads.
//! `bindgen mend MODULE.wasm`: puts back an export that an old wasm-opt gets wrong.

use std::process::ExitCode;

use walrus::{ExportItem, Module, RefType};
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

/// wasm-opt 108, which Debian 12 has, exports a module's first table in place of its table of JavaScript values.
fn mend(file: &str) -> Result<(), String> {
    const EXPORT: &str = "__wbindgen_externrefs";
    let mut module = Module::from_file(file).map_err(|error| format!("{error:#}"))?;
    let table = module.tables.iter().find(|table| table.element_ty == RefType::EXTERNREF);
    let table = table.ok_or("has no table of JavaScript values")?.id();
    let export = module.exports.iter_mut().find(|export| export.name == EXPORT);
    export.ok_or(format!("has no export {EXPORT}"))?.item = ExportItem::Table(table);
    module.emit_wasm_file(file).map_err(|error| format!("{error:#}"))
}
