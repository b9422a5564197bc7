//! What is on the machine that could be ours: taken before and after, compared, nothing may be new.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use causeway_common::{Road, names};

use crate::{bpffs, lab::ROOTS, layout::PINS, netns, run};

/// Everything of our names, a line each: `namespace cw-node1`, `program from_uplink 17`, …
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeSet<String>);

impl Snapshot {
    /// Looks now.
    ///
    /// # Errors
    /// If one of the tools that list things fails.
    pub fn take() -> Result<Self> {
        let mut found = BTreeSet::new();
        found.extend(files("namespace", Path::new(netns::DIRECTORY)));
        found.extend(files("directory", Path::new(ROOTS)));
        found.extend(pins(Path::new(bpffs::MOUNT_POINT)));
        found.extend(cgroups());
        found.extend(processes());
        for (what, line) in [("link", "link"), ("route", "route show table all"), ("rule", "rule")] {
            found.extend(listed(what, &format!("ip -o {line}"))?);
        }
        found.extend(listed("qdisc", "tc qdisc show")?);
        found.extend(loaded("program", "prog")?);
        found.extend(loaded("map", "map")?);
        Ok(Self(found))
    }

    /// What is in `self` and was not in `before`.
    pub fn since(&self, before: &Self) -> Vec<&str> {
        self.0.iter().filter(|line| !before.0.contains(*line)).map(String::as_str).collect()
    }

    /// As text, for another program.
    ///
    /// # Errors
    /// Never in practice.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(&self.0)?)
    }

    /// From what [`Snapshot::to_json`] gave.
    ///
    /// # Errors
    /// If the text is something else.
    pub fn from_json(text: &str) -> Result<Self> {
        Ok(Self(serde_json::from_str(text)?))
    }
}

fn files(what: &str, directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| format!("{what} {}", entry.path().display())).collect()
}

/// Directories and files under the BPF file system that are ours.
fn pins(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let ours = paths.filter(|path| path.to_string_lossy().contains("causeway") || path.starts_with(PINS));
    ours.flat_map(|path| [vec![format!("pin {}", path.display())], pins(&path)].concat()).collect()
}

/// Groups of containers' processes, and the one that holds them, in whichever hierarchy.
fn cgroups() -> Vec<String> {
    let roots = ["/sys/fs/cgroup/causeway", "/sys/fs/cgroup/unified/causeway"].map(Path::new);
    let there = roots.into_iter().filter(|root| root.is_dir());
    there
        .flat_map(|root| [directories(root), vec![root.to_path_buf()]].concat())
        .map(|group| format!("cgroup {}", group.display()))
        .collect()
}

fn directories(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// Daemons and the keepers of containers, by the name of their program.
fn processes() -> Vec<String> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let named = pids.filter_map(|entry| {
        let name = fs::read_to_string(entry.path().join("comm")).ok()?;
        Some((name.trim().to_owned(), entry.file_name().to_string_lossy().into_owned()))
    });
    named
        .filter(|(name, _)| ["causewayd", "causeway", "etcd"].contains(&name.as_str()))
        .map(|(name, pid)| format!("process {name} {pid}"))
        .collect()
}

/// Lines of a tool, without what changes by itself.
fn listed(what: &str, line: &str) -> Result<Vec<String>> {
    Ok(said(line)?.lines().map(|line| format!("{what} {}", line.trim())).collect())
}

/// Loaded programs or maps that have one of our names.
fn loaded(what: &str, kind: &str) -> Result<Vec<String>> {
    let text = said(&format!("bpftool --json {kind} show"))?;
    let all: Vec<serde_json::Value> = serde_json::from_str(&text).context("bpftool")?;
    let ours = all.iter().filter(|object| object["name"].as_str().is_some_and(is_ours));
    Ok(ours.map(|object| format!("{what} {} {}", object["name"], object["id"])).collect())
}

fn is_ours(name: &str) -> bool {
    let hooks = [
        names::FROM_CONTAINER,
        names::FROM_UPLINK,
        names::FROM_OUTSIDE,
        names::FROM_HOST,
        names::FROM_WIRE,
        names::FROM_DRIVER,
        names::THROUGH_LO,
        "disturb",
        "release",
        "witness",
    ];
    let is_road = Road::ALL.iter().any(|road| road.name() == name);
    hooks.contains(&name) || is_road || names::SOCKET_HOOKS.contains(&name) || names::MAPS.contains(&name)
}

fn said(line: &str) -> Result<String> {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap_or_default());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    run::output(command.args(words), run::LIMIT)?.text().with_context(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::{Snapshot, is_ours};

    fn of(lines: &[&str]) -> Snapshot {
        Snapshot(lines.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_was_there_before_is_no_residue() {
        let before = of(&["namespace a", "pin b"]);
        assert!(of(&["pin b"]).since(&before).is_empty());
        assert_eq!(of(&["pin b", "pin c"]).since(&before), ["pin c"]);
    }

    #[test]
    fn programs_of_every_kind_are_known_by_their_names() {
        for name in
            ["from_container", "from_outside", "from_wire", "from_driver", "connect4", "to_mesh", "DROPS"]
        {
            assert!(is_ours(name), "{name}");
        }
        assert!(!is_ours("sd_devices"));
    }

    #[test]
    fn a_snapshot_survives_being_written_down() {
        let snapshot = of(&["program \"from_uplink\" 17"]);
        assert_eq!(Snapshot::from_json(&snapshot.to_json().unwrap()).unwrap(), snapshot);
    }
}
