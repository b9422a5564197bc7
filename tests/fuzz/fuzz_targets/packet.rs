//! See `causeway_fuzz::packet`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::packet::run(input));
