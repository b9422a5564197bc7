//! See `causeway_fuzz::dns`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::dns::run(input));
