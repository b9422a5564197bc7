//! Groups of tests: the unit tests of all crates, the fuzz targets, and the test programs of `tests/tests` by what
//! they are about. A test program that no group claims is a group of its own: none is forgotten.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};
use causeway_lab::residue::Snapshot;

use super::report::Outcome;
use crate::{fuzz, run, tree};

/// Groups in the order in which they run: what is quick and finds most comes first.
const ORDER: &[&str] = &["house", "unit", "packet", "command", "network"];
/// Runs after everything else: it looks for what the others left.
const LAST: &str = "residue";
/// Groups whose tests do not disturb each other: neither do daemons that are killed and started hundreds of times.
const SIDE_BY_SIDE: &[&str] = &["unit", "house", "failpoints"];
/// The unit tests of all crates, and the lab's own.
const UNIT: &str = "--lib --bins --test cables";
/// Test programs that are about packets.
const PACKET: &[&str] = &["packet", "abi", "differential", "malformed", "budget", "roads"];

/// What was on the machine before the first test, for the residue test to compare with.
pub(crate) struct Baseline(PathBuf);

impl Baseline {
    /// Looks now.
    ///
    /// # Errors
    /// If it cannot be written down.
    pub(crate) fn take() -> Result<Self> {
        let file = tree::target().join("residue-before.json");
        fs::write(&file, Snapshot::take()?.to_json()?).with_context(|| file.display().to_string())?;
        Ok(Self(file))
    }
}

/// Some tests that run together.
pub(crate) struct Group {
    /// Its name, for `--group`.
    pub(crate) name: String,
    tests: Tests,
}

/// What its tests are.
enum Tests {
    /// Those that `cargo test` finds with these arguments.
    Cargo(Vec<String>),
    /// The fuzz targets.
    Fuzz,
}

impl Group {
    /// Runs its tests, passing their output on. Long ones may find the binaries of an `earlier` build.
    ///
    /// # Errors
    /// If cargo cannot be started.
    pub(crate) fn run(
        &self,
        filter: Option<&str>,
        long: bool,
        earlier: Option<&Path>,
        before: &Baseline,
    ) -> Result<Outcome> {
        let Tests::Cargo(arguments) = &self.tests else {
            let (good, bad) = fuzz::test(filter, long)?;
            return Ok(Outcome::of(good, bad));
        };
        let mut cargo = run::cargo();
        // All of the workspace each time: what is built for one group is as the next one needs it.
        cargo.args(["test", "--workspace", "--no-fail-fast"]).args(arguments).args(filter).arg("--");
        if self.serial() {
            cargo.arg("--test-threads=1");
        }
        cargo.env("CAUSEWAY_RESIDUE_BEFORE", &before.0);
        if long {
            cargo.env("CAUSEWAY_LONG", "1");
        }
        if let Some(earlier) = earlier {
            cargo.env("CAUSEWAY_EARLIER", earlier);
        }
        passed_on(&mut cargo)
    }

    /// Clusters are heavy, and captures and counts want to be alone.
    fn serial(&self) -> bool {
        !SIDE_BY_SIDE.contains(&self.name.as_str())
    }
}

/// Every group, in the order in which they run.
///
/// # Errors
/// If the test programs cannot be listed.
pub(crate) fn all() -> Result<Vec<Group>> {
    let mut programs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for program in programs_of_tests()? {
        programs.entry(group_of(&program).to_owned()).or_default().push(program);
    }
    let mut groups: Vec<Group> =
        programs.into_iter().map(|(name, programs)| of_programs(name, &programs)).collect();
    groups.push(Group { name: "unit".to_owned(), tests: Tests::Cargo(words(UNIT)) });
    groups.push(Group { name: "fuzz".to_owned(), tests: Tests::Fuzz });
    groups.sort_by_key(|group| place(&group.name));
    Ok(groups)
}

fn of_programs(name: String, programs: &[String]) -> Group {
    let arguments = programs.iter().flat_map(|program| ["--test".to_owned(), program.clone()]).collect();
    Group { name, tests: Tests::Cargo(arguments) }
}

fn programs_of_tests() -> Result<Vec<String>> {
    let directory = tree::root().join("tests/tests");
    let entries = fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
    let programs = entries.flatten().map(|entry| entry.path()).filter(|path| is_program(path));
    Ok(programs.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect())
}

/// Cargo's rule: a source, or a directory with a `main.rs`.
fn is_program(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").is_file()
}

fn group_of(program: &str) -> &str {
    match program {
        name if PACKET.contains(&name) => "packet",
        name if name.starts_with("topology") || name == "local" => "network",
        name if name.starts_with("command") => "command",
        name => name,
    }
}

/// Known groups in their order, then others by name, and what looks for residue last.
fn place(name: &str) -> (usize, String) {
    let known = ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    (if name == LAST { ORDER.len() + 1 } else { known }, name.to_owned())
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn passed_on(cargo: &mut Command) -> Result<Outcome> {
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut outcome = Outcome::default();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufReader::lines) {
        let line = line?;
        outcome.read(&line);
        println!("{line}");
    }
    outcome.ended(child.wait()?.success());
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::{group_of, place};

    #[test]
    fn a_program_that_no_group_claims_is_its_own() {
        assert_eq!(group_of("docker"), "docker");
        assert_eq!(group_of("topology_mtu"), "network");
        assert_eq!(group_of("abi"), "packet");
    }

    #[test]
    fn residue_is_looked_for_last() {
        let mut names = ["residue", "docker", "unit", "house", "zebra"];
        names.sort_by_key(|name| place(name));
        assert_eq!(names, ["house", "unit", "docker", "zebra", "residue"]);
    }
}
