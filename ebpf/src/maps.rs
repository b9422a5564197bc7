//! Every map and global: what it means, who writes it, who reads it.
//!
//! Sizes of `ENDPOINTS_V4` and `ATTACHMENTS` are defaults that the daemon overrides at load. All are
//! pinned by name, so that they outlive the daemon. Layouts of keys and values: `causeway_common`.

use aya_ebpf::{
    Global,
    btf_maps::{Array, HashMap, PerCpuArray},
    macros::btf_map,
};
use causeway_common::{
    Attachment, Counter, DropReason, Endpoint, EndpointKeyV4, Ipv4, Node, VniInfo, limits, names,
};

/// Where an address of a network is reached. Written by the daemon from the store; read by both
/// hooks, once a packet.
#[btf_map]
static ENDPOINTS_V4: HashMap<EndpointKeyV4, Endpoint, { limits::ENDPOINTS as usize }> = HashMap::new();

/// The container behind a host-side interface. Written by the daemon when it attaches a container;
/// read by `from_container`, once a packet.
#[btf_map]
static ATTACHMENTS: HashMap<u32, Attachment, { limits::ATTACHMENTS as usize }> = HashMap::new();

/// Outer headers towards each node. Written by the daemon as nodes and next hops come and go; read
/// by `from_container` for each packet that leaves the node.
#[btf_map]
static NODES: Array<Node, { limits::NODES as usize }> = Array::new();

/// The nodes' VTEPs: who may send VXLAN to us. Written by the daemon together with `NODES`; read by
/// `from_uplink`, once a packet.
#[btf_map]
static VTEPS_V4: HashMap<Ipv4, u32, { limits::NODES as usize }> = HashMap::new();

/// VNIs that this node takes part in. Written by the daemon; read by `from_uplink` where no endpoint
/// was found, to say why.
#[btf_map]
static VNIS: HashMap<u32, VniInfo, { limits::VNIS as usize }> = HashMap::new();

/// Packets dropped, by reason. Written by the hooks; read by the daemon.
#[btf_map]
static DROPS: PerCpuArray<u64, { DropReason::ALL.len() }> = PerCpuArray::new();

/// Packets carried, by road. Written by the hooks; read by the daemon.
#[btf_map]
static COUNTERS: PerCpuArray<u64, { Counter::ALL.len() }> = PerCpuArray::new();

/// This node's address on the underlay, its bytes as on the wire. Set when the programs are loaded.
#[unsafe(no_mangle)]
static VTEP: Global<u32> = Global::new(0);

/// The cluster's VXLAN port. Set when the programs are loaded.
#[unsafe(no_mangle)]
static VXLAN_PORT: Global<u16> = Global::new(names::DEFAULT_VXLAN_PORT);

/// The container behind an interface.
#[inline(always)]
pub fn attachment<'a>(ifindex: u32) -> Option<&'a Attachment> {
    // SAFETY: values are only replaced whole, by the daemon; an element that is deleted while a
    // program reads it stays readable until the program ends (RCU).
    unsafe { ATTACHMENTS.get(ifindex) }
}

/// The endpoint that has an address in the network that a VNI stands for.
#[inline(always)]
pub fn endpoint_v4<'a>(vni: u32, addr: Ipv4) -> Option<&'a Endpoint> {
    // SAFETY: as for attachments.
    unsafe { ENDPOINTS_V4.get(EndpointKeyV4 { vni, addr }) }
}

/// The outer headers towards a node.
#[inline(always)]
pub fn node<'a>(index: u32) -> Option<&'a Node> {
    NODES.get(index).filter(|node| node.ifindex != 0)
}

/// Whether an address is a node's.
#[inline(always)]
pub fn is_vtep_v4(addr: Ipv4) -> bool {
    VTEPS_V4.get_ptr(addr).is_some()
}

/// Whether this node takes part in a VNI.
#[inline(always)]
pub fn takes_part(vni: u32) -> bool {
    VNIS.get_ptr(vni).is_some()
}

/// Counts a packet carried.
#[inline(always)]
pub fn count(road: Counter) {
    add_one(COUNTERS.get_ptr_mut(road as u32));
}

/// Counts a packet dropped.
#[inline(always)]
pub fn count_drop(reason: DropReason) {
    add_one(DROPS.get_ptr_mut(reason as u32));
}

#[inline(always)]
fn add_one(slot: Option<*mut u64>) {
    if let Some(slot) = slot {
        // SAFETY: this CPU's slot of a per-CPU map; hooks on one CPU do not interrupt each other.
        unsafe { *slot += 1 };
    }
}

/// This node's VTEP.
#[inline(always)]
pub fn vtep() -> Ipv4 {
    VTEP.load().to_ne_bytes()
}

/// The cluster's VXLAN port.
#[inline(always)]
pub fn vxlan_port() -> u16 {
    VXLAN_PORT.load()
}
