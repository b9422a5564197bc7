//! Who is at the other end of the socket, and whether it may ask.

use std::os::fd::AsFd;

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    serve::IncomingStream,
};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{getsockopt, sockopt::PeerPidfd},
    unistd::{Gid, Group},
};
use tokio::net::{UnixListener, UnixStream};

use super::failure::Answer;

/// The group whose members may ask, besides root.
pub(super) const GROUP: &str = "causeway";

/// The group's number, where the machine has it.
pub(super) fn group() -> Option<Gid> {
    Group::from_name(GROUP).ok().flatten().map(|g| g.gid)
}

/// The process at the other end, as the kernel knew it when it connected (unix(7), SO_PEERCRED).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Peer {
    /// `None` where the kernel did not say.
    uid: Option<u32>,
    /// Its primary group and its supplementary ones.
    groups: Vec<u32>,
}

impl Peer {
    /// Reads who is at the other end of `stream`.
    pub(super) fn of(stream: &UnixStream) -> Self {
        let Ok(cred) = stream.peer_cred() else { return Self::default() };
        let mut groups = vec![cred.gid()];
        // Root may ask whatever its groups.
        if cred.uid() != 0 {
            groups.extend(supplementary(stream, cred.pid()));
        }
        Self { uid: Some(cred.uid()), groups }
    }

    /// Root, or a member of `group`.
    pub(super) fn may_ask(&self, group: Option<Gid>) -> bool {
        self.uid == Some(0)
            || (self.uid.is_some() && group.is_some_and(|g| self.groups.contains(&g.as_raw())))
    }
}

/// The peer's supplementary groups. Its number may have gone to another process meanwhile: what was
/// read counts only while the process that connected is still there.
fn supplementary(stream: &UnixStream, pid: Option<i32>) -> Vec<u32> {
    let groups = || {
        let pidfd = getsockopt(stream, PeerPidfd).ok()?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid?)).ok()?;
        alive(&pidfd).then(|| parse_groups(&status))
    };
    groups().unwrap_or_default()
}

/// A pidfd becomes readable when its process ends (pidfd_open(2)).
fn alive(pidfd: &impl AsFd) -> bool {
    let mut fds = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::ZERO) == Ok(0)
}

/// The supplementary groups of a process, by the line `Groups:` of proc(5)'s status.
pub fn parse_groups(status: &str) -> Vec<u32> {
    let line = status.lines().find_map(|l| l.strip_prefix("Groups:")).unwrap_or_default();
    line.split_whitespace().filter_map(|g| g.parse().ok()).collect()
}

impl axum::extract::connect_info::Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self::of(stream.io())
    }
}

/// Lets only those in who may ask; the socket's mode says the same, this holds where it was changed.
pub(super) async fn admit(
    State(group): State<Option<Gid>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if peer.may_ask(group) {
        return next.run(request).await;
    }
    Answer::forbidden(format!("only root and members of the group {GROUP} may ask causewayd")).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn root_and_the_group_may_ask_and_nobody_else() {
        let peer = |uid, groups: &[u32]| Peer { uid: Some(uid), groups: groups.to_vec() };
        let group = Some(Gid::from_raw(77));
        assert!(peer(0, &[0]).may_ask(None));
        assert!(peer(1000, &[1000, 77]).may_ask(group));
        assert!(peer(1000, &[77]).may_ask(group));
        assert!(!peer(1000, &[1000, 0]).may_ask(group));
        assert!(!peer(1000, &[1000, 77]).may_ask(None));
        assert!(!Peer { uid: None, groups: vec![77] }.may_ask(group), "an unknown peer");
    }

    #[test]
    fn groups_are_read_as_proc_writes_them() {
        assert_eq!(parse_groups("Name:\tx\nGid:\t1\t1\nGroups:\t4 27 1000 \nNStgid:\t1\n"), [4, 27, 1000]);
        assert_eq!(parse_groups("Groups:\t \n"), Vec::<u32>::new());
    }

    #[tokio::test]
    async fn the_kernel_says_who_connects() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let peer = Peer::of(&ours);
        assert_eq!(peer.uid, Some(nix::unistd::getuid().as_raw()));
        for group in nix::unistd::getgroups().unwrap() {
            assert!(peer.groups.contains(&group.as_raw()));
        }
    }
}
