//! One change of one map.

use std::sync::Arc;

use causeway_common::{
    Attachment, Backend, Endpoint, EndpointKeyV4, Ingress, IngressKey, Ipv4, MemberKey, Namespace, Node,
    Published, PublishedKeyV4, Service, Settings, VniInfo,
};

use super::SourcePrefix;

/// One change of one map; a list of them is applied in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Enter or replace an endpoint.
    PutEndpoint(EndpointKeyV4, Endpoint),
    /// Remove an endpoint.
    DeleteEndpoint(EndpointKeyV4),
    /// Enter or replace an attachment, by host-side interface index.
    PutAttachment(u32, Attachment),
    /// Remove an attachment.
    DeleteAttachment(u32),
    /// Enter or replace a node's outer headers.
    PutNode(u32, Node),
    /// Empty a node's slot.
    DeleteNode(u32),
    /// Enter or replace a VTEP.
    PutVtep(Ipv4, u32),
    /// Remove a VTEP.
    DeleteVtep(Ipv4),
    /// Take part in a VNI.
    PutVni(u32, VniInfo),
    /// No longer take part in it.
    DeleteVni(u32),
    /// Set what the programs must know of the node; all zero closes the roads out of networks.
    PutSettings(Settings),
    /// Enter an address of the host, or replace its flags.
    PutHostAddress(Ipv4, u32),
    /// Remove an address of the host.
    DeleteHostAddress(Ipv4),
    /// Publish a port, or lead it to another container.
    PutPublished(PublishedKeyV4, Published),
    /// Publish a port no longer.
    DeletePublished(PublishedKeyV4),
    /// Open the ports of a list to some addresses.
    PutSource(SourcePrefix),
    /// Close them again.
    DeleteSource(SourcePrefix),
    /// Look after a namespace's sockets, by its cookie, or change where its resolver is.
    PutNamespace(u64, Namespace),
    /// Look after them no longer.
    DeleteNamespace(u64),
    /// Enter a namespace's address in a network.
    PutMember(MemberKey, Ipv4),
    /// The namespace is no longer in the network.
    DeleteMember(MemberKey),
    /// Enter or replace a backend.
    PutBackend(u32, Backend),
    /// Empty a backend's slot.
    DeleteBackend(u32),
    /// Write a ring from this slot on, which is the first of a block.
    PutRing(u32, Arc<[u16]>),
    /// Enter a service by its VIP, or replace it.
    PutService(Ipv4, Service),
    /// Remove a service.
    DeleteService(Ipv4),
    /// Answer on a port of every node, or lead it elsewhere.
    PutIngress(IngressKey, Ingress),
    /// Answer on it no longer.
    DeleteIngress(IngressKey),
}
