//! What the overlay leaves of the underlay's MTU: pure.

/// Bytes that VXLAN puts before the inner IP packet: IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14 (RFC 7348 §5).
pub const OVERLAY_OVERHEAD: u32 = 50;

/// Smallest MTU of a container's interface: what every IPv4 host must be able to take (RFC 791 §3.1).
pub const MIN_CONTAINER_MTU: u32 = 576;

/// An underlay that is too narrow.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "MTU too small for the overlay: interface {ifname} has {mtu}, at least {} is needed; raise it or choose another with --underlay",
    MIN_CONTAINER_MTU + OVERLAY_OVERHEAD
)]
pub struct MtuTooSmall {
    /// The underlay's interface.
    pub ifname: String,
    /// Its MTU, bytes.
    pub mtu: u32,
}

/// The MTU of a container's interface on an underlay whose interface `ifname` has `mtu` bytes.
///
/// # Errors
/// [`MtuTooSmall`] where less than [`MIN_CONTAINER_MTU`] would be left.
pub fn container_mtu(ifname: &str, mtu: u32) -> Result<u32, MtuTooSmall> {
    let left = mtu.saturating_sub(OVERLAY_OVERHEAD);
    if left < MIN_CONTAINER_MTU { Err(MtuTooSmall { ifname: ifname.to_owned(), mtu }) } else { Ok(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_bytes_go_to_the_overlay() {
        assert_eq!(container_mtu("eth0", 1500), Ok(1450));
        assert_eq!(container_mtu("eth0", 9000), Ok(8950));
        assert_eq!(container_mtu("eth0", 626), Ok(576));
    }

    #[test]
    fn a_narrow_underlay_is_refused_by_a_sentence() {
        for mtu in [0, 49, 625] {
            let line = container_mtu("ppp0", mtu).map_err(|e| e.to_string()).err().unwrap_or_default();
            assert!(line.contains(&format!("interface ppp0 has {mtu}, at least 626 is needed")), "{line}");
        }
    }
}
