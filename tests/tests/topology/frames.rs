//! Frames made by hand, as a stranger would.

use std::net::Ipv4Addr;

use etherparse::PacketBuilder;

/// A VXLAN packet's payload (RFC 7348 §5): the header with a VNI, then an Ethernet frame.
pub(crate) fn vxlan(vni: u32, frame: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x08, 0, 0, 0];
    bytes.extend((vni << 8).to_be_bytes());
    bytes.extend(frame);
    bytes
}

/// A frame with a UDP packet to port 7000.
pub(crate) fn udp_frame(from: Ipv4Addr, to: Ipv4Addr) -> Vec<u8> {
    let mut frame = Vec::new();
    let builder =
        PacketBuilder::ethernet2(mac(from), mac(to)).ipv4(from.octets(), to.octets(), 64).udp(7000, 7000);
    builder.write(&mut frame, b"from a stranger").unwrap();
    frame
}

/// The MAC that an address has in an overlay network: 02:42 and its four bytes.
pub(crate) fn mac(address: Ipv4Addr) -> [u8; 6] {
    let [a, b, c, d] = address.octets();
    [0x02, 0x42, a, b, c, d]
}
