//! The engine's process at the other end of the socket, and where its files are.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::net::UnixListener;

use super::mounts::is_passed_on;

/// The process that calls; none where the kernel does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caller(Option<i32>);

impl Caller {
    /// Where a namespace that the engine is about to mount is for us. An engine in a snap or in a container keeps
    /// what it mounts to itself; there its process leads to it, as long as that runs.
    pub(super) fn path(self, file: &Path) -> PathBuf {
        // The Filesystem Hierarchy Standard's link from one to the other would lead out of the process's root.
        let file = file
            .strip_prefix("/var/run")
            .map_or_else(|_| file.to_owned(), |rest| Path::new("/run").join(rest));
        let elsewhere = self.0.filter(|pid| !reaches_us(&pid.to_string(), &file));
        let within =
            |pid: i32| Path::new(&format!("/proc/{pid}/root")).join(file.strip_prefix("/").unwrap_or(&file));
        elsewhere.map_or_else(|| file.clone(), within)
    }
}

/// Whether what a process mounts there is there for us: in the same mount namespace it is, and a service that has one
/// of its own is told of the host's mounts.
fn reaches_us(pid: &str, file: &Path) -> bool {
    let all = |pid: &str| fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap_or_default();
    namespace(pid) == namespace("self") || is_passed_on(&all(pid), &all("self"), file)
}

/// Which mount namespace a process has.
fn namespace(pid: &str) -> Option<(u64, u64)> {
    let found = fs::metadata(format!("/proc/{pid}/ns/mnt")).ok()?;
    Some((found.dev(), found.ino()))
}

impl Connected<IncomingStream<'_, UnixListener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        // 0 stands for one that our process namespace does not show (pid_namespaces(7)).
        Self(stream.io().peer_cred().ok().and_then(|cred| cred.pid()).filter(|pid| *pid != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ones_own_namespace_are_where_they_are() {
        let (file, is) = (Path::new("/var/run/docker/netns/0123456789ab"), "/run/docker/netns/0123456789ab");
        let own = i32::try_from(std::process::id()).ok();
        assert_eq!(Caller(own).path(file), Path::new(is));
        assert_eq!(Caller(None).path(file), Path::new(is));
        assert_eq!(Caller(None).path(Path::new("/srv/netns/0")), Path::new("/srv/netns/0"));
        // Nobody has that number (proc_sys_kernel(5), pid_max).
        let nobody = Caller(Some(i32::MAX)).path(file);
        assert_eq!(nobody, Path::new("/proc/2147483647/root/run/docker/netns/0123456789ab"));
    }
}
