//! The layout that kernel and daemon share: what the compiled programs say of it in their BTF, and
//! what the kernel says of the loaded maps, is what the daemon is compiled with.

mod btf;
mod layouts;

use std::collections::BTreeSet;

use causeway::kernel::{Hook, OBJECT, SOCKET_HOOKS};
use causeway_common::{
    Affinity, AffinityKeyV4, Attachment, Backend, Counter, DropReason, Endpoint, EndpointKeyV4, Flow,
    FlowKeyV4, FrontEndpoint, Ingress, IngressKey, Ipv4, LedKeyV4, MemberKey, Namespace, Node, Published,
    PublishedKeyV4, RingBlock, Road, Service, Settings, SocketAddressV4, SocketKeyV4, SourceKeyV4, State,
    Tracked, VniInfo, limits, names, road,
};
use causeway_tests::dataplane::Fixture;

/// The kernel keeps 15 characters of a name.
const LONGEST_NAME: usize = 15;

#[test]
fn structs_are_laid_out_alike_in_the_programs_and_in_the_daemon() {
    let btf = btf::Btf::parse(OBJECT);
    for expected in layouts::all() {
        assert_eq!(btf.layout(&expected.name), Some(&expected), "{}", expected.name);
    }
}

#[test]
fn drop_reasons_have_the_same_numbers_in_the_programs() {
    let btf = btf::Btf::parse(OBJECT);
    let reasons = DropReason::ALL.iter().map(|reason| (format!("{reason:?}"), *reason as u32));
    assert_eq!(btf.enumeration("DropReason"), Some(&reasons.collect()));
}

#[test]
fn states_are_known_by_their_numbers() {
    assert!(State::ALL.iter().map(|state| *state as usize).eq(0..State::ALL.len()));
    assert!(State::ALL.iter().all(|state| State::from_number(*state as u8) == *state));
    assert_eq!(State::from_number(200), State::Close);
}

#[test]
fn numbers_are_dense_and_names_unique() {
    let numbers = DropReason::ALL.iter().map(|reason| *reason as usize);
    assert!(numbers.eq(0..DropReason::ALL.len()));
    let numbers = Counter::ALL.iter().map(|counter| *counter as usize);
    assert!(numbers.eq(0..Counter::ALL.len()));
    let drops = DropReason::ALL.iter().map(|reason| reason.name());
    let names: BTreeSet<_> = drops.chain(Counter::ALL.iter().map(|counter| counter.name())).collect();
    assert_eq!(names.len(), DropReason::ALL.len() + Counter::ALL.len());
    assert!(
        names
            .iter()
            .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()))
    );
}

#[test]
fn every_reason_has_a_sentence() {
    let sentences: BTreeSet<_> = DropReason::ALL.iter().map(|reason| reason.sentence()).collect();
    assert_eq!(sentences.len(), DropReason::ALL.len());
    assert!(sentences.iter().all(|sentence| sentence.ends_with('.') && sentence.len() > 10));
}

#[test]
fn programs_keep_their_names_in_the_kernel() {
    let fixture = Fixture::new().expect("root, and programs that load");
    let hooks = Hook::ALL.iter().map(|hook| hook.name());
    let roads = Road::ALL.iter().map(|road| road.name());
    for name in hooks.chain(roads).chain(SOCKET_HOOKS) {
        assert!(name.len() <= LONGEST_NAME);
        assert_eq!(fixture.program_facts(name).expect("the kernel knows it").name, name);
    }
}

