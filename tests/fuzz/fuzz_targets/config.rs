//! See `causeway_fuzz::config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::config::run(input));
