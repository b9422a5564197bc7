//! Pins of another layout: refused beside them, removed with the rest.

use std::fs;

use causeway::kernel::{self, Dataplane, Options};
use causeway_tests::dataplane::{BpfDir, world};

#[test]
fn pins_of_another_layout_are_refused_with_the_way_out() {
    let bpf_dir = BpfDir::new();
    fs::create_dir_all(bpf_dir.path().join("v1/maps")).expect("root, and a bpf file system");
    let options = Options::new(bpf_dir.path(), world::VTEP.into());
    let error = Dataplane::open(&options).map(drop).expect_err("they are another version's").to_string();
    assert_eq!(
        error,
        format!(
            "{} holds a dataplane of layout v1, and this causewayd's is {}: stop its containers and run causewayd --cleanup first",
            bpf_dir.path().display(),
            causeway_common::names::LAYOUT
        )
    );
    assert!(!bpf_dir.path().join(causeway_common::names::LAYOUT).exists(), "nothing is made beside them");
}

#[test]
fn cleaning_removes_every_layout() {
    let bpf_dir = BpfDir::new();
    for layout in ["v1", "v2", "v77"] {
        fs::create_dir_all(bpf_dir.path().join(layout).join("links")).expect("root, and a bpf file system");
    }
    kernel::cleanup(bpf_dir.path()).expect("it is ours");
    assert!(!bpf_dir.path().exists());
}
