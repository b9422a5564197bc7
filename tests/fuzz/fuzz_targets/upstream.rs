//! See `causeway_fuzz::upstream`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::upstream::run(input));
