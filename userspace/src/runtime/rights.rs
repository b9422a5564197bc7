//! Of what root may do, the daemon keeps what it needs (capabilities(7)).

use std::path::Path;

use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

use super::{
    error::{Doing, RuntimeError},
    keeper::Keeper,
};

/// A capability that the daemon needs.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    /// Its name, without `CAP_`.
    pub name: &'static str,
    /// What for.
    pub reason: &'static str,
    capability: CapabilitySet,
    /// Not needed where a keeper does it.
    keeper_does: bool,
}

const fn right(name: &'static str, capability: CapabilitySet, reason: &'static str) -> Right {
    Right { name, reason, capability, keeper_does: false }
}

impl Right {
    const fn unless_kept(self) -> Self {
        Self { keeper_does: true, ..self }
    }
}

/// All that the daemon needs. README and the systemd unit have the same list.
pub const NEEDED: &[Right] = &[
    right("CHOWN", CapabilitySet::CHOWN, "gives the API's socket to the group `causeway`"),
    right(
        "DAC_READ_SEARCH",
        CapabilitySet::DAC_READ_SEARCH,
        "opens a namespace to attach in a directory of somebody else's",
    ),
    right("KILL", CapabilitySet::KILL, "stops containers whose processes have become another user's"),
    right(
        "NET_ADMIN",
        CapabilitySet::NET_ADMIN,
        "makes interfaces, addresses and routes, attaches programs to them",
    ),
    right(
        "NET_BIND_SERVICE",
        CapabilitySet::NET_BIND_SERVICE,
        "looks whether a port below 1024 is free before it is published",
    ),
    right(
        "SYS_ADMIN",
        CapabilitySet::SYS_ADMIN,
        "enters containers' network namespaces; loads programs and finds them again (all of `CAP_BPF` and `CAP_PERFMON` is in it)",
    ),
    right(
        "SYS_CHROOT",
        CapabilitySet::SYS_CHROOT,
        "enters a container's mount namespace for `exec`; not needed with a keeper",
    )
    .unless_kept(),
    right(
        "SYS_PTRACE",
        CapabilitySet::SYS_PTRACE,
        "opens the namespace of another user's process for `attach --pid`",
    ),
];

/// Gives up, for the calling thread and those that it starts, what is not needed. What the process may
/// gain by exec stays, so that a container that it starts is root as ever.
///
/// # Errors
/// Where the kernel refuses.
pub fn keep_needed_rights(run_dir: &Path) -> Result<(), RuntimeError> {
    let doing = || "give up rights that are not needed";
    let has = capabilities(None).doing(doing)?.permitted;
    let keeps = has & needed(Keeper::is_in(run_dir));
    let sets = CapabilitySets { effective: keeps, permitted: keeps, inheritable: CapabilitySet::empty() };
    set_capabilities(None, sets).doing(doing)
}

fn needed(kept: bool) -> CapabilitySet {
    NEEDED.iter().filter(|right| !(kept && right.keeper_does)).map(|right| right.capability).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_capabilities_are_the_same() {
        for right in NEEDED {
            let named = CapabilitySet::from_name(right.name);
            assert_eq!(named, Some(right.capability), "{}", right.name);
        }
        assert!(NEEDED.is_sorted_by_key(|right| right.name));
    }

    #[test]
    fn a_keeper_spares_the_daemon_rights() {
        assert_eq!(needed(false) - needed(true), CapabilitySet::SYS_CHROOT);
    }
}
