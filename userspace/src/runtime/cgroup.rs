//! Control groups (cgroup v2): how everything that a container forked is found again.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::error::{Doing, RuntimeError};

/// The group under the hierarchy's root that holds all of ours.
const OURS: &str = "causeway";

/// The group of the shims, so that whoever kills the daemon's group leaves them.
const SHIMS: &str = "shims";

/// How long killed processes may take to go.
const DEATH: Duration = Duration::from_secs(10);

/// A container's control group, `causeway/<short id>`; it need not exist.
#[derive(Clone, Debug)]
pub(super) struct Cgroup(PathBuf);

impl Cgroup {
    pub(super) fn of(short_id: &str) -> Result<Self, RuntimeError> {
        Ok(Self(ours()?.join(short_id)))
    }

    /// Makes the group and opens the file by which a process joins it: writing 0 moves the writer.
    pub(super) fn create(&self) -> Result<File, RuntimeError> {
        create_and_open(&self.0)
    }

    /// Opens the file by which a process joins the group.
    pub(super) fn entrance(&self) -> Result<File, RuntimeError> {
        open_entrance(&self.0).doing(|| format!("open cgroup {}", self.0.display()))
    }

    /// Kills everything in the group (`cgroup.kill`, Linux 5.14). No error where it is gone.
    pub(super) fn kill(&self) -> Result<(), RuntimeError> {
        unless_gone(fs::write(self.0.join("cgroup.kill"), "1"))
            .doing(|| format!("kill cgroup {}", self.0.display()))
    }

    /// True while a process is left in the group or in one below it.
    pub(super) fn is_populated(&self) -> bool {
        fs::read_to_string(self.0.join("cgroup.events")).is_ok_and(|t| t.lines().any(|l| l == "populated 1"))
    }

    /// True where process `pid` is in the group or in one below it.
    pub(super) fn holds(&self, pid: u32) -> bool {
        let Some(id) = self.0.file_name().and_then(|name| name.to_str()) else { return false };
        let group = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        let unified = group.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default();
        format!("{unified}/").contains(&format!("/{OURS}/{id}/"))
    }

    /// Kills everything in the group, waits until it is gone, and removes the group. `reap` is called while waiting.
    pub(super) fn destroy(&self, mut reap: impl FnMut()) -> Result<(), RuntimeError> {
        let deadline = Instant::now() + DEATH;
        self.kill()?;
        loop {
            reap();
            if !self.is_populated() {
                break;
            }
            if Instant::now() > deadline {
                return Err(io::Error::from(io::ErrorKind::TimedOut))
                    .doing(|| format!("kill all of cgroup {}", self.0.display()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        unless_gone(remove_tree(&self.0)).doing(|| format!("remove cgroup {}", self.0.display()))?;
        remove_empty_cgroups();
        Ok(())
    }
}

/// Moves the calling process into the group of the shims.
pub(super) fn join_shims() -> Result<(), RuntimeError> {
    let group = ours()?.join(SHIMS);
    let entrance = create_and_open(&group)?;
    io::Write::write_all(&mut &entrance, b"0").doing(|| format!("join cgroup {}", group.display()))
}

/// Removes the groups that all containers share, once the last one is gone; others may still use them.
pub fn remove_empty_cgroups() {
    let Ok(ours) = ours() else { return };
    drop(fs::remove_dir(ours.join(SHIMS)));
    drop(fs::remove_dir(ours));
}

fn ours() -> Result<PathBuf, RuntimeError> {
    cgroup_root().map(|root| root.join(OURS))
}

/// The directory of the group that every process is in or below.
///
/// # Errors
/// [`RuntimeError::NoCgroup2`].
pub fn cgroup_root() -> Result<PathBuf, RuntimeError> {
    let mounts = fs::read_to_string("/proc/self/mounts").doing(|| "read /proc/self/mounts")?;
    mount_point(&mounts).ok_or(RuntimeError::NoCgroup2)
}

/// Where the first cgroup2 file system of a `/proc/self/mounts` is mounted (proc_pid_mounts(5)).
fn mount_point(mounts: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (point, kind) = (fields.next()?, fields.next()?);
        (kind == "cgroup2").then(|| PathBuf::from(point.replace("\\040", " ")))
    })
}

/// Another container's end may remove the shared parent between the two steps: then once more.
fn create_and_open(group: &Path) -> Result<File, RuntimeError> {
    let attempt = || fs::create_dir_all(group).and_then(|()| open_entrance(group));
    attempt()
        .or_else(|_| attempt())
        .or_else(|_| attempt())
        .doing(|| format!("create cgroup {}", group.display()))
}

fn open_entrance(group: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(group.join("cgroup.procs"))
}

/// Removes a group and those that the container made below it; deepest first.
fn remove_tree(group: &Path) -> io::Result<()> {
    for entry in fs::read_dir(group)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(group)
}

fn unless_gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound || gone.raw_os_error() == Some(libc::ENODEV) => {
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unified_hierarchy_is_found_wherever_it_is_mounted() {
        let hybrid = "tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        assert_eq!(mount_point(hybrid), Some("/sys/fs/cgroup/unified".into()));
        assert_eq!(mount_point("none /mnt/c\\040g cgroup2 rw 0 0"), Some("/mnt/c g".into()));
        assert_eq!(mount_point("cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0"), None);
    }
}
