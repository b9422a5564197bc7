//! The engine's process at the other end of the socket, and where its files are.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::net::UnixListener;

/// The process that calls; none where the kernel does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caller(Option<i32>);

impl Caller {
    /// Where a file of the engine's is for us: an engine that has a mount namespace of its own, as one in a
    /// snap or in a container has, keeps what it mounts to itself.
    pub(super) fn path(self, file: &Path) -> PathBuf {
        let elsewhere = self.0.filter(|pid| mounts(&pid.to_string()) != mounts("self"));
        let within =
            |pid: i32| Path::new(&format!("/proc/{pid}/root")).join(file.strip_prefix("/").unwrap_or(file));
        elsewhere.map_or_else(|| file.to_owned(), within)
    }
}

/// Which mount namespace a process has.
fn mounts(pid: &str) -> Option<(u64, u64)> {
    let found = fs::metadata(format!("/proc/{pid}/ns/mnt")).ok()?;
    Some((found.dev(), found.ino()))
}

impl Connected<IncomingStream<'_, UnixListener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self(stream.io().peer_cred().ok().and_then(|cred| cred.pid()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ones_own_namespace_are_where_they_are() {
        let file = Path::new("/var/run/docker/netns/0123456789ab");
        let own = i32::try_from(std::process::id()).ok();
        assert_eq!(Caller(own).path(file), file);
        assert_eq!(Caller(None).path(file), file);
        // Nobody has that number (proc_sys_kernel(5), pid_max).
        let nobody = Caller(Some(i32::MAX)).path(file);
        assert_eq!(nobody, Path::new("/proc/2147483647/root/var/run/docker/netns/0123456789ab"));
    }
}
