//! Random tables.

use causeway_common::{
    Attachment, Backend, Endpoint, EndpointKeyV4, Ingress, IngressKey, MemberKey, Namespace, Node, Published,
    PublishedKeyV4, Service, Settings, VniInfo,
};
use proptest::{
    collection::{btree_map, btree_set},
    prelude::*,
};

use super::Tables;
use crate::plan::SourcePrefix;

/// Tables with few keys and few values, so that two of them share some, differ in some, lack some.
pub(super) fn any_tables() -> impl Strategy<Value = Tables> {
    let key = (4097..4100_u32, 0..6_u8).prop_map(|(vni, last)| EndpointKeyV4 { vni, addr: [10, 0, 0, last] });
    let endpoint =
        (0..3_u32, 0..3_u32).prop_map(|(node, ifindex)| Endpoint { node, ifindex, ..Endpoint::default() });
    let attachment = (4097..4099_u32).prop_map(|vni| Attachment { vni, ..Attachment::default() });
    let node = (1..3_u32).prop_map(|ifindex| Node { ifindex, ..Node::default() });
    let vni = (4097..4099_u32).prop_map(|network| VniInfo { network, flags: 0 });
    let vtep = (0..5_u8).prop_map(|last| [198, 18, 0, last]);
    let overlay = (
        btree_map(key, endpoint, 0..12),
        btree_map(0..6_u32, attachment, 0..6),
        btree_map(1..6_u32, node, 0..5),
        btree_map(vtep, 1..6_u32, 0..5),
        btree_map(4097..4102_u32, vni, 0..5),
    );
    (overlay, local_tables(), service_tables()).prop_map(
        |((endpoints_v4, attachments, nodes, vteps_v4, vnis), local, services)| Tables {
            endpoints_v4,
            attachments,
            nodes,
            vteps_v4,
            vnis,
            namespaces: services.namespaces,
            members: services.members,
            services_v4: services.services_v4,
            backends: services.backends,
            ingress: services.ingress,
            ..local
        },
    )
}

/// The tables of names and services but for rings, which are never deleted; the others are empty.
fn service_tables() -> impl Strategy<Value = Tables> {
    let namespace = (1..3_u8).prop_map(|port| Namespace { dns_udp: [0, port], ..Namespace::default() });
    let member =
        (1..4_u64, 4097..4099_u32).prop_map(|(cookie, network)| MemberKey { cookie, network, reserved: 0 });
    let service = (1..3_u32).prop_map(|number| Service { number, ..Service::default() });
    let backend = (1..3_u32).prop_map(|service| Backend { service, ..Backend::default() });
    let addr = |net: u8| (0..5_u8).prop_map(move |last| [10, net, 0, last]);
    let port = (0..6_u8).prop_map(|port| IngressKey { port: [0, port], protocol: 6, reserved: 0 });
    let ingress = (1..3_u32).prop_map(|number| Ingress { number, ..Ingress::default() });
    (
        btree_map(1..5_u64, namespace, 0..4),
        btree_map(member, addr(5), 0..5),
        btree_map(addr(255), service, 0..5),
        btree_map(1..6_u32, backend, 0..5),
        btree_map(port, ingress, 0..5),
    )
        .prop_map(|(namespaces, members, services_v4, backends, ingress)| Tables {
            namespaces,
            members,
            services_v4,
            backends,
            ingress,
            ..Tables::default()
        })
}

/// The tables of the roads out of networks; the others are empty.
fn local_tables() -> impl Strategy<Value = Tables> {
    let settings = (1..3_u32).prop_map(|host_ifindex| Settings { host_ifindex, ..Settings::default() });
    let addr = (0..5_u8).prop_map(|last| [192, 0, 2, last]);
    let port =
        (0..6_u8).prop_map(|port| PublishedKeyV4 { addr: [0; 4], port: [0, port], protocol: 6, reserved: 0 });
    let published = (0..3_u32).prop_map(|vni| Published { vni, ..Published::default() });
    let source = (1..3_u32, 0..3_u8).prop_map(|(list, len)| SourcePrefix { list, addr: [0; 4], len });
    (
        proptest::option::of(settings),
        btree_map(addr, 0..3_u32, 0..5),
        btree_map(port, published, 0..6),
        btree_set(source, 0..5),
    )
        .prop_map(|(settings, host_addrs_v4, published_v4, sources_v4)| Tables {
            settings,
            host_addrs_v4,
            published_v4,
            sources_v4,
            ..Tables::default()
        })
}
