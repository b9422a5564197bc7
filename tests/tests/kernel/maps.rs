//! Maps: what is applied is observed, what does not fit is refused with the way out.

use causeway::{
    kernel::{Dataplane, Options},
    plan::Step,
};
use causeway_common::{EndpointKey, names, node};
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
    let options = Options { endpoints: 2048, ..fixture.options().clone() };
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
