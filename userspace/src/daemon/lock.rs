//! One daemon a directory: locks that end with the process.

use std::{
    fs::File,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};

/// Locks on the daemon's directories; they are held until this is dropped.
///
/// The directories themselves are locked, not files in them: a bpf file system takes no files.
#[derive(Debug)]
pub(super) struct Locks {
    _held: Vec<Flock<File>>,
}

/// A directory that cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum LockError {
    /// Another daemon has it.
    #[error("{} is in use by another causewayd{}; stop it, or give this one directories of its own",
            dir.display(), pid.map(|p| format!(" (pid {p})")).unwrap_or_default())]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// Who has it, where the kernel says.
        pid: Option<u32>,
    },
    /// It cannot be made or opened.
    #[error("cannot use the directory {}: {source}", dir.display())]
    Unusable {
        /// The directory.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes the directories where they are missing, and takes all of them or none.
///
/// # Errors
/// [`LockError`] names the first that cannot be had.
pub(super) fn take(dirs: &[&Path]) -> Result<Locks, LockError> {
    let held = dirs.iter().map(|dir| take_one(dir)).collect::<Result<_, _>>()?;
    Ok(Locks { _held: held })
}

fn take_one(dir: &Path) -> Result<Flock<File>, LockError> {
    let unusable = |source| LockError::Unusable { dir: dir.to_owned(), source };
    std::fs::create_dir_all(dir).map_err(unusable)?;
    let file = File::open(dir).map_err(unusable)?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(file, errno)| match errno {
        Errno::EWOULDBLOCK => LockError::InUse { dir: dir.to_owned(), pid: holder(&file) },
        other => unusable(other.into()),
    })
}

/// Who holds the lock, from `/proc/locks` (proc(5)).
fn holder(file: &File) -> Option<u32> {
    let inode = file.metadata().ok()?.ino();
    find_holder(&std::fs::read_to_string("/proc/locks").ok()?, inode)
}

/// Lines look like `1: FLOCK  ADVISORY  WRITE 4711 00:2a:12345 0 EOF`; waiting ones have `->` second.
fn find_holder(locks: &str, inode: u64) -> Option<u32> {
    let of_line = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, pid, file, ..] = fields[..] else { return None };
        let same = file.rsplit(':').next()?.parse() == Ok(inode);
        if same { pid.parse().ok() } else { None }
    };
    locks.lines().find_map(of_line)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_second_daemon_is_refused_with_directory_and_pid() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let first = take(&[&state]).unwrap();
        let refusal = take(&[&state]).unwrap_err().to_string();
        assert!(refusal.contains(state.to_str().unwrap()), "{refusal}");
        assert!(refusal.contains(&format!("pid {}", std::process::id())), "{refusal}");
        drop(first);
        assert!(take(&[&state]).is_ok());
    }

    #[test]
    fn of_several_directories_none_stays_locked_where_one_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let _first = take(&[&b]).unwrap();
        assert!(take(&[&a, &b]).is_err());
        assert!(take(&[&a]).is_ok());
    }

    #[test]
    fn waiting_ones_are_not_holders() {
        let locks = "1: -> FLOCK ADVISORY WRITE 7 00:2a:9 0 EOF\n2: FLOCK ADVISORY WRITE 8 00:2a:9 0 EOF\n";
        assert_eq!(find_holder(locks, 9), Some(8));
        assert_eq!(find_holder(locks, 10), None);
    }
}
