//! A loop whose body the verifier walks once (`bpf_loop`).

use core::ffi::c_void;

use aya_ebpf::helpers::bpf_loop;

/// What is done again and again.
pub trait Attempt {
    /// Tries once; whether that was the last time.
    fn attempt(&mut self, number: u32) -> bool;
}

/// Tries until it is enough, at most `times` times.
#[inline(always)]
pub fn repeat<A: Attempt>(times: u32, attempt: &mut A) {
    let callback = body::<A> as extern "C" fn(u32, *mut c_void) -> i64;
    // SAFETY: the callback takes back the pointer that is given here, while the loop runs.
    unsafe { bpf_loop(times, callback as *mut c_void, (&raw mut *attempt).cast(), 0) };
}

/// One turn: 1 ends the loop.
extern "C" fn body<A: Attempt>(number: u32, attempt: *mut c_void) -> i64 {
    // SAFETY: `repeat` gave the kernel this pointer, from a unique reference that it holds.
    let attempt = unsafe { &mut *attempt.cast::<A>() };
    i64::from(attempt.attempt(number))
}
