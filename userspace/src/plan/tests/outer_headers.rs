//! The template against an independent builder of packets.

use std::net::Ipv4Addr;

use etherparse::{EtherType, PacketBuilder, SlicedPacket};

use super::{Mac, NextHop};
use crate::plan::outer;
use causeway_common::{Node, node::RESOLVED};

const FROM: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);
const TO: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 2);
const SRC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const DST: Mac = Mac([2, 0, 0, 0, 0, 2]);

fn template(dst_mac: Option<Mac>) -> Node {
    outer::node(FROM, TO, 4789, &NextHop { ifindex: 7, src_mac: SRC, dst_mac })
}

/// The template's bytes, with what is written per packet left as it is.
fn bytes(node: &Node) -> Vec<u8> {
    let o = &node.outer;
    let parts: [&[u8]; 19] = [
        &o.eth_dst,
        &o.eth_src,
        &o.ethertype,
        &[o.ip_version_ihl],
        &[o.ip_tos],
        &o.ip_total_len,
        &o.ip_id,
        &o.ip_frag,
        &[o.ip_ttl],
        &[o.ip_protocol],
        &o.ip_checksum,
        &o.ip_src,
        &o.ip_dst,
        &o.udp_src,
        &o.udp_dst,
        &o.udp_len,
        &o.udp_checksum,
        &o.vxlan_flags,
        &o.vxlan_vni,
    ];
    parts.concat()
}

/// The checksum of the finished header as the dataplane makes it from the template's sum.
fn checksum(node: &Node, tos: u8, total_len: u16) -> u16 {
    let sum = u32::from(node.ip_sum) + u32::from(tos) + u32::from(total_len);
    let folded = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap()
}

#[test]
fn the_template_is_the_headers_that_another_builder_makes() {
    let mut expected = Vec::new();
    let payload = [0x08, 0, 0, 0, 0, 0, 0, 0];
    PacketBuilder::ethernet2(SRC.0, DST.0)
        .ipv4(FROM.octets(), TO.octets(), 64)
        .udp(0, 4789)
        .write(&mut expected, &payload)
        .unwrap();
    // What is written per packet: total length, checksums, UDP length.
    for at in [16, 17, 24, 25, 38, 39, 40, 41] {
        expected[at] = 0;
    }
    assert_eq!(bytes(&template(Some(DST))), expected);
}

#[test]
fn the_sum_gives_the_checksum_of_every_packet() {
    let node = template(Some(DST));
    for (tos, total_len) in [(0, 50), (1, 1500), (2, 576), (3, 65535), (0, 0x4321)] {
        let mut packet = bytes(&node);
        packet[15] = tos;
        packet[16..18].copy_from_slice(&u16::to_be_bytes(total_len));
        let header = etherparse::Ipv4Header::from_slice(&packet[14..34]).unwrap().0;
        assert_eq!(checksum(&node, tos, total_len), header.calc_header_checksum(), "{tos} {total_len}");
    }
}

#[test]
fn the_template_is_read_as_udp_to_the_vxlan_port() {
    let mut packet = bytes(&template(Some(DST)));
    packet[16..18].copy_from_slice(&36_u16.to_be_bytes());
    packet[38..40].copy_from_slice(&16_u16.to_be_bytes());
    let sliced = SlicedPacket::from_ethernet(&packet).unwrap();
    assert_eq!(sliced.link.unwrap().to_header().unwrap().ethernet2().unwrap().ether_type, EtherType::IPV4);
    let etherparse::TransportSlice::Udp(udp) = sliced.transport.unwrap() else { panic!("UDP") };
    assert_eq!(
        (udp.destination_port(), udp.checksum(), udp.payload()),
        (4789, 0, &[8, 0, 0, 0, 0, 0, 0, 0][..])
    );
}

#[test]
fn an_unresolved_next_hop_is_left_to_the_kernel() {
    let (resolved, unresolved) = (template(Some(DST)), template(None));
    assert_eq!((resolved.flags, unresolved.flags), (RESOLVED, 0));
    assert_eq!((unresolved.outer.eth_dst, unresolved.outer.eth_src), ([0; 6], SRC.0));
    assert_eq!((resolved.ifindex, resolved.vtep), (7, TO.octets()));
}
