//! Whether mounts in one namespace appear in another (mount_namespaces(7), "shared subtrees").

use std::path::Path;

/// A line of `/proc/PID/mountinfo` (proc_pid_mountinfo(5)), as far as it counts here.
#[derive(Debug, PartialEq, Eq)]
struct Mount<'m> {
    device: &'m str,
    root: &'m str,
    point: &'m str,
    /// Whom it tells of what is mounted below it.
    shared: Option<&'m str>,
    /// Who tells it.
    master: Option<&'m str>,
}

/// Whether what is mounted at `file` where `theirs` are the mounts appears at the same place where `ours` are.
pub(super) fn is_passed_on(theirs: &str, ours: &str, file: &Path) -> bool {
    let (Some(theirs), Some(ours)) = (Mount::of(theirs, file), Mount::of(ours, file)) else { return false };
    let same = (theirs.device, theirs.root, theirs.point) == (ours.device, ours.root, ours.point);
    same && theirs.shared.is_some_and(|group| [ours.shared, ours.master].contains(&Some(group)))
}

impl<'m> Mount<'m> {
    /// The mount that a file is in: of those that are closest above it, the last covers the others.
    fn of(all: &'m str, file: &Path) -> Option<Self> {
        let above = all.lines().filter_map(Self::read).filter(|mount| file.starts_with(mount.point));
        above.max_by_key(|mount| mount.point.len())
    }

    fn read(line: &'m str) -> Option<Self> {
        let mut fields = line.split(' ').skip(2);
        let (device, root, point) = (fields.next()?, fields.next()?, fields.next()?);
        let tags: Vec<&str> = fields.skip(1).take_while(|field| *field != "-").collect();
        let tag = |name: &str| tags.iter().find_map(|tag| tag.strip_prefix(name));
        Some(Self { device, root, point, shared: tag("shared:"), master: tag("master:") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        25 22 0:23 / /run rw,nosuid shared:5 - tmpfs tmpfs rw\n\
        90 25 0:4 net:[4026532] /run/docker/netns/old rw shared:44 - nsfs nsfs rw\n";

    fn passed(theirs: &str, ours: &str) -> bool {
        is_passed_on(theirs, ours, Path::new("/run/docker/netns/0123456789ab"))
    }

    #[test]
    fn a_service_is_told_of_the_hosts_mounts() {
        let service = HOST.replace("shared:", "shared:100 master:");
        assert!(passed(HOST, HOST) && passed(HOST, &service));
        assert!(!passed(&service, HOST), "but not the other way round");
    }

    #[test]
    fn an_engine_of_its_own_tells_nobody() {
        let private = HOST.replace("shared:1 ", "").replace("shared:5 ", "");
        assert!(!passed(&private, HOST) && !passed(HOST, &private) && !passed("", HOST));
        // Something else is mounted there.
        let covered = format!("{HOST}95 25 0:60 / /run/docker rw shared:5 - tmpfs none rw\n");
        assert!(!passed(&covered, HOST) && !passed(HOST, &covered));
        let other = HOST.replace("0:23", "0:24");
        assert!(!passed(&other, HOST));
    }
}
