//! Whether this machine can carry the dataplane, said before anything is changed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use nix::{
    mount::{MsFlags, mount},
    sys::statfs::{BPF_FS_MAGIC, statfs},
    unistd::Uid,
};

use super::KernelError;

/// The first kernel with all that the programs use: TCX is there since 6.6, route lookups that tell the
/// source address (`BPF_FIB_LOOKUP_SRC`) since 6.7.
const FIRST: (u32, u32) = (6, 7);
/// Where the kernel describes its types.
const BTF: &str = "/sys/kernel/btf/vmlinux";
/// Where a bpf file system is mounted by custom.
const BPFFS: &str = "/sys/fs/bpf";

/// Checks that programs can be loaded, attached and pinned below `bpf_dir`; mounts a bpf file
/// system on `/sys/fs/bpf` where `bpf_dir` is below that and none is mounted.
///
/// # Errors
/// [`KernelError::NoRoot`], [`KernelError::TooOld`], [`KernelError::NoBtf`], [`KernelError::NoBpffs`].
pub fn preflight(bpf_dir: &Path) -> Result<(), KernelError> {
    if !Uid::effective().is_root() {
        return Err(KernelError::NoRoot);
    }
    check_release(&release())?;
    if !Path::new(BTF).exists() {
        return Err(KernelError::NoBtf);
    }
    if is_bpffs(bpf_dir) { Ok(()) } else { mount_bpffs(bpf_dir) }
}

/// The running kernel's release, such as `6.18.44`.
fn release() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()
}

fn check_release(release: &str) -> Result<(), KernelError> {
    match parse_release(release) {
        Some(version) if version < FIRST => Err(KernelError::TooOld(release.to_owned())),
        // A release that does not read as one is left to the attach itself.
        _ => Ok(()),
    }
}

/// Major and minor of a release.
fn parse_release(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Whether the nearest directory above `path` that exists is on a bpf file system.
fn is_bpffs(path: &Path) -> bool {
    let nearest = path.ancestors().find(|dir| dir.exists());
    nearest.and_then(|dir| statfs(dir).ok()).is_some_and(|fs| fs.filesystem_type() == BPF_FS_MAGIC)
}

/// Mounts a bpf file system at the customary place, if that makes `bpf_dir` one.
fn mount_bpffs(bpf_dir: &Path) -> Result<(), KernelError> {
    let refused = |source| KernelError::NoBpffs { path: PathBuf::from(bpf_dir), source };
    if !bpf_dir.starts_with(BPFFS) {
        return Err(refused(io::Error::other("it is not below /sys/fs/bpf")));
    }
    let none: Option<&str> = None;
    mount(Some("bpf"), BPFFS, Some("bpf"), MsFlags::empty(), none).map_err(|e| refused(e.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_that_is_too_old_is_refused_by_its_name() {
        let error = check_release("6.1.0-18-amd64").map_err(|e| e.to_string());
        assert_eq!(
            error,
            Err("kernel 6.1.0-18-amd64 is too old for Causeway's programs: run Linux 6.7 or later".into())
        );
        assert!(check_release("6.6.0").is_err());
        assert!(check_release("6.7.0").is_ok());
        assert!(check_release("6.18.44-fc").is_ok());
        assert!(check_release("7.0-rc1").is_ok());
    }

    #[test]
    fn a_directory_elsewhere_is_no_bpffs() {
        assert!(!is_bpffs(Path::new("/tmp/nowhere/at/all")));
        let error = mount_bpffs(Path::new("/tmp/nowhere"));
        assert!(matches!(error, Err(KernelError::NoBpffs { .. })));
    }
}
