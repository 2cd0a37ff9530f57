#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| subtune_fuzz::checkpoint(bytes));
