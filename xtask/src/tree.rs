//! Where things are in the source tree.

use std::path::{Path, PathBuf};

/// The workspace's directory.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// What cargo builds; also holds the toolchain and the lab's record.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// What `setup` made and found.
pub(crate) fn toolchain() -> PathBuf {
    target().join("toolchain")
}

/// The compiled programs, where the daemon's build looks for them.
pub(crate) fn object() -> PathBuf {
    target().join("ebpf/causeway-ebpf")
}

/// The compiled programs that disturb packets, where tests look for them.
pub(crate) fn faults_object() -> PathBuf {
    target().join("ebpf/causeway-ebpf-faults")
}
