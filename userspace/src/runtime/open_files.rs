//! How many files may be open: the daemon has some for each container, what it starts gets what it was
//! given itself.

use std::sync::OnceLock;

use nix::{
    errno::Errno,
    sys::resource::{Resource, getrlimit, setrlimit},
};

use super::{RuntimeError, error::Doing};

/// Soft and hard limit before the soft one was raised.
static GIVEN: OnceLock<(u64, u64)> = OnceLock::new();

/// Lets this process open as many files as the hard limit says: the usual soft limit, 1024, is for
/// programs that use select(2), and would do for some hundred containers. Where a filter of system calls
/// forbids to raise it, whoever set the filter has set the limit.
///
/// # Errors
/// Where the kernel refuses.
pub fn open_many_files() -> Result<(), RuntimeError> {
    let doing = || "raise the limit of open files";
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).doing(doing)?;
    let _ = GIVEN.set((soft, hard));
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Err(Errno::EPERM) => {
            tracing::warn!(limit = soft, "no more files may be open: the limit may not be raised");
            Ok(())
        }
        other => other.doing(doing),
    }
}

/// Gives a child the limit that we were given; to be called between fork and exec.
///
/// # Errors
/// Where the kernel refuses.
pub(super) fn as_given() -> nix::Result<()> {
    GIVEN.get().map_or(Ok(()), |(soft, hard)| setrlimit(Resource::RLIMIT_NOFILE, *soft, *hard))
}
