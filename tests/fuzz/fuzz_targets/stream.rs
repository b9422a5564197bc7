//! See `causeway_fuzz::stream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::stream::run(input));
