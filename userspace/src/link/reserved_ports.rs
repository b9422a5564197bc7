//! Ports that the host's own sockets are not given by chance: `net.ipv4.ip_local_reserved_ports`.

use std::{collections::BTreeSet, fs, ops::RangeInclusive, path::Path};

use serde::{Deserialize, Serialize};

use super::error::{Doing, LinkError};

/// The setting of the calling process's network namespace (ip-sysctl.rst): ports that neither `bind`
/// to port 0 nor `connect` choose.
const SETTING: &str = "/proc/sys/net/ipv4/ip_local_reserved_ports";

/// The setting from which the host's own sockets get their ports.
const LOCAL: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// Ports that were added to the host's list, to be taken out of it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedPorts(Vec<(u16, u16)>);

impl ReservedPorts {
    /// Whether all of them are in a range.
    pub fn is_within(&self, range: &RangeInclusive<u16>) -> bool {
        self.0.iter().all(|(first, last)| range.contains(first) && range.contains(last))
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }
}

/// What of a range of ports is not on the host's list: only that is to be added by [`reserve_ports`], and taken
/// out again.
///
/// # Errors
/// Where the setting cannot be read.
pub fn unreserved_ports(range: RangeInclusive<u16>) -> Result<ReservedPorts, LinkError> {
    let ports = read()?;
    Ok(ReservedPorts(ranges(&range.filter(|port| !ports.contains(port)).collect())))
}

/// Keeps ports from the host's own sockets.
///
/// # Errors
/// Where the setting cannot be read or written.
pub fn reserve_ports(added: &ReservedPorts) -> Result<(), LinkError> {
    let mut ports = read()?;
    ports.extend(added.0.iter().flat_map(|(first, last)| *first..=*last));
    write(&ports)
}

/// Takes ports out of the host's list that were put there.
///
/// # Errors
/// Where the setting cannot be read or written.
pub fn free_ports(added: &ReservedPorts) -> Result<(), LinkError> {
    let before = read()?;
    let ours = |port: &u16| added.0.iter().any(|(first, last)| (*first..=*last).contains(port));
    let ports: BTreeSet<u16> = before.iter().copied().filter(|port| !ours(port)).collect();
    if ports == before { Ok(()) } else { write(&ports) }
}

/// Where the host's own sockets get their ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPorts {
    /// The first port and the last one.
    pub range: (u16, u16),
    /// What of them is passed over.
    pub reserved: Vec<RangeInclusive<u16>>,
}

/// Where a port is chosen from that nobody names: first and last one, and what of it is reserved.
///
/// # Errors
/// Where the settings cannot be read.
pub fn local_ports() -> Result<LocalPorts, LinkError> {
    let text = fs::read_to_string(LOCAL).doing(|| format!("read {LOCAL}"))?;
    let mut ends = text.split_whitespace().filter_map(|word| word.parse().ok());
    // The kernel's own default.
    let range = (ends.next().unwrap_or(32_768), ends.next().unwrap_or(60_999));
    Ok(LocalPorts { range, reserved: parts(&text_of_setting()?).collect() })
}

fn read() -> Result<BTreeSet<u16>, LinkError> {
    Ok(parse(&text_of_setting()?))
}

fn text_of_setting() -> Result<String, LinkError> {
    fs::read_to_string(Path::new(SETTING)).doing(|| format!("read {SETTING}"))
}

fn write(ports: &BTreeSet<u16>) -> Result<(), LinkError> {
    fs::write(SETTING, print(ports)).doing(|| format!("write {SETTING}"))
}

/// Reads the setting: the kernel prints ports and ranges with commas between them: `8080,9000-9100`.
pub fn parse(text: &str) -> BTreeSet<u16> {
    parts(text).flatten().collect()
}

/// The ranges that stand there: tens of thousands of ports may be one.
fn parts(text: &str) -> impl Iterator<Item = RangeInclusive<u16>> {
    text.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse::<u16>().ok()?..=last.trim().parse().ok()?)
    })
}

/// Writes the setting; an empty line empties the list.
pub fn print(ports: &BTreeSet<u16>) -> String {
    let parts: Vec<_> = ranges(ports).iter().map(|(first, last)| format!("{first}-{last}")).collect();
    parts.join(",") + "\n"
}

fn ranges(ports: &BTreeSet<u16>) -> Vec<(u16, u16)> {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for port in ports {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(*port) => *last = *port,
            _ => ranges.push((*port, *port)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_is_read_and_written_whole() {
        for text in ["\n", "8080-8080\n", "1-1,3-9,65535-65535\n"] {
            assert_eq!(print(&parse(text)), text);
        }
        assert_eq!(print(&parse("8080,9000-9002\n")), "8080-8080,9000-9002\n");
    }

    #[test]
    fn what_was_added_is_compared_with_what_is_wanted() {
        let added = ReservedPorts(vec![(40_000, 40_009)]).and(ReservedPorts(vec![(40_020, 40_029)]));
        assert!(added.is_within(&(40_000..=40_029)) && !added.is_within(&(40_001..=40_029)));
        assert!(!added.is_within(&(40_000..=40_028)) && ReservedPorts::default().is_within(&(1..=1)));
    }
}
