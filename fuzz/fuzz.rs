//! libFuzzer over the parser that `FUZZ_PARSER` names.
#![no_main]

mod parsers;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static PARSE: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_PARSER").unwrap_or_default();
    let found = parsers::ALL.iter().find(|(other, _)| *other == name);
    found.unwrap_or_else(|| panic!("FUZZ_PARSER is {name:?}; expected a folder in fuzz/corpus")).1
});

fuzz_target!(|bytes: &[u8]| PARSE(bytes));
