//! The targets, and where their inputs are.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use super::build;
use crate::tree;

/// One target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// Its name, and its program's.
    pub(super) name: String,
}

/// Every target, by name.
///
/// # Errors
/// If they cannot be listed.
pub(super) fn all() -> Result<Vec<Target>> {
    let directory = home().join("fuzz_targets");
    let entries = fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
    let name = |path: PathBuf| Some(Target { name: path.file_stem()?.to_str()?.to_owned() });
    let mut targets: Vec<_> = entries.flatten().filter_map(|entry| name(entry.path())).collect();
    targets.sort();
    Ok(targets)
}

fn home() -> PathBuf {
    tree::root().join("tests/fuzz")
}

impl Target {
    /// Inputs that are kept.
    pub(super) fn kept(&self) -> PathBuf {
        home().join("corpus").join(&self.name)
    }

    /// Inputs that runs on this machine have found.
    pub(super) fn found(&self) -> PathBuf {
        build::directory().join("corpus").join(&self.name)
    }

    /// Inputs that ended it.
    pub(super) fn findings(&self) -> PathBuf {
        build::directory().join("findings").join(&self.name)
    }

    /// What it said.
    pub(super) fn log(&self) -> PathBuf {
        build::directory().join(format!("{}.log", self.name))
    }

    /// Words that its inputs are likely to hold, where there are such.
    pub(super) fn dictionary(&self) -> Option<PathBuf> {
        Some(home().join("dictionaries").join(format!("{}.dict", self.name))).filter(|file| file.is_file())
    }

    /// How many inputs there are.
    pub(super) fn inputs(&self) -> usize {
        let count = |directory: PathBuf| fs::read_dir(directory).map_or(0, Iterator::count);
        count(self.kept()) + count(self.found())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::fs;

    use super::{all, home};

    #[test]
    fn every_target_has_a_program_and_inputs() {
        let manifest = fs::read_to_string(home().join("Cargo.toml")).unwrap();
        for target in all().unwrap() {
            assert!(
                manifest.contains(&format!("name = \"{}\"", target.name)),
                "{} is not built",
                target.name
            );
            assert!(fs::read_dir(target.kept()).unwrap().count() > 5, "{} has hardly any input", target.name);
        }
    }
}
