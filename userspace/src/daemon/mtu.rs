//! What the underlay's MTU leaves for containers.

/// Bytes that Ethernet, IPv4, UDP and VXLAN headers take off the underlay's MTU.
pub const OVERHEAD: u32 = 50;
/// The smallest MTU of a container: what every IPv4 host must be able to receive (RFC 791 §3.1).
const SMALLEST: u32 = 576;

/// An underlay whose packets are too small.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the MTU of {ifname} is {mtu}: containers would get {} and need {SMALLEST}; raise it \
     (ip link set {ifname} mtu 1500) or name another --underlay", mtu.saturating_sub(OVERHEAD)
)]
pub struct TooSmall {
    /// The uplink.
    ifname: String,
    /// Its MTU, bytes.
    mtu: u32,
}

/// The MTU of containers, bytes, over an uplink with `mtu`.
///
/// # Errors
/// [`TooSmall`] where IPv4 could not live with it.
pub fn of_containers(ifname: &str, mtu: u32) -> Result<u32, TooSmall> {
    match mtu.checked_sub(OVERHEAD) {
        Some(inner) if inner >= SMALLEST => Ok(inner),
        _ => Err(TooSmall { ifname: ifname.into(), mtu }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mtu_that_is_too_small_names_the_interface() {
        assert_eq!(of_containers("eth0", 1500), Ok(1450));
        assert_eq!(of_containers("eth0", 626), Ok(576));
        let refusal = of_containers("eth0", 600).expect_err("600 - 50 < 576").to_string();
        assert!(refusal.contains("eth0 is 600") && refusal.contains("get 550"), "{refusal}");
        assert!(of_containers("eth0", 0).is_err());
    }
}
