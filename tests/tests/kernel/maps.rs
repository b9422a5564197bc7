//! Maps: what is applied is observed, what does not fit is refused with the way out.

use causeway::{
    kernel::{Dataplane, Options},
    model::Sizes,
    plan::{SourcePrefix, Step},
};
use causeway_common::{Endpoint, EndpointKey, EndpointKeyV4, Node, names, node};
use causeway_tests::dataplane::{Fixture, world};

#[test]
fn what_is_applied_is_observed() {
    let fixture = Fixture::new().expect("root");
    let tables = fixture.observe().expect("maps are readable");
    assert_eq!(tables.endpoints_v4.len(), 7 * 2 + 1);
    assert_eq!(tables.attachments.get(&world::SENDER_IFINDEX), Some(&world::attachment()));
    assert_eq!(tables.nodes[&1], world::node_towards(world::FAR_VTEP, world::FAR_MAC, node::RESOLVED));
    assert_eq!((tables.nodes.len(), tables.vteps_v4.len(), tables.vnis.len()), (2, 2, 3));
    let usage = fixture.map_use().expect("maps are readable");
    assert_eq!((usage[names::ENDPOINTS_V4].used, usage[names::ENDPOINTS_V4].capacity), (15, 1024));
}

#[test]
fn what_is_deleted_is_gone_and_may_be_deleted_again() {
    let mut fixture = Fixture::new().expect("root");
    let steps = [
        Step::DeleteEndpoint(EndpointKey { vni: world::VNI, addr: world::FAR }),
        Step::DeleteAttachment(world::SENDER_IFINDEX),
        Step::DeleteNode(1),
        Step::DeleteVtep(world::FAR_VTEP),
        Step::DeleteVni(world::STRANGER_VNI),
    ];
    for _ in 0..2 {
        fixture.apply(&steps).expect("nothing of it is needed");
    }
    let tables = fixture.observe().expect("maps are readable");
    assert_eq!((tables.endpoints_v4.len(), tables.attachments.len()), (14, 0));
    assert_eq!((tables.nodes.len(), tables.vteps_v4.len(), tables.vnis.len()), (1, 1, 2));
}

#[test]
fn many_steps_arrive_whole_and_in_their_order() {
    let mut fixture = Fixture::new().expect("root");
    let before = fixture.observe().expect("maps are readable");
    let mut steps = many(0..900, Step::PutEndpoint, Step::PutNode, Step::PutSource);
    // The last word counts, with other maps' steps between and without.
    steps.extend(many(0..900, Step::PutEndpoint, Step::PutNode, Step::PutSource).into_iter().map(marked));
    fixture.apply(&steps).expect("there is room");
    let tables = fixture.observe().expect("maps are readable");
    assert_eq!(tables.endpoints_v4.len(), before.endpoints_v4.len() + 900);
    assert_eq!(tables.endpoints_v4.values().filter(|e| e.ifindex == MARK).count(), 900);
    assert_eq!(tables.nodes.values().filter(|n| n.ifindex == MARK).count(), 900);
    assert_eq!(tables.sources_v4.len(), before.sources_v4.len() + 900);
    let mut gone = many(
        0..900,
        |key, _| Step::DeleteEndpoint(key),
        |index, _| Step::DeleteNode(index),
        Step::DeleteSource,
    );
    // Some are gone already, in the middle of the others.
    gone.insert(450, gone[0].clone());
    fixture.apply(&gone).expect("nothing of it is needed");
    assert_eq!(fixture.observe().expect("maps are readable"), before);
}

/// Marks what was written last.
const MARK: u32 = 7_777;

/// A step each for endpoints, then nodes from 10 on, then sources.
fn many(
    range: std::ops::Range<u32>,
    endpoint: impl Fn(EndpointKeyV4, Endpoint) -> Step,
    node: impl Fn(u32, Node) -> Step,
    source: impl Fn(SourcePrefix) -> Step,
) -> Vec<Step> {
    let addr = |n: u32| (0x0a09_0000 + n).to_be_bytes();
    let key = |n| EndpointKey { vni: 5000, addr: addr(n) };
    let prefix = |n| SourcePrefix { list: 9, addr: addr(n), len: 32 };
    let endpoints = range.clone().map(|n| endpoint(key(n), Endpoint { ifindex: 1, ..Endpoint::default() }));
    let nodes = range.clone().map(|n| node(10 + n, Node { ifindex: 1, ..Node::default() }));
    let sources = range.clone().map(|n| source(prefix(n)));
    endpoints.chain(nodes).chain(sources).collect()
}

fn marked(step: Step) -> Step {
    match step {
        Step::PutEndpoint(key, value) => Step::PutEndpoint(key, Endpoint { ifindex: MARK, ..value }),
        Step::PutNode(index, value) => Step::PutNode(index, Node { ifindex: MARK, ..value }),
        other => other,
    }
}

#[test]
fn a_full_map_names_the_limit_to_raise() {
    let mut fixture = Fixture::new().expect("root");
    let steps: Vec<Step> =
        (100..200).map(|ifindex| Step::PutAttachment(ifindex, world::attachment())).collect();
    let error = fixture.apply(&steps).expect_err("64 fit").to_string();
    assert_eq!(error, "map ATTACHMENTS is full: raise `attachments` in the configuration's [limits]");
    let beyond = Step::PutNode(5000, world::node_towards(world::FAR_VTEP, world::FAR_MAC, 0));
    let error = fixture.apply(&[beyond]).expect_err("4096 fit").to_string();
    assert_eq!(error, "map NODES is full: a cluster has at most 4095 other nodes; remove some");
}

#[test]
fn a_map_of_another_size_is_refused_with_the_way_out() {
    let fixture = Fixture::new().expect("root");
    let sizes = Sizes { endpoints: 2048, ..fixture.options().sizes };
    let options = Options { sizes, ..fixture.options().clone() };
    let error = Dataplane::open(&options).map(drop).expect_err("1024 are pinned").to_string();
    let dir = options.bpf_dir.display();
    let expected = format!(
        "map ENDPOINTS_V4 below {dir} takes 1024 entries but 2048 are asked for: keep the old limit, or run causewayd --cleanup"
    );
    assert_eq!(error, expected);
}

#[test]
fn a_directory_that_is_no_bpffs_is_refused_with_the_way_out() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let options = Options::new(directory.path(), world::VTEP.into());
    let error = Dataplane::open(&options).map(drop).expect_err("it is on a disk").to_string();
    assert!(error.contains("mount -t bpf bpf /sys/fs/bpf, or give another --bpf-dir"), "{error}");
    assert!(!error.contains('\n'));
}
