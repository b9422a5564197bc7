//! VXLAN: what is let in, and what is put around a packet.

use std::sync::LazyLock;

use causeway_common::{Endpoint, Node, vni};
use causeway_ebpf::{
    steps::{decap, ecn, encap, mesh, mine},
    wire::{self, EncapsulatedFrame, IpHeader as _, Ipv4Frame, OUTER_LEN, TransportFrame, VxlanFrame},
};

use super::{ETHERNET, IP, TRANSPORT, length, word};
use crate::{
    checksum,
    cluster::{CLUSTER, vtep},
};

const PORT: u16 = 4789;
/// Bytes in front of the inner IPv4 header.
const INNER: usize = OUTER_LEN as usize + ETHERNET;

/// Whose frames go in, and out.
const ENDPOINT: Endpoint =
    Endpoint { mac: [2, 0x42, 10, 0, 1, 2], flags: 0, node: 0, ifindex: 7, vni: vni::FIRST_VNI, reserved: 0 };

/// The other node's outer headers.
static NODE: LazyLock<Node> =
    LazyLock::new(|| *CLUSTER.tables().nodes.values().next().expect("another node that can be reached"));

/// As `from_uplink` takes a frame apart.
pub(super) fn from_uplink(mut frame: Vec<u8>) {
    let (before, len) = (frame.clone(), length(&frame));
    let is_mine =
        wire::of::<TransportFrame>(&mut frame).is_some_and(|f| mine::is_mine(f, vtep(1).octets(), PORT));
    if !is_mine {
        return;
    }
    let Some(vxlan) = wire::of::<VxlanFrame>(&mut frame) else { return };
    let Ok(vni) = decap::vni(vxlan, len) else { return };
    of_mesh(vxlan, vni);
    let is_let_in = decap::check_vni(vni).is_ok()
        && decap::check_inner(&vxlan.inner, vxlan.outer.udp.len).is_ok()
        && decap::check_endpoint(&ENDPOINT, vni, &vxlan.inner.eth).is_ok();
    if !is_let_in {
        return;
    }
    lies_within(&before, vni);
    let is_whole = checksum::holds(&before[INNER..INNER + IP]);
    if ecn::carry_over(&mut vxlan.inner.ip, vxlan.outer.ip.ecn()).is_ok() && is_whole {
        assert!(checksum::holds(&frame[INNER..INNER + IP]), "the inner header's checksum");
    }
}

/// The inner packet lies in the datagram, the datagram in the packet, the packet in the frame; the VNI is one that
/// travels.
fn lies_within(frame: &[u8], vni: u32) {
    let (packet, datagram, inner) =
        (word(frame, ETHERNET + 2), word(frame, TRANSPORT + 4), word(frame, INNER + 2));
    assert!(packet + 14 <= length(frame), "packet {packet} of a frame of {}", frame.len());
    assert!(datagram + 20 <= packet, "datagram {datagram} in {packet}");
    assert!(inner + 14 + 16 <= datagram, "inner packet {inner} in {datagram}");
    let header = u32::from(frame[INNER] & 0xf) * 4;
    assert!(frame[INNER] >> 4 == 4 && (20..=inner).contains(&header), "inner header {header}");
    assert!((vni::FIRST_VNI..vni::LOCAL_VNI_FIRST).contains(&vni), "VNI {vni}");
}

/// A MAC of the mesh names an address, and is read as it was written.
fn of_mesh(frame: &VxlanFrame, vni: u32) {
    if vni != vni::MESH_VNI {
        return;
    }
    let mac = &frame.inner.eth.src;
    let (addr, mark) = (mesh::named(mac), mesh::mark(mac));
    let again = mesh::marked(addr, mark);
    assert_eq!((mesh::named(&again), mesh::mark(&again)), (addr, mark));
    assert!(
        !mesh::is_for_node(&frame.inner.eth.dst, vtep(1).octets()) || frame.inner.eth.dst[..2] == [2, 0x42]
    );
}

/// As `from_container` puts the headers around a frame that fits: what comes out is let in on the other side.
pub(super) fn to_node(frame: &[u8], hash: u32) {
    let mut out = vec![0; OUTER_LEN as usize];
    out.extend(frame);
    let (ecn, len) = (frame[ETHERNET + 1] & 0b11, length(&out));
    let view = wire::of::<EncapsulatedFrame>(&mut out).expect("room for the headers");
    let inner = encap::Inner { to: &ENDPOINT, source_mac: &[2, 0x42, 10, 0, 1, 3], ecn, hash };
    encap::write(view, &NODE, &inner, len);
    assert!(checksum::holds(&out[ETHERNET..TRANSPORT]), "the outer header's checksum");
    assert_eq!(word(&out, ETHERNET + 2) + 14, len);
    assert!(word(&out, TRANSPORT) >= 0xc000, "a port of the dynamic range");
    assert_eq!(out[OUTER_LEN as usize + ETHERNET..], frame[ETHERNET..], "the packet itself");
    let outer = wire::of::<TransportFrame>(&mut out).expect("the headers");
    assert!(mine::is_mine(outer, vtep(2).octets(), PORT));
    let back = wire::of::<VxlanFrame>(&mut out).expect("the headers");
    assert_eq!(decap::vni(back, len), Ok(ENDPOINT.vni));
    assert_eq!(decap::check_inner(&back.inner, back.outer.udp.len), Ok(()));
    assert_eq!(decap::check_endpoint(&ENDPOINT, ENDPOINT.vni, &back.inner.eth), Ok(()));
}

/// The IPv4 headers of a frame, if they are sound in a packet of so many bytes.
pub(super) fn sound(frame: &mut [u8], packet: u32) -> Option<&mut Ipv4Frame> {
    wire::of::<Ipv4Frame>(frame).filter(|view| view.ip.is_sound(packet))
}
