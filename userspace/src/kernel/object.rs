//! The compiled programs.

/// The eBPF object; filled once the build finds it.
pub static OBJECT: &[u8] = &[];
