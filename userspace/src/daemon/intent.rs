//! What is about to be done to a container, noted before it is begun: a daemon that is killed in its middle
//! finds the note when it starts again, and finishes. What the store says already needs no note.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{failpoint, model::Id};

/// Where the notes are, below the run directory: a reboot ends what they are about.
const DIR: &str = "intents";

/// What is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Intent {
    /// Its networks change, and then the files that name them.
    Change,
    /// Its process is ended.
    Stop,
    /// It is removed, though it runs.
    Remove,
}

impl Intent {
    const ALL: [Self; 3] = [Self::Change, Self::Stop, Self::Remove];

    const fn word(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Stop => "stop",
            Self::Remove => "remove",
        }
    }
}

/// A note, which is taken away when this is dropped: what was begun is finished, or was taken back.
#[derive(Debug)]
#[must_use = "a note that is dropped is gone"]
pub(super) struct Noted(PathBuf);

impl Drop for Noted {
    fn drop(&mut self) {
        // Where it stays, what is done is done once more.
        drop(fs::remove_file(&self.0));
        failpoint::pass("a note is taken away");
    }
}

/// Notes what is about to be done to a container. Where that cannot be written down it is done all the same.
pub(super) fn note(run_dir: &Path, intent: Intent, container: &Id) -> Noted {
    let dir = run_dir.join(DIR);
    let path = dir.join(format!("{container}.{}", intent.word()));
    if let Err(error) = fs::create_dir_all(&dir).and_then(|()| fs::write(&path, "")) {
        tracing::warn!(path = %path.display(), %error, "not noted");
    }
    failpoint::pass("a note is made");
    Noted(path)
}

/// What an earlier daemon had begun.
pub(super) fn noted(run_dir: &Path) -> Vec<(Id, Intent)> {
    let files = fs::read_dir(run_dir.join(DIR)).into_iter().flatten().flatten();
    let mut found: Vec<_> = files.filter_map(|file| read(file.file_name().to_str()?)).collect();
    found.sort_unstable();
    found
}

fn read(name: &str) -> Option<(Id, Intent)> {
    let (id, word) = name.split_once('.')?;
    Some((Id::parse(id)?, Intent::ALL.into_iter().find(|intent| intent.word() == word)?))
}

/// Takes all notes away.
///
/// # Errors
/// Where they stay.
pub(super) fn forget_all(run_dir: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(run_dir.join(DIR)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_note_is_found_as_long_as_it_is_held() {
        let (dir, id) = (tempfile::tempdir().unwrap(), Id::random());
        let held = note(dir.path(), Intent::Remove, &id);
        drop(note(dir.path(), Intent::Stop, &id));
        fs::write(dir.path().join(DIR).join("nonsense"), "").unwrap();
        assert_eq!(noted(dir.path()), [(id, Intent::Remove)]);
        drop(held);
        assert_eq!(noted(dir.path()), []);
        forget_all(dir.path()).unwrap();
        assert!(!dir.path().join(DIR).exists());
    }
}
