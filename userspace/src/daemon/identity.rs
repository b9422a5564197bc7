//! Who this node is: a random id in its state directory.

use std::{fs, io, path::Path};

use crate::{kernel, model::Id};

/// The id kept in `state_dir`, or a new one that is kept from now on.
///
/// The same id takes its lease and its endpoints back after a restart or a reboot.
///
/// # Errors
/// Where the directory cannot be written, or the file holds something else than an id.
pub(super) fn load_or_create(state_dir: &Path) -> io::Result<Id> {
    let path = state_dir.join("node-id");
    match fs::read_to_string(&path) {
        Ok(text) => Id::parse(text.trim()).ok_or_else(|| damaged(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(&path),
        Err(error) => Err(named(&path, &error)),
    }
}

/// The id is written beside its place and then moved there: half an id is never read.
fn create(path: &Path) -> io::Result<Id> {
    let id = Id::random();
    let beside = path.with_extension("new");
    fs::write(&beside, format!("{id}\n")).map_err(|e| named(&beside, &e))?;
    fs::File::open(&beside)?.sync_all()?;
    fs::rename(&beside, path).map_err(|e| named(path, &e))?;
    Ok(id)
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn damaged(path: &Path) -> io::Error {
    io::Error::other(format!("{} holds no node id; remove it to join as a new node", path.display()))
}

/// Where this daemon runs: this boot of this machine, and its network namespace in it.
///
/// # Errors
/// Where the kernel does not say.
pub(super) fn machine() -> io::Result<String> {
    // random(4): a UUID made at each boot, which no copy of a disk shares.
    let path = Path::new("/proc/sys/kernel/random/boot_id");
    let boot = fs::read_to_string(path).map_err(|e| named(path, &e))?;
    Ok(format!("{}/{}", boot.trim(), kernel::netns_cookie()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_id_stays() {
        let dir = tempfile::tempdir().unwrap();
        let id = load_or_create(dir.path()).unwrap();
        assert_eq!(load_or_create(dir.path()).unwrap(), id);
    }

    #[test]
    fn a_restart_is_in_the_same_place() {
        assert_eq!(machine().unwrap(), machine().unwrap());
    }

    #[test]
    fn a_damaged_id_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("node-id"), "nonsense").unwrap();
        assert!(load_or_create(dir.path()).unwrap_err().to_string().contains("node-id"));
    }
}
