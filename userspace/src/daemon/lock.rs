//! One daemon a directory: locks that end with the process.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};

/// How often the holder of a lock is looked for.
const LOOKS: usize = 16;
/// Room for the list of all locks, bytes; a machine with more of them is read in several pieces.
const PIECE: usize = 1 << 16;

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
///
/// The kernel writes the list piece by piece and goes on at a number of lines, not at a lock: where others let
/// go of theirs between two pieces, a line is passed over. So who is not found is looked for again.
fn holder(file: &File) -> Option<u32> {
    let inode = file.metadata().ok()?.ino();
    (0..LOOKS).find_map(|_| find_holder(&read_locks().ok()?, inode))
}

/// The list in as few pieces as the kernel gives: one read is answered with up to a page at one moment.
fn read_locks() -> io::Result<String> {
    let mut text = String::with_capacity(PIECE);
    File::open("/proc/locks")?.read_to_string(&mut text)?;
    Ok(text)
}

/// Who has a file of this inode locked, of the list in `/proc/locks`.
///
/// Lines look like `1: FLOCK  ADVISORY  WRITE 4711 00:2a:12345 0 EOF`; waiting ones have `->` second.
pub fn find_holder(locks: &str, inode: u64) -> Option<u32> {
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

    use std::{
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

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
    fn the_holder_is_found_while_others_come_and_go() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let _first = take(&[&state]).unwrap();
        let file = File::open(&state).unwrap();
        let over = AtomicBool::new(false);
        let others = [dir.path().join("a"), dir.path().join("b")];
        thread::scope(|scope| {
            for other in &others {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        drop(take(&[other]));
                    }
                });
            }
            let found = (0..1000).filter(|_| holder(&file) == Some(std::process::id())).count();
            over.store(true, Ordering::Relaxed);
            assert_eq!(found, 1000);
        });
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
