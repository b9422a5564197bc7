//! See `causeway_fuzz::addresses`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::addresses::run(input));
