//! The ports that masqueraded flows get, as the configuration names them.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use causeway_common::limits;
use serde::Deserialize;

/// Below are the ports that services of the host listen on (RFC 6335 §6).
const LOWEST: u16 = 1024;

/// A range of ports, `FIRST-LAST`, both of them in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct MasqueradePorts {
    first: u16,
    last: u16,
}

impl MasqueradePorts {
    /// The first port.
    pub const fn first(self) -> u16 {
        self.first
    }

    /// How many there are.
    pub const fn count(self) -> u16 {
        self.last - self.first + 1
    }

    /// All of them.
    pub const fn range(self) -> RangeInclusive<u16> {
        self.first..=self.last
    }
}

impl Default for MasqueradePorts {
    fn default() -> Self {
        let first = limits::FIRST_MASQUERADE_PORT;
        Self { first, last: first + (limits::MASQUERADE_PORTS - 1) }
    }
}

/// No range of ports that may be given.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "masquerade_ports = '{0}' cannot be: give the first and the last port, such as 40000-60999, none below 1024"
)]
pub struct NoPorts(String);

impl FromStr for MasqueradePorts {
    type Err = NoPorts;

    fn from_str(text: &str) -> Result<Self, NoPorts> {
        let ends =
            text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        let good = ends.filter(|(first, last)| (LOWEST..=*last).contains(first));
        good.map(|(first, last)| Self { first, last }).ok_or_else(|| NoPorts(text.to_owned()))
    }
}

impl TryFrom<String> for MasqueradePorts {
    type Error = NoPorts;

    fn try_from(text: String) -> Result<Self, NoPorts> {
        text.parse()
    }
}

impl fmt::Display for MasqueradePorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_as_it_is_written() {
        for text in ["40000-60999", "1024-1024", "1024-65535"] {
            assert_eq!(text.parse::<MasqueradePorts>().map(|ports| ports.to_string()).as_deref(), Ok(text));
        }
        let ports = MasqueradePorts::default();
        assert_eq!((ports.to_string().as_str(), ports.count()), ("40000-60999", 21_000));
    }

    #[test]
    fn what_is_no_range_is_refused_by_its_text() {
        for text in ["", "40000", "60999-40000", "1023-2000", "40000-65536", "a-b", "1-2-3"] {
            assert_eq!(text.parse::<MasqueradePorts>(), Err(NoPorts(text.to_owned())));
        }
    }
}
