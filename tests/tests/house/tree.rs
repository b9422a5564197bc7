//! The sources as they lie on disk.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A Rust source: its path from the workspace's directory, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Every Rust source of the workspace.
pub(crate) fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for room in ["common", "ebpf", "userspace", "tests", "xtask"] {
        walk(&root().join(room), &mut found);
    }
    assert!(found.len() > 50, "only {} sources found: the walk is broken", found.len());
    found
}

fn walk(directory: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source { path: path.strip_prefix(root()).unwrap().display().to_string(), text });
        }
    }
}

/// Text of one file.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Names, without ending, of the sources in one directory.
pub(crate) fn stems(directory: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(directory)).unwrap().flatten();
    let stems = entries.map(|entry| entry.path().file_stem().unwrap().to_string_lossy().into_owned());
    stems.filter(|stem| stem != "mod").collect()
}

/// Names of what lies at the top.
pub(crate) fn top_level() -> Vec<String> {
    let entries = fs::read_dir(root()).unwrap().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
