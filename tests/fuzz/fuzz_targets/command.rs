//! See `causeway_fuzz::command`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::command::run(input));
