//! Programs of eBPF, run without a kernel: how many instructions they execute.
//!
//! ```text
//!  ELF --> program: globals, maps, calls ------> machine: one instruction after the other, each counted
//!             '--> tables, and what the kernel <----'  '---> memory: every access checked
//!                  does for programs
//! ```
//!
//! What is counted is the object's own bytecode, the instructions of called functions and callbacks among it; a wide
//! load (`LD_IMM64`) is one, and what a helper does is none. Nothing is timed, and nothing of it depends on the
//! machine that it runs on: two runs on the same tables give the same figure.

mod instruction;
mod machine;
mod memory;
mod program;
#[cfg(test)]
mod tests;

pub(crate) use program::{Object, Tables};
