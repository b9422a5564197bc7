//! See `causeway_fuzz::words`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::words::run(input));
