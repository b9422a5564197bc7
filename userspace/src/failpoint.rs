//! Places at which tests have the daemon killed: between any two of its steps.
//!
//! `CAUSEWAY_FAILPOINT` names a file that holds a number. Whoever passes such a place counts it down and writes
//! the place's name beside it; who comes to 0 is killed as hard as can be. Without the file, or at 0, nothing is
//! counted, so a daemon that goes on after a death is not killed again until the number is written anew.
//! Builds without debug assertions know nothing of all this.

#[cfg(debug_assertions)]
pub(crate) use armed::pass;

/// Nothing.
#[cfg(not(debug_assertions))]
pub(crate) const fn pass(_place: &str) {}

#[cfg(debug_assertions)]
mod armed {
    use std::{
        env, fs,
        io::Write,
        path::{Path, PathBuf},
        sync::{LazyLock, Mutex, PoisonError},
    };

    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    static FILE: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| env::var_os("CAUSEWAY_FAILPOINT").map(PathBuf::from));
    /// One at a time counts.
    static TURN: Mutex<()> = Mutex::new(());

    /// Counts, and may be the last that this process does.
    pub(crate) fn pass(place: &str) {
        let Some(file) = &*FILE else { return };
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        tracing::debug!(place, "passed");
        if count_down(file, place) == Some(0) {
            tracing::warn!(place, "a test has this process killed here");
            // It does not come back from this.
            let _ = kill(Pid::this(), Signal::SIGKILL);
        }
    }

    /// What is left; none where nothing is counted.
    pub(super) fn count_down(file: &Path, place: &str) -> Option<u32> {
        let left = fs::read_to_string(file).ok()?.lines().next()?.parse::<u32>().ok()?.checked_sub(1)?;
        // A file that was taken away meanwhile is not made again.
        let mut file = fs::OpenOptions::new().write(true).truncate(true).open(file).ok()?;
        file.write_all(format!("{left}\n{place}\n").as_bytes()).ok()?;
        Some(left)
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::armed::count_down;

    #[test]
    fn a_number_is_counted_down_once_and_no_further() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("failpoint");
        assert_eq!(count_down(&file, "here"), None, "there is no number");
        std::fs::write(&file, "2").unwrap();
        assert_eq!([(); 3].map(|()| count_down(&file, "here")), [Some(1), Some(0), None]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "0\nhere\n");
    }
}
