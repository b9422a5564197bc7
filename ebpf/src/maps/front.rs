//! Endpoints, attachments and VTEPs, which nearly every packet asks for: first where each has its one place
//! ([`causeway_common::front`]), then in the hash table, where all of them are.

use aya_ebpf::{
    bindings::BPF_F_MMAPABLE,
    btf_maps::{Array, HashMap},
    macros::btf_map,
};
use causeway_common::{Attachment, Endpoint, EndpointKeyV4, FrontEndpoint, Ipv4, endpoint, front, limits};

/// Where an address of a network is reached. Written by the daemon from the store; read by both
/// hooks, once a packet.
#[btf_map]
static ENDPOINTS_V4: HashMap<EndpointKeyV4, Endpoint, { limits::ENDPOINTS as usize }> = HashMap::new();

/// The container behind a host-side interface. Written by the daemon when it attaches a container;
/// read by `from_container`, once a packet.
#[btf_map]
static ATTACHMENTS: HashMap<u32, Attachment, { limits::ATTACHMENTS as usize }> = HashMap::new();

/// The nodes' VTEPs: who may send VXLAN to us. Written by the daemon together with `NODES`; read by
/// `from_uplink`, once a packet.
#[btf_map]
static VTEPS_V4: HashMap<Ipv4, u32, { limits::NODES as usize }> = HashMap::new();

/// Endpoints in front of their table. Written by the daemon, but for what the programs note in them.
#[btf_map]
static FRONT_ENDPOINTS: Array<
    FrontEndpoint,
    { limits::FRONT_ENDPOINTS as usize },
    { BPF_F_MMAPABLE as usize },
> = Array::new();

/// Attachments in front of their table. Written by the daemon.
#[btf_map]
static FRONT_ATTACHED: Array<Attachment, { limits::FRONT_ATTACHED as usize }, { BPF_F_MMAPABLE as usize }> =
    Array::new();

/// VTEPs in front of their table; zero: none. Written by the daemon.
#[btf_map]
static FRONT_VTEPS: Array<Ipv4, { limits::FRONT_VTEPS as usize }, { BPF_F_MMAPABLE as usize }> = Array::new();

/// The container behind an interface.
#[inline(always)]
pub fn attachment<'a>(ifindex: u32) -> Option<&'a Attachment> {
    match FRONT_ATTACHED.get(front::attachment(ifindex)) {
        Some(here) if front::is_attachment_of(here, ifindex) => Some(here),
        // SAFETY: values are only replaced whole, by the daemon; an element that is deleted while a
        // program reads it stays readable until the program ends (RCU).
        _ => unsafe { ATTACHMENTS.get(ifindex) },
    }
}

/// The endpoint that has an address in the network that a VNI stands for.
#[inline(always)]
pub fn endpoint_v4<'a>(vni: u32, addr: Ipv4) -> Option<&'a Endpoint> {
    let key = EndpointKeyV4 { vni, addr };
    match FRONT_ENDPOINTS.get(front::endpoint(key)) {
        Some(here) if here.is_of(key) => Some(&here.endpoint),
        // SAFETY: as for attachments.
        _ => unsafe { ENDPOINTS_V4.get(key) },
    }
}

/// Whether an address is a node's.
#[inline(always)]
pub fn is_vtep_v4(addr: Ipv4) -> bool {
    match FRONT_VTEPS.get(front::vtep(addr)) {
        Some(here) if *here == addr && addr != [0; 4] => true,
        _ => VTEPS_V4.get_ptr(addr).is_some(),
    }
}

/// The index of the node that has a VTEP.
#[inline(always)]
pub fn node_of_v4(vtep: Ipv4) -> Option<u32> {
    // SAFETY: as for attachments.
    unsafe { VTEPS_V4.get(vtep) }.copied()
}

/// Notes in an endpoint that some of its packets are answers to be translated, wherever it stands.
#[inline(always)]
pub fn mark_translated(vni: u32, addr: Ipv4) {
    let key = EndpointKeyV4 { vni, addr };
    if let Some(entry) = ENDPOINTS_V4.get_ptr_mut(key) {
        // SAFETY: the entry stays readable until the program ends.
        mark(unsafe { &mut (*entry).flags });
    }
    if let Some(here) = FRONT_ENDPOINTS.get_ptr_mut(front::endpoint(key)) {
        // SAFETY: an array's values stay where they are.
        let here = unsafe { &mut *here };
        // Nobody's: perhaps it is just being given to this one.
        if here.is_of(key) || here.key().is_none() {
            mark(&mut here.endpoint.flags);
        }
    }
}

/// A word of two bytes, which only this writes but for the daemon, which replaces the whole entry; then the next
/// packet notes it again.
#[inline(always)]
fn mark(flags: &mut u16) {
    if *flags & endpoint::TRANSLATED == 0 {
        *flags |= endpoint::TRANSLATED;
    }
}