/// Name, bytes of a key, bytes of a value, entries.
fn maps(fixture: &Fixture) -> [(&'static str, usize, usize, u32); 29] {
    let sizes = &fixture.options().sizes;
    // The trie has the length of a prefix in front of its key.
    let source = size_of::<u32>() + size_of::<SourceKeyV4>();
    [
        (names::ENDPOINTS_V4, size_of::<EndpointKeyV4>(), size_of::<Endpoint>(), sizes.endpoints),
        (names::ATTACHMENTS, size_of::<u32>(), size_of::<Attachment>(), sizes.attachments),
        (names::NODES, size_of::<u32>(), size_of::<Node>(), limits::NODES),
        (names::VTEPS_V4, size_of::<Ipv4>(), size_of::<u32>(), limits::NODES),
        (names::VNIS, size_of::<u32>(), size_of::<VniInfo>(), limits::VNIS),
        (names::DROPS, size_of::<u32>(), size_of::<u64>(), limits::COUNTERS),
        (names::COUNTERS, size_of::<u32>(), size_of::<u64>(), limits::COUNTERS),
        (names::SETTINGS, size_of::<u32>(), size_of::<Settings>(), 1),
        (names::HOST_ADDRS_V4, size_of::<Ipv4>(), size_of::<u32>(), limits::HOST_ADDRS),
        (names::PUBLISHED_V4, size_of::<PublishedKeyV4>(), size_of::<Published>(), limits::PUBLISHED),
        (names::SOURCES_V4, source, size_of::<u32>(), limits::SOURCES),
        (names::FLOWS_V4, size_of::<FlowKeyV4>(), size_of::<Flow>(), sizes.flows),
        (names::FLOWS_NEW_V4, size_of::<FlowKeyV4>(), size_of::<Flow>(), sizes.new_flows),
        (names::SOCKETS_V4, size_of::<SocketKeyV4>(), size_of::<SocketAddressV4>(), limits::SOCKETS),
        (names::ROADS, size_of::<u32>(), size_of::<u32>(), road::SLOTS),
        (names::NAMESPACES, size_of::<u64>(), size_of::<Namespace>(), limits::NAMESPACES),
        (names::MEMBERS, size_of::<MemberKey>(), size_of::<Ipv4>(), limits::MEMBERS),
        (names::SERVICES_V4, size_of::<Ipv4>(), size_of::<Service>(), sizes.services),
        (names::BACKENDS, size_of::<u32>(), size_of::<Backend>(), sizes.backends),
        (names::RINGS, size_of::<u32>(), size_of::<RingBlock>(), sizes.ring_slots / RingBlock::SLOTS),
        (names::AFFINITIES_V4, size_of::<AffinityKeyV4>(), size_of::<Affinity>(), sizes.affinities),
        (names::LED_V4, size_of::<LedKeyV4>(), size_of::<Ipv4>(), limits::LED),
        (names::INGRESS, size_of::<IngressKey>(), size_of::<Ingress>(), sizes.ingress_ports),
        (names::INGRESS_PORTS, size_of::<u32>(), size_of::<u32>(), limits::INGRESS_PORTS),
        (
            names::INGRESS_SLOTS,
            size_of::<u32>(),
            size_of::<Ingress>(),
            sizes.ingress_ports + limits::INGRESS_SPARE,
        ),
        (names::TRACKED_V4, size_of::<FlowKeyV4>(), size_of::<Tracked>(), sizes.tracked),
        (names::FRONT_ENDPOINTS, size_of::<u32>(), size_of::<FrontEndpoint>(), limits::FRONT_ENDPOINTS),
        (names::FRONT_ATTACHED, size_of::<u32>(), size_of::<Attachment>(), limits::FRONT_ATTACHED),
        (names::FRONT_VTEPS, size_of::<u32>(), size_of::<Ipv4>(), limits::FRONT_VTEPS),
    ]
}

#[test]
fn maps_in_the_kernel_have_the_daemons_sizes() {
    let fixture = Fixture::new().expect("root, and programs that load");
    let maps = maps(&fixture);
    for (name, key, value, entries) in maps {
        let facts = fixture.map_facts(name).expect("the kernel knows it");
        assert!(name.len() <= LONGEST_NAME);
        assert_eq!((facts.name.as_str(), facts.max_entries), (name, entries));
        assert_eq!((facts.key_size as usize, facts.value_size as usize), (key, value), "{name}");
    }
    assert!(maps.iter().map(|(name, ..)| name).eq(names::MAPS), "every map is looked at");
}
