//! Figures that tests compare: counters of kernel and dataplane, and memory.

use std::{collections::BTreeMap, fs, path::PathBuf};

use causeway_common::names;
use causeway_lab::{Netns, ip};

use super::cast::Stage;

/// Counters that moved, and by how much.
pub(crate) fn drops_since(
    before: &BTreeMap<String, u64>,
    after: &BTreeMap<String, u64>,
) -> BTreeMap<String, u64> {
    let by = |(name, count): (&String, &u64)| (name.clone(), count - before.get(name).unwrap_or(&0));
    after.iter().map(by).filter(|(_, count)| *count > 0).collect()
}

/// A counter of a namespace's own (`/proc/net/snmp`, RFC 1213).
pub(crate) fn counted(netns: &Netns, protocol: &str, counter: &str) -> u64 {
    let text = netns.run(|| fs::read_to_string("/proc/thread-self/net/snmp")).unwrap().unwrap();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(protocol)?.strip_prefix(": "));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let mut fields = names.split(' ').zip(values.split(' '));
    fields.find(|(name, _)| *name == counter).unwrap().1.parse().unwrap()
}

/// Where the node's maps are pinned.
fn maps(stage: &Stage) -> PathBuf {
    stage.lab.layout().bpf_dir(1).join(names::LAYOUT).join("maps")
}

/// Bytes of kernel memory that a map of the node takes.
pub(crate) fn map_bytes(stage: &Stage, map: &str) -> u64 {
    let words = format!("-j map show pinned {}", maps(stage).join(map).display());
    let shown = ip::words(&stage.node().netns, "bpftool", &words).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    shown["bytes_memlock"].as_u64().unwrap()
}

/// Bytes of kernel memory that all maps of the node take.
pub(crate) fn maps_bytes(stage: &Stage) -> u64 {
    let pins = fs::read_dir(maps(stage)).unwrap().flatten();
    pins.map(|pin| map_bytes(stage, &pin.file_name().to_string_lossy())).sum()
}

/// Bytes of memory that the node's daemon has now.
pub(crate) fn resident(stage: &Stage) -> u64 {
    let status = format!("/proc/{}/status", stage.node().daemon_pid().unwrap());
    let text = fs::read_to_string(status).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
