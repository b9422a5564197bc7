//! Every map and global: what it means, who writes it, who reads it. Endpoints, attachments and VTEPs: [`front`].
//!
//! Some sizes are defaults that the daemon overrides at load. All are pinned by name, so that they outlive the
//! daemon. Layouts of keys and values: `causeway_common`.

pub mod backends;
#[cfg(feature = "bench")]
pub mod bench;
#[cfg(feature = "faults")]
pub mod faults;
pub mod flows;
pub mod front;
pub mod ingress;
pub mod roads;

use aya_ebpf::{
    Global,
    bindings::{BPF_ANY, BPF_F_MMAPABLE},
    btf_maps::{Array, HashMap, LpmTrie, LruHashMap, PerCpuArray, ProgramArray, lpm_trie::Key},
    macros::btf_map,
};
use causeway_common::{
    Affinity, AffinityKeyV4, Backend, Counter, DropReason, Flow, FlowKeyV4, Ingress, IngressKey, Ipv4,
    LedKeyV4, MemberKey, Namespace, Node, Published, PublishedKeyV4, RingBlock, Service, Settings,
    SocketAddressV4, SocketKeyV4, SourceKeyV4, Tracked, VniInfo, limits, names, road,
};

pub use front::{attachment, endpoint_v4, is_vtep_v4, mark_translated, node_of_v4};

/// Outer headers towards each node. Written by the daemon as nodes and next hops come and go; read
/// by `from_container` for each packet that leaves the node.
#[btf_map]
static NODES: Array<Node, { limits::NODES as usize }> = Array::new();

/// VNIs that this node takes part in. Written by the daemon; read by `from_uplink` where no endpoint
/// was found, to say why.
#[btf_map]
static VNIS: HashMap<u32, VniInfo, { limits::VNIS as usize }> = HashMap::new();

/// What the programs must know of the node. Written by the daemon when its interfaces, its ports or
/// its routes change; read by the hooks for what crosses the border of a network.
#[btf_map]
static SETTINGS: Array<Settings, 1> = Array::new();

/// The host's own addresses, with flags. Written by the daemon as they come and go; read by
/// `from_container` for what no neighbour has, and where a published port's conversation begins.
#[btf_map]
static HOST_ADDRS_V4: HashMap<Ipv4, u32, { limits::HOST_ADDRS as usize }> = HashMap::new();

/// Who answers for a port of the host. Written by the daemon with the container; read by `from_uplink`
/// once a packet that is no answer, by `from_container` and the socket hooks once a conversation.
#[btf_map]
static PUBLISHED_V4: HashMap<PublishedKeyV4, Published, { limits::PUBLISHED as usize }> = HashMap::new();

/// Who may reach published ports that are not open to everyone. Written by the daemon; read once a
/// conversation.
#[btf_map]
static SOURCES_V4: LpmTrie<SourceKeyV4, u32, { limits::SOURCES as usize }> = LpmTrie::new();

/// Answered flows, both directions of each. Written by the hooks with a flow's first answer (TCP: with
/// a whole handshake), and each time that it is seen; the daemon removes what has expired.
#[btf_map]
static FLOWS_V4: HashMap<FlowKeyV4, Flow, { limits::FLOWS as usize }> = HashMap::new();

/// Flows without an answer, both directions of each. Written by the hooks with a flow's first packet.
#[btf_map]
static FLOWS_NEW_V4: LruHashMap<FlowKeyV4, Flow, { limits::FLOWS_NEW as usize }> = LruHashMap::new();

/// Where sockets believe to be connected to. Written by the socket hooks at `connect` and
/// `sendmsg`; read at `recvmsg` and `getpeername`.
#[btf_map]
static SOCKETS_V4: LruHashMap<SocketKeyV4, SocketAddressV4, { limits::SOCKETS as usize }> = LruHashMap::new();

/// The programs that others hand their packets to. Written by the daemon when it has loaded them, before
/// the links are moved to their new programs; a road's program takes packets from any version of these.
#[btf_map]
static ROADS: ProgramArray<{ road::SLOTS as usize }> = ProgramArray::new();

/// The namespaces whose sockets are looked after, besides the node's own. Written by the daemon with a
/// container; read by the socket hooks, once a call.
#[btf_map]
static NAMESPACES: HashMap<u64, Namespace, { limits::NAMESPACES as usize }> = HashMap::new();

/// Which namespaces are in which networks. Written by the daemon with a container; read by the socket
/// hooks for a VIP.
#[btf_map]
static MEMBERS: HashMap<MemberKey, Ipv4, { limits::MEMBERS as usize }> = HashMap::new();

/// Services by their VIPs. Written by the daemon, each value whole; read once a conversation.
#[btf_map]
static SERVICES_V4: HashMap<Ipv4, Service, { limits::SERVICES as usize }> = HashMap::new();

