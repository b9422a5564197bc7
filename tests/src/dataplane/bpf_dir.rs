//! A bpf directory of a test's own.

use std::{
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use causeway::kernel;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A directory that no other test has; emptied and removed on drop, whatever became of the test.
#[derive(Debug)]
pub struct BpfDir(PathBuf);

impl BpfDir {
    /// Names it; loading a dataplane makes it.
    #[expect(clippy::new_without_default, reason = "no two are alike")]
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(PathBuf::from(format!("/sys/fs/bpf/causeway-test-{}-{number}", process::id())))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for BpfDir {
    fn drop(&mut self) {
        if let Err(error) = kernel::cleanup(&self.0) {
            eprintln!("{error}");
        }
    }
}
