//! Finds the object of eBPF programs that `kernel/object.rs` embeds.
//!
//! `cargo xtask build` makes it and places it at `target/ebpf/causeway-ebpf`; `$CAUSEWAY_EBPF_OBJECT`
//! names another one. The build of the object, from the workspace's root:
//!
//! ```sh
//! CARGO_ENCODED_RUSTFLAGS="<flags, joined by the byte 0x1f>" \
//! CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
//! CARGO_PROFILE_RELEASE_OPT_LEVEL=3 CARGO_PROFILE_RELEASE_PANIC=abort \
//! CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=false CARGO_PROFILE_RELEASE_DEBUG=2 \
//! cargo build --package causeway-ebpf --features object --bin causeway-ebpf \
//!     --target bpfel-unknown-none -Zbuild-std=core --release
//! ```
//!
//! with a nightly toolchain, or `RUSTC` at a distribution's rustc and `RUSTC_BOOTSTRAP=1`, and with
//! `bpf-linker` (of that rustc's LLVM) on `PATH`. The flags:
//!
//! | flag | why |
//! |---|---|
//! | `-Ctarget-cpu=v3` | 32-bit arithmetic and jumps; every kernel with TCX has them |
//! | `-Clink-arg=--cpu-features=+allows-misaligned-mem-access` | headers begin anywhere: without it each field is read byte by byte (bpf-linker of LLVM 22 and later; leave it out before) |
//! | `-Cdebuginfo=2`, `-Clink-arg=--btf` | BTF: map layouts, function names in the verifier's log |
//!
//! and the profile's settings: the workspace's `lto = "thin"` is for the host (bpf-linker links all
//! bitcode as one anyway); one codegen unit and `panic = "abort"` leave nothing to link that the
//! verifier would refuse.

use std::{env, path::PathBuf, process::exit};

/// The variable that names the object, for cargo and for `kernel/object.rs`.
const OBJECT: &str = "CAUSEWAY_EBPF_OBJECT";

fn main() {
    println!("cargo::rerun-if-env-changed={OBJECT}");
    let object = object();
    println!("cargo::rerun-if-changed={}", object.display());
    if !object.is_file() {
        println!("cargo::error={} is missing: run `cargo xtask build`", object.display());
        exit(1);
    }
    println!("cargo::rustc-env={OBJECT}={}", object.display());
}

/// Where the object should be.
fn object() -> PathBuf {
    if let Some(object) = env::var_os(OBJECT) {
        return object.into();
    }
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let workspace = here.parent().map_or_else(|| here.clone(), PathBuf::from);
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join("ebpf").join("causeway-ebpf")
}