/// Backends of all services. Written by the daemon before the rings that name them; read once a
/// conversation.
#[btf_map]
static BACKENDS: Array<Backend, { limits::BACKENDS as usize }> = Array::new();

/// Rings of all services, one behind the other. Written by the daemon through its memory, before the
/// service that names them; read once a conversation.
#[btf_map]
static RINGS: Array<RingBlock, { RING_BLOCKS as usize }, { BPF_F_MMAPABLE as usize }> = Array::new();

/// Which client stays with which backend. Written and read by the socket hooks and `from_container`,
/// once a conversation.
#[btf_map]
static AFFINITIES_V4: LruHashMap<AffinityKeyV4, Affinity, { limits::AFFINITIES as usize }> =
    LruHashMap::new();

/// From which VIP connected UDP sockets were led to a backend. Written by the socket hooks at
/// `connect`; read by `from_container` when nobody has the backend's address any more.
#[btf_map]
static LED_V4: LruHashMap<LedKeyV4, Ipv4, { limits::LED as usize }> = LruHashMap::new();

/// Ports that every node answers on, by port and protocol. Written by the daemon; read by the uplink's hooks
/// once a packet for one of the host's addresses, and by the socket hooks.
#[btf_map]
static INGRESS: HashMap<IngressKey, Ingress, { limits::INGRESS as usize }> = HashMap::new();

/// Where such a port's entry stands in `INGRESS_SLOTS`; 0: nowhere. Written by the daemon when the entry is there;
/// read by `from_wire`, which leaves a port that is not here to others: no packet is worth a hash before it has an
/// skb.
#[btf_map]
static INGRESS_PORTS: Array<u32, { limits::INGRESS_PORTS as usize }> = Array::new();

/// Copies of the entries of `INGRESS`, none of which changes while a port names it. Written by the daemon; read by
/// `from_wire`.
#[btf_map]
static INGRESS_SLOTS: Array<Ingress, { (limits::INGRESS + limits::INGRESS_SPARE) as usize }> = Array::new();

/// Conversations with such ports whose backend the current ring does not give. Written and read by the
/// uplink's hooks while the port's ring is not settled, or some of its conversations are tracked.
#[btf_map]
static TRACKED_V4: LruHashMap<FlowKeyV4, Tracked, { limits::TRACKED as usize }> = LruHashMap::new();

/// Blocks of slots in all rings.
const RING_BLOCKS: u32 = limits::RING_SLOTS / RingBlock::SLOTS;

/// Packets dropped, by reason. Written by the hooks, the second half by the daemon; read by the daemon.
#[btf_map]
static DROPS: PerCpuArray<u64, { limits::COUNTERS as usize }> = PerCpuArray::new();

/// Packets carried, by road. Written by the hooks, the second half by the daemon; read by the daemon.
#[btf_map]
static COUNTERS: PerCpuArray<u64, { limits::COUNTERS as usize }> = PerCpuArray::new();

/// This node's address on the underlay, its bytes as on the wire. Set when the programs are loaded.
#[unsafe(no_mangle)]
static VTEP: Global<u32> = Global::new(0);

/// The cluster's VXLAN port. Set when the programs are loaded.
#[unsafe(no_mangle)]
static VXLAN_PORT: Global<u16> = Global::new(names::DEFAULT_VXLAN_PORT);

/// The outer headers towards a node.
#[inline(always)]
pub fn node<'a>(index: u32) -> Option<&'a Node> {
    NODES.get(index).filter(|node| node.ifindex != 0)
}

/// Whether this node takes part in a VNI.
#[inline(always)]
pub fn takes_part(vni: u32) -> bool {
    VNIS.get_ptr(vni).is_some()
}

/// The network, by its first VNI, that a VNI belongs to. Those of bridge networks stand for themselves.
#[inline(always)]
pub fn network_of(vni: u32) -> u32 {
    // SAFETY: values are only replaced whole, by the daemon; an element that is deleted while a
    // program reads it stays readable until the program ends (RCU).
    unsafe { VNIS.get(vni) }.map_or(vni, |info| info.network)
}

/// What the daemon has set.
#[inline(always)]
pub fn settings<'a>() -> Option<&'a Settings> {
    SETTINGS.get(0)
}

/// Flags of an address of the host; `None` where it is none.
#[inline(always)]
pub fn host_address_v4(addr: Ipv4) -> Option<u32> {
    // SAFETY: as for VNIs.
    unsafe { HOST_ADDRS_V4.get(addr) }.copied()
}

/// Who answers for a port under exactly this address.
#[inline(always)]
pub fn published_v4<'a>(key: &PublishedKeyV4) -> Option<&'a Published> {
    // SAFETY: as for VNIs.
    unsafe { PUBLISHED_V4.get(key) }
}

/// The service that answers for a port on every node.
#[inline(always)]
pub fn ingress<'a>(key: &IngressKey) -> Option<&'a Ingress> {
    // SAFETY: as for VNIs.
    unsafe { INGRESS.get(key) }
}

