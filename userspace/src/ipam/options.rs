//! Docker's options of networks that are about addresses and packets.

use std::{collections::BTreeMap, net::Ipv4Addr};

use super::Refusal;
use crate::model::Driver;

/// Option: an overlay network's underlay MTU in bytes, of which containers get 50 less; a bridge
/// network's own MTU.
pub const MTU: &str = "com.docker.network.driver.mtu";
/// Option of overlay networks: the VNIs of the subnets, in their order, separated by commas.
pub const VXLAN_IDS: &str = "com.docker.network.driver.overlay.vxlanid_list";
/// Option of bridge networks: whether their containers reach each other.
pub const ICC: &str = "com.docker.network.bridge.enable_icc";
/// Option of bridge networks: whether what leaves for the outside gets the node's address.
pub const MASQUERADE: &str = "com.docker.network.bridge.enable_ip_masquerade";
/// Option of bridge networks: where ports are published if no address of the host is named.
pub const HOST_BINDING: &str = "com.docker.network.bridge.host_binding_ipv4";

/// The least MTU of IPv4 (RFC 791).
const LEAST_MTU: u16 = 68;

/// The options of a network, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// [`MTU`], bytes.
    pub mtu: Option<u16>,
    /// [`VXLAN_IDS`].
    pub vnis: Vec<u32>,
    /// [`ICC`].
    pub icc: bool,
    /// [`MASQUERADE`].
    pub masquerade: bool,
    /// [`HOST_BINDING`].
    pub host_binding: Option<Ipv4Addr>,
}

impl Default for Options {
    fn default() -> Self {
        Self { mtu: None, vnis: Vec::new(), icc: true, masquerade: true, host_binding: None }
    }
}

impl Options {
    /// Reads `-o KEY=VALUE` of a network that `driver` carries.
    ///
    /// # Errors
    /// [`Refusal::OptionUnknown`], [`Refusal::OptionValue`], [`Refusal::Encrypted`],
    /// [`Refusal::NoBridgeDevice`].
    pub fn read(driver: Driver, given: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let mut options = Self::default();
        for (key, value) in given {
            match driver {
                Driver::Overlay => options.overlay(key, value)?,
                Driver::Bridge => options.bridge(key, value)?,
            }
        }
        Ok(options)
    }

    fn overlay(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        match key {
            // 50 bytes of VXLAN are around what containers get.
            MTU => self.mtu = Some(mtu(value, LEAST_MTU + 50, "a number of bytes from 118 to 65535")?),
            VXLAN_IDS => self.vnis = vnis(value)?,
            "encrypted" => return Err(Refusal::Encrypted),
            _ => return Err(unknown(key, Driver::Overlay)),
        }
        Ok(())
    }

    fn bridge(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        match key {
            MTU => self.mtu = Some(mtu(value, LEAST_MTU, "a number of bytes from 68 to 65535")?),
            ICC => self.icc = flag(key, value)?,
            MASQUERADE => self.masquerade = flag(key, value)?,
            HOST_BINDING => self.host_binding = Some(address(key, value)?),
            "com.docker.network.bridge.name" => return Err(Refusal::NoBridgeDevice(value.to_owned())),
            _ => return Err(unknown(key, Driver::Bridge)),
        }
        Ok(())
    }
}

fn unknown(key: &str, driver: Driver) -> Refusal {
    let known = match driver {
        Driver::Overlay => [MTU, VXLAN_IDS].join(", "),
        Driver::Bridge => [MTU, ICC, MASQUERADE, HOST_BINDING].join(", "),
    };
    Refusal::OptionUnknown { key: key.to_owned(), driver, known }
}

fn mtu(value: &str, least: u16, expected: &'static str) -> Result<u16, Refusal> {
    let number = value.parse().ok().filter(|mtu| *mtu >= least);
    number.ok_or_else(|| wrong(MTU, value, expected))
}

fn vnis(value: &str) -> Result<Vec<u32>, Refusal> {
    let numbers = value.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>();
    numbers.map_err(|_| wrong(VXLAN_IDS, value, "a list of numbers such as 5000,5001"))
}

/// Docker's words for yes and no: those of Go's `strconv.ParseBool`.
fn flag(key: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(wrong(key, value, "true or false")),
    }
}

fn address(key: &str, value: &str) -> Result<Ipv4Addr, Refusal> {
    value.parse().map_err(|_| wrong(key, value, "an IPv4 address of the host such as 127.0.0.1"))
}

fn wrong(key: &str, value: &str, expected: &'static str) -> Refusal {
    Refusal::OptionValue { key: key.to_owned(), value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn read(driver: Driver, key: &str, value: &str) -> Result<Options, Refusal> {
        Options::read(driver, &[(key.to_owned(), value.to_owned())].into())
    }

    #[test]
    fn known_options_are_read() {
        assert_eq!(read(Driver::Overlay, MTU, "9000").unwrap().mtu, Some(9000));
        assert_eq!(read(Driver::Overlay, VXLAN_IDS, "5000, 5001").unwrap().vnis, [5000, 5001]);
        let bridge = |key, value| read(Driver::Bridge, key, value).unwrap();
        assert_eq!(bridge(MTU, "68").mtu, Some(68));
        assert_eq!(bridge(HOST_BINDING, "127.0.0.1").host_binding, Some(Ipv4Addr::LOCALHOST));
        for (value, meant) in [("true", true), ("1", true), ("T", true), ("false", false), ("0", false)] {
            assert_eq!((bridge(ICC, value).icc, bridge(ICC, value).masquerade), (meant, true));
            assert_eq!((bridge(MASQUERADE, value).icc, bridge(MASQUERADE, value).masquerade), (true, meant));
        }
    }

    #[test]
    fn without_options_everything_is_open() {
        let options = Options::read(Driver::Bridge, &BTreeMap::new()).unwrap();
        assert!(options.icc && options.masquerade);
        assert_eq!((options.mtu, options.host_binding), (None, None));
    }

    #[test]
    fn others_are_refused_by_name() {
        assert_eq!(read(Driver::Overlay, "encrypted", ""), Err(Refusal::Encrypted));
        for (driver, key, offered) in [
            (Driver::Overlay, "foo", VXLAN_IDS),
            (Driver::Overlay, ICC, MTU),
            (Driver::Bridge, "foo", HOST_BINDING),
            (Driver::Bridge, "encrypted", ICC),
            (Driver::Bridge, VXLAN_IDS, MASQUERADE),
            (Driver::Bridge, "com.docker.network.bridge.inhibit_ipv4", MTU),
        ] {
            let refusal = read(driver, key, "1").unwrap_err().to_string();
            assert!(refusal.contains(key) && refusal.contains(offered), "{refusal}");
        }
        let named = read(Driver::Bridge, "com.docker.network.bridge.name", "br7").unwrap_err().to_string();
        assert!(named.contains("br7") && named.contains("cw-host"), "{named}");
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        let refused = |driver, key: &str, value: &str| {
            let refusal = read(driver, key, value).unwrap_err();
            assert!(matches!(refusal, Refusal::OptionValue { .. }), "{refusal}");
            assert!(refusal.to_string().contains(&format!("{key}={value}")), "{refusal}");
        };
        for bad in ["", "117", "70000", "-1", "big"] {
            refused(Driver::Overlay, MTU, bad);
        }
        refused(Driver::Overlay, VXLAN_IDS, "5000,x");
        refused(Driver::Bridge, MTU, "67");
        refused(Driver::Bridge, ICC, "yes");
        refused(Driver::Bridge, MASQUERADE, "");
        refused(Driver::Bridge, HOST_BINDING, "::1");
    }
}
