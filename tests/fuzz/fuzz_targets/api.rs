//! See `causeway_fuzz::api`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::api::run(input));
