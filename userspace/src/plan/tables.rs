//! The content of the dataplane's maps as a value that can be computed, read, printed and compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use causeway_common::{
    Attachment, Backend, Endpoint, EndpointKeyV4, Ingress, IngressKey, Ipv4, MemberKey, Namespace, Node,
    Published, PublishedKeyV4, Service, Settings, VniInfo,
};

/// What all maps of configuration hold; counters are not part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// (VNI, address) -> where the endpoint is reached.
    pub endpoints_v4: BTreeMap<EndpointKeyV4, Endpoint>,
    /// Host-side interface index -> the container behind it.
    pub attachments: BTreeMap<u32, Attachment>,
    /// Node index (from 1) -> outer headers towards it.
    pub nodes: BTreeMap<u32, Node>,
    /// VTEP address -> node index.
    pub vteps_v4: BTreeMap<Ipv4, u32>,
    /// VNIs that this node takes part in.
    pub vnis: BTreeMap<u32, VniInfo>,
    /// What the programs must know of the node; none: all zero, containers reach containers only.
    pub settings: Option<Settings>,
    /// The host's own addresses -> flags ([`causeway_common::host_address`]).
    pub host_addrs_v4: BTreeMap<Ipv4, u32>,
    /// Ports of the host -> the containers that answer for them.
    pub published_v4: BTreeMap<PublishedKeyV4, Published>,
    /// Who may reach published ports that are not open to everyone.
    pub sources_v4: BTreeSet<SourcePrefix>,
    /// Cookie -> a container's namespace.
    pub namespaces: BTreeMap<u64, Namespace>,
    /// Which namespaces are in which networks -> the container's address there.
    pub members: BTreeMap<MemberKey, Ipv4>,
    /// VIP -> service.
    pub services_v4: BTreeMap<Ipv4, Service>,
    /// Index (from 1) -> backend.
    pub backends: BTreeMap<u32, Backend>,
    /// Ports that every node answers on -> the service behind them.
    pub ingress: BTreeMap<IngressKey, Ingress>,
    /// First slot -> the ring's slots, each the index of a backend: those that a service or a port names.
    pub rings: BTreeMap<u32, Arc<[u16]>>,
}

/// Addresses in a list of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePrefix {
    /// Number of the list ([`Published::sources`]); not 0.
    pub list: u32,
    /// The first of the addresses.
    pub addr: Ipv4,
    /// Bits of it that they share, 0 to 32.
    pub len: u8,
}
