//! See `causeway_fuzz::host`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::host::run(input));
