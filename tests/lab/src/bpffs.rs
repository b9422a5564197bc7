//! The BPF file system, where programs and maps are pinned.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use nix::mount::{MsFlags, mount};

/// Where it is mounted.
pub const MOUNT_POINT: &str = "/sys/fs/bpf";

/// Mounts the BPF file system where it is not mounted yet.
///
/// # Errors
/// If the kernel refuses.
pub fn ensure() -> Result<()> {
    if mounted(&fs::read_to_string("/proc/self/mounts")?) {
        return Ok(());
    }
    mount(Some("bpf"), MOUNT_POINT, Some("bpf"), MsFlags::empty(), None::<&str>)
        .with_context(|| format!("cannot mount the BPF file system at {MOUNT_POINT}"))
}

fn mounted(mounts: &str) -> bool {
    mounts.lines().any(|line| {
        let mut words = line.split(' ').skip(1);
        words.next() == Some(MOUNT_POINT) && words.next() == Some("bpf")
    })
}

/// Removes a directory of pins with all that is in it, if it is there.
pub fn remove(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => remove(&entry.path()),
            _ => drop(fs::remove_file(entry.path())),
        }
    }
    let _ = fs::remove_dir(directory);
}

#[cfg(test)]
mod tests {
    use super::mounted;

    #[test]
    fn a_mounted_bpffs_is_recognised() {
        assert!(mounted("sysfs /sys sysfs rw 0 0\nbpf /sys/fs/bpf bpf rw,mode=700 0 0\n"));
    }

    #[test]
    fn another_file_system_there_is_not_it() {
        assert!(!mounted("tmpfs /sys/fs/bpf tmpfs rw 0 0\nbpf /elsewhere bpf rw 0 0\n"));
    }
}
