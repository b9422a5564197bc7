//! The compiled programs, embedded at build time (`userspace/build.rs` finds them).

/// The eBPF object, aligned as an ELF reader needs it.
pub static OBJECT: &[u8] = aya::include_bytes_aligned!(env!("CAUSEWAY_EBPF_OBJECT"));
