//! See `causeway_fuzz::store`.
#![no_main]

libfuzzer_sys::fuzz_mutator!(|input: &mut [u8], size: usize, most: usize, seed: u32| {
    causeway_fuzz::json::mutate(input, size, most, seed)
});
libfuzzer_sys::fuzz_target!(|input: &[u8]| causeway_fuzz::store::run(input));
