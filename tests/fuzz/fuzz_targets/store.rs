//! See `causeway_fuzz::store`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::store::run(input));
