//! The last build whose maps were laid out otherwise: what upgrades begin from.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

use crate::{run, tree};

/// Where the layout's version is written down.
const LAYOUT: &str = "common/src/names.rs";
/// The line that says it.
const LINE: &str = "LAYOUT: &str";

/// Builds it once, from the repository's history, into `target/earlier` (some minutes); where its binaries are.
///
/// # Errors
/// If this is no clone with its history, or it does not build.
pub(crate) fn binaries() -> Result<PathBuf> {
    let commit = commit()?;
    let directory = tree::target().join("earlier").join(&commit);
    let binaries = directory.join("target/debug");
    if !binaries.join("causewayd").is_file() {
        println!(
            "test: building {commit}, the last commit with another map layout, for upgrades to begin from"
        );
        extract(&commit, &directory)?;
        share_toolchain(&directory)?;
        run::checked(run::cargo().args(["xtask", "build"]).current_dir(&directory))?;
    }
    Ok(binaries)
}

/// The commit before the one that changed the layout last.
fn commit() -> Result<String> {
    let arguments = ["log", "-1", "--format=%H", &format!("-G{LINE}"), "--", LAYOUT];
    let changed = run::said(git().args(arguments)).filter(|said| !said.is_empty());
    let changed =
        changed.context("the commit that changed the map layout last is not in this clone's history")?;
    let before = run::said(git().args(["rev-parse", &format!("{changed}^")]));
    before.with_context(|| format!("the commit before {changed} is not in this clone's history"))
}

fn extract(commit: &str, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    let mut archive =
        git().args(["archive", commit]).stdout(Stdio::piped()).spawn().context("git archive")?;
    let input = archive.stdout.take().context("git archive says nothing")?;
    run::checked(Command::new("tar").arg("-x").arg("-C").arg(directory).stdin(input))?;
    ensure!(archive.wait()?.success(), "git archive {commit} failed");
    Ok(())
}

/// The compiler and the linker are this build's: they take minutes to make.
fn share_toolchain(directory: &Path) -> Result<()> {
    let (target, toolchain) = (directory.join("target"), directory.join("target/toolchain"));
    fs::create_dir_all(target)?;
    if toolchain.symlink_metadata().is_err() {
        symlink(tree::toolchain(), toolchain)?;
    }
    Ok(())
}

fn git() -> Command {
    let mut git = Command::new("git");
    git.current_dir(tree::root());
    git
}
