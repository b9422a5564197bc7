//! The pins of a dataplane that no daemon looks after: what an earlier build would have left there.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use causeway_common::names;

/// The layout before this one.
pub const EARLIER: &str = "v4";
/// How many reasons and roads it knew: the entries of its maps of counters.
const COUNTED: [(&str, u32); 2] = [(names::DROPS, 36), (names::COUNTERS, 17)];

/// Runs `bpftool`; what it says, as JSON.
///
/// # Errors
/// With what it says, where it fails.
pub fn bpftool(line: &str) -> Result<serde_json::Value> {
    let output = Command::new("bpftool").arg("--json").args(line.split_whitespace()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "bpftool {line}: {said}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&said).with_context(|| format!("bpftool {line}: {said}"))
}

/// The number of the program that a pinned link runs.
///
/// # Errors
/// Where there is none.
pub fn linked(bpf_dir: &Path, link: &str) -> Result<u64> {
    let pin = bpf_dir.join(names::LAYOUT).join("links").join(link);
    let shown = bpftool(&format!("link show pinned {}", pin.display()))?;
    shown["prog_id"].as_u64().with_context(|| shown.to_string())
}

/// The names of what is in a directory of pins.
///
/// # Errors
/// Where there is none.
pub fn listed(directory: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Replaces a pinned map by an empty one.
///
/// # Errors
/// Where the kernel refuses.
pub fn replace(maps: &Path, map: &str, shape: &str) -> Result<()> {
    let pin = maps.join(map);
    fs::remove_file(&pin)?;
    bpftool(&format!("map create {} name {map} {shape}", pin.display())).map(drop)
}

/// Makes the programs that are pinned another version's.
///
/// # Errors
/// Where there is not exactly one version.
pub fn as_another_version(bpf_dir: &Path) -> Result<()> {
    let versions = bpf_dir.join(names::LAYOUT).join("programs");
    let found = listed(&versions)?;
    ensure!(found.len() == 1, "{found:?}");
    fs::rename(versions.join(&found[0]), versions.join("another")).context("renaming")
}

/// Makes all pins those of the layout before this one, which had pinned no programs and whose maps of counters
/// were as long as there were reasons and roads. `counted` is what its programs have counted, on each CPU, of the
/// first of each.
///
/// # Errors
/// Where the kernel refuses.
pub fn as_earlier_layout(bpf_dir: &Path, counted: u8) -> Result<()> {
    let earlier = bpf_dir.join(EARLIER);
    fs::rename(bpf_dir.join(names::LAYOUT), &earlier)?;
    causeway_lab::bpffs::remove(&earlier.join("programs"));
    for (map, entries) in COUNTED {
        replace(&earlier.join("maps"), map, &format!("type percpu_array key 4 value 8 entries {entries}"))?;
        let pin = earlier.join("maps").join(map);
        bpftool(&format!("map update pinned {} key 0 0 0 0 value {counted} 0 0 0 0 0 0 0", pin.display()))?;
    }
    Ok(())
}