/// The same without a hash; `None` also where the daemon has not got so far.
#[inline(always)]
pub fn ingress_of_port<'a>(key: &IngressKey) -> Option<&'a Ingress> {
    let slot = INGRESS_PORTS.get(key.index()?).filter(|slot| **slot != 0)?;
    INGRESS_SLOTS.get(*slot)
}

/// Whether a port of the mesh is published at an address of this node's.
#[inline(always)]
pub fn is_published_at(of: &Ingress, addr: Ipv4) -> bool {
    of.addresses == 0 || is_listed_v4(of.addresses, addr)
}

/// The service of a port, where it is published at an address of this node's.
#[inline(always)]
pub fn ingress_at<'a>(key: &IngressKey, addr: Ipv4) -> Option<&'a Ingress> {
    ingress(key).filter(|of| is_published_at(of, addr))
}

/// What is known of a tracked conversation.
#[inline(always)]
pub fn tracked_v4<'a>(key: &FlowKeyV4) -> Option<&'a mut Tracked> {
    // SAFETY: as for flows: whole aligned words, the last one to see a packet is right.
    TRACKED_V4.get_ptr_mut(key).map(|tracked| unsafe { &mut *tracked })
}

/// Notes the backend of a conversation. Where that fails, it is asked for again.
#[inline(always)]
pub fn track_v4(key: &FlowKeyV4, tracked: &Tracked) {
    let _noted = TRACKED_V4.insert(key, tracked, BPF_ANY.into());
}

/// Whether an address is in a list of sources.
#[inline(always)]
pub fn is_listed_v4(list: u32, addr: Ipv4) -> bool {
    SOURCES_V4.get(&Key::new(SourceKeyV4::BITS, SourceKeyV4 { list, addr })).is_some()
}

/// Where a socket believes to be connected to.
#[inline(always)]
pub fn socket_v4<'a>(key: &SocketKeyV4) -> Option<&'a SocketAddressV4> {
    // SAFETY: as for VNIs.
    unsafe { SOCKETS_V4.get(key) }
}

/// Notes where a socket believes to be connected to. Where that fails, `getpeername` tells the
/// container's address, and nothing else changes.
#[inline(always)]
pub fn note_socket_v4(key: &SocketKeyV4, believes: &SocketAddressV4) {
    let _noted = SOCKETS_V4.insert(key, believes, BPF_ANY.into());
}

/// A namespace whose sockets are looked after.
#[inline(always)]
pub fn namespace<'a>(cookie: u64) -> Option<&'a Namespace> {
    // SAFETY: as for VNIs.
    unsafe { NAMESPACES.get(cookie) }
}

/// The address that a namespace has in a network.
#[inline(always)]
pub fn member(cookie: u64, network: u32) -> Option<Ipv4> {
    // SAFETY: as for VNIs.
    unsafe { MEMBERS.get(MemberKey { cookie, network, reserved: 0 }) }.copied()
}

/// The service that has a VIP.
#[inline(always)]
pub fn service_v4<'a>(vip: Ipv4) -> Option<&'a Service> {
    // SAFETY: as for VNIs.
    unsafe { SERVICES_V4.get(vip) }
}

/// A backend by its index; `None` for nobody.
#[inline(always)]
pub fn backend<'a>(index: u32) -> Option<&'a Backend> {
    BACKENDS.get(index).filter(|backend| backend.flags != 0)
}

/// The index in a slot of the rings; 0 where there is no such slot.
#[inline(always)]
pub fn ring_slot(slot: u32) -> u32 {
    let Some(block) = RINGS.get(slot / RingBlock::SLOTS) else { return 0 };
    block.slots[(slot % RingBlock::SLOTS) as usize].into()
}

/// The backend that a client stays with.
#[inline(always)]
pub fn affinity_v4<'a>(key: &AffinityKeyV4) -> Option<&'a mut Affinity> {
    // SAFETY: as for flows: other CPUs write aligned words, and the last one to see the client is right.
    AFFINITIES_V4.get_ptr_mut(key).map(|affinity| unsafe { &mut *affinity })
}

/// Notes which backend a client stays with. Where that fails, it is chosen anew the next time.
#[inline(always)]
pub fn note_affinity_v4(key: &AffinityKeyV4, affinity: &Affinity) {
    let _noted = AFFINITIES_V4.insert(key, affinity, BPF_ANY.into());
}

/// The VIP that a connected UDP socket was led from.
#[inline(always)]
pub fn led_v4(key: &LedKeyV4) -> Option<Ipv4> {
    // SAFETY: as for VNIs.
    unsafe { LED_V4.get(key) }.copied()
}

/// Notes the VIP that a connected UDP socket was led from. Where that fails, the socket stays with its
/// backend, gone or not.
#[inline(always)]
pub fn note_led_v4(key: &LedKeyV4, vip: Ipv4) {
    let _noted = LED_V4.insert(key, vip, BPF_ANY.into());
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
