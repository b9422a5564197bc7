//! Docker's options of an overlay network that are about addresses and packets.

use std::collections::BTreeMap;

use super::Refusal;

/// Option: the underlay's MTU in bytes; containers get 50 less.
pub const MTU: &str = "com.docker.network.driver.mtu";
/// Option: the VNIs of the subnets, in their order, separated by commas.
pub const VXLAN_IDS: &str = "com.docker.network.driver.overlay.vxlanid_list";

/// The least underlay MTU: 50 bytes of VXLAN around the least MTU of IPv4, 68 (RFC 791).
const LEAST_MTU: u16 = 50 + 68;

/// The options of an overlay network, read and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The underlay's MTU where the user sets it, bytes.
    pub mtu: Option<u16>,
    /// VNIs that the user sets.
    pub vnis: Vec<u32>,
}

impl Options {
    /// Reads `-o KEY=VALUE`.
    ///
    /// # Errors
    /// [`Refusal::OptionUnknown`], [`Refusal::OptionValue`], [`Refusal::Encrypted`].
    pub fn read(given: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let mut options = Self::default();
        for (key, value) in given {
            match key.as_str() {
                MTU => options.mtu = Some(mtu(value)?),
                VXLAN_IDS => options.vnis = vnis(value)?,
                "encrypted" => return Err(Refusal::Encrypted),
                _ => return Err(Refusal::OptionUnknown(key.clone())),
            }
        }
        Ok(options)
    }
}

fn mtu(value: &str) -> Result<u16, Refusal> {
    let number = value.parse().ok().filter(|mtu| *mtu >= LEAST_MTU);
    number.ok_or_else(|| wrong(MTU, value, "a number of bytes from 118 to 65535"))
}

fn vnis(value: &str) -> Result<Vec<u32>, Refusal> {
    let numbers = value.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>();
    numbers.map_err(|_| wrong(VXLAN_IDS, value, "a list of numbers such as 5000,5001"))
}

fn wrong(key: &str, value: &str, expected: &'static str) -> Refusal {
    Refusal::OptionValue { key: key.to_owned(), value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn read(key: &str, value: &str) -> Result<Options, Refusal> {
        Options::read(&[(key.to_owned(), value.to_owned())].into())
    }

    #[test]
    fn known_options_are_read() {
        assert_eq!(read(MTU, "9000").unwrap().mtu, Some(9000));
        assert_eq!(read(VXLAN_IDS, "5000, 5001").unwrap().vnis, [5000, 5001]);
    }

    #[test]
    fn others_are_refused_by_name() {
        assert_eq!(read("encrypted", ""), Err(Refusal::Encrypted));
        assert!(matches!(read("foo", "1"), Err(Refusal::OptionUnknown(key)) if key == "foo"));
        for bad in ["", "117", "70000", "-1", "big"] {
            assert!(matches!(read(MTU, bad), Err(Refusal::OptionValue { .. })), "{bad}");
        }
        assert!(matches!(read(VXLAN_IDS, "5000,x"), Err(Refusal::OptionValue { .. })));
    }
}
