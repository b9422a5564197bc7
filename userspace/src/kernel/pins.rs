//! Where maps, programs and links are pinned.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use causeway_common::names;

use super::{Hook, KernelError, WireMode};

/// The directory of this layout's maps.
pub(super) fn maps(bpf_dir: &Path) -> PathBuf {
    bpf_dir.join(names::LAYOUT).join("maps")
}

/// The directory of this layout's links.
pub(super) fn links(bpf_dir: &Path) -> PathBuf {
    bpf_dir.join(names::LAYOUT).join("links")
}

/// The layouts of which there are pins: directories named `v` and a number.
pub(super) fn layouts(bpf_dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(bpf_dir).into_iter().flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.strip_prefix('v').is_some_and(|number| number.parse::<u32>().is_ok())).collect()
}

/// Where programs are pinned of which not all are there yet.
pub(super) const LOADING: &str = "loading";

/// The directory of a version's programs.
pub(super) fn programs(bpf_dir: &Path, version: &str) -> PathBuf {
    bpf_dir.join(names::LAYOUT).join("programs").join(version)
}

/// Removes the pins of every other version's programs; those that are attached stay as long as they are.
pub(super) fn remove_other_versions(bpf_dir: &Path, version: &str) -> Result<(), KernelError> {
    let all = bpf_dir.join(names::LAYOUT).join("programs");
    let others = list(&all)?.into_iter().filter(|found| found != version);
    others.map(|other| all.join(other)).try_for_each(|other| remove_all(&other))
}

/// Removes a directory of pins; one that is gone already is no error.
pub(super) fn remove_all(directory: &Path) -> Result<(), KernelError> {
    match fs::remove_dir_all(directory) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(KernelError::Pin { path: directory.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// The pin of one link.
pub(super) fn link(bpf_dir: &Path, hook: Hook, ifindex: u32) -> PathBuf {
    links(bpf_dir).join(format!("{hook}-{ifindex}"))
}

/// The pin of a socket hook's link.
pub(super) fn socket_link(bpf_dir: &Path, name: &str) -> PathBuf {
    links(bpf_dir).join(name)
}

/// The pin of the link on the `lo` of the namespace with this cookie.
pub(super) fn lo_link(bpf_dir: &Path, cookie: u64) -> PathBuf {
    links(bpf_dir).join(format!("{}-{cookie}", names::THROUGH_LO))
}

/// The pin of the link that meets an interface's frames before there is an skb.
pub(super) fn xdp_link(bpf_dir: &Path, mode: WireMode, ifindex: u32) -> PathBuf {
    links(bpf_dir).join(format!("{}-{mode}-{ifindex}", names::FROM_WIRE))
}

/// Every such link: its mode and its interface.
pub(super) fn list_xdp_links(bpf_dir: &Path) -> Result<Vec<(WireMode, u32)>, KernelError> {
    Ok(list(&links(bpf_dir))?.iter().filter_map(|name| parse_xdp_link(name)).collect())
}

/// What the pin of an XDP program's link says about it; `None` for a file that is not ours.
pub fn parse_xdp_link(file_name: &str) -> Option<(WireMode, u32)> {
    let (mode, ifindex) = file_name.strip_prefix(names::FROM_WIRE)?.strip_prefix('-')?.split_once('-')?;
    Some((mode.parse().ok()?, index(ifindex)?))
}

/// Every pin of a link on some `lo`.
pub(super) fn lo_links(bpf_dir: &Path) -> Result<Vec<PathBuf>, KernelError> {
    let is_lo = |name: &str| name.rsplit_once('-').is_some_and(|(program, _)| program == names::THROUGH_LO);
    let names = list(&links(bpf_dir))?.into_iter().filter(|name| is_lo(name));
    Ok(names.map(|name| links(bpf_dir).join(name)).collect())
}

/// What a link's pin says about it; `None` for a file that is not ours.
pub fn parse_link(file_name: &str) -> Option<(Hook, u32)> {
    let (hook, ifindex) = file_name.rsplit_once('-')?;
    Some((hook.parse().ok()?, index(ifindex)?))
}

/// An interface's index as our pins have it, which is as numbers are printed.
fn index(text: &str) -> Option<u32> {
    text.parse().ok().filter(|index: &u32| index.to_string() == text)
}

/// Makes the directories.
pub(super) fn create(bpf_dir: &Path) -> Result<(), KernelError> {
    for dir in [maps(bpf_dir), links(bpf_dir)] {
        fs::create_dir_all(&dir).map_err(|source| KernelError::Pin { path: dir.clone(), source })?;
    }
    Ok(())
}

/// Every pinned link of a hook.
pub(super) fn list_links(bpf_dir: &Path) -> Result<Vec<(Hook, u32)>, KernelError> {
    let mut found: Vec<_> = list(&links(bpf_dir))?.iter().filter_map(|name| parse_link(name)).collect();
    found.sort_unstable();
    Ok(found)
}

/// The names in a directory; none where it is not there.
pub(super) fn list(directory: &Path) -> Result<Vec<String>, KernelError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(KernelError::Pin { path: directory.to_owned(), source }),
    };
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

/// Removes a pin; one that is gone already is no error.
pub(super) fn remove(path: &Path) -> Result<(), KernelError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(KernelError::Pin { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_by_its_pin() {
        let pin = link(Path::new("/sys/fs/bpf/x"), Hook::FromContainer, 17);
        assert_eq!(pin, Path::new("/sys/fs/bpf/x/v5/links/from_container-17"));
        let name = pin.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        assert_eq!(parse_link(name), Some((Hook::FromContainer, 17)));
        assert_eq!(parse_link("from_nowhere-1"), None);
        assert_eq!((parse_link("from_uplink"), parse_link("from_uplink-07")), (None, None));
        let pin = xdp_link(Path::new("/x"), WireMode::Generic, 17);
        let name = pin.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        assert_eq!((parse_xdp_link(name), parse_link(name)), (Some((WireMode::Generic, 17)), None));
    }
}
