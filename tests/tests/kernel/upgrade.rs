//! Upgrades: a start finds programs and maps of an earlier one, of the same build, of another, of another layout.

use std::{collections::BTreeMap, fs, path::Path, thread, time::Duration};

use causeway::{
    kernel::{Dataplane, Hook, KernelError, Options},
    plan::Step,
};
use causeway_common::{Counter, DropReason, names};
use causeway_lab::{Netns, ip::ip};
use causeway_tests::dataplane::{BpfDir, Fixture, pins, world};

use crate::{flood::under_packets, roads::SELF};

const HOOK: Hook = Hook::FromContainer;
const LINK: &str = "from_container-1";

/// A namespace of the test's own, `lo` up.
fn namespace(name: &str) -> Netns {
    let netns = Netns::create(&format!("cwk-{name}-{}", std::process::id())).expect("root");
    ip(&netns, "link set lo up").expect("lo is there");
    netns
}

fn attach(dataplane: &mut Dataplane, netns: &Netns) {
    netns.run(|| dataplane.attach(HOOK, "lo", 1)).expect("a namespace").expect("lo is there");
}

/// The number of the hook's program.
fn program(dataplane: &Dataplane) -> u64 {
    dataplane.program_facts(HOOK.name()).expect("it is loaded").id.into()
}

fn linked(bpf_dir: &Path) -> u64 {
    pins::linked(bpf_dir, LINK).expect("it is attached")
}

fn versions(bpf_dir: &Path) -> Vec<String> {
    pins::listed(&bpf_dir.join(names::LAYOUT).join("programs")).expect("it is there")
}

/// The numbers of all pinned maps.
fn maps(bpf_dir: &Path, layout: &str) -> BTreeMap<String, u64> {
    let id = |map: &&str| {
        let pin = bpf_dir.join(layout).join("maps").join(map);
        let shown = pins::bpftool(&format!("map show pinned {}", pin.display())).expect("it is pinned");
        ((*map).to_owned(), shown["id"].as_u64().expect("a number"))
    };
    names::MAPS.iter().map(id).collect()
}

fn remade(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> Vec<String> {
    before.iter().filter(|(map, id)| after[*map] != **id).map(|(map, _)| map.clone()).collect()
}

#[test]
fn a_start_with_the_same_programs_loads_none_and_moves_no_link() {
    let (netns, mut fixture) = (namespace("same"), Fixture::new().expect("root"));
    attach(&mut fixture, &netns);
    let bpf_dir = fixture.options().bpf_dir.clone();
    let (loaded, named) = (program(&fixture), versions(&bpf_dir));
    assert_eq!((linked(&bpf_dir), named.len()), (loaded, 1));
    fixture.reopen().expect("it loaded before");
    assert_eq!((program(&fixture), linked(&bpf_dir), versions(&bpf_dir)), (loaded, loaded, named));
}

#[test]
fn a_start_with_another_version_moves_every_link_and_keeps_every_map() {
    let (netns, mut fixture) = (namespace("other"), Fixture::new().expect("root"));
    attach(&mut fixture, &netns);
    let bpf_dir = fixture.options().bpf_dir.clone();
    let (loaded, named, pinned) = (program(&fixture), versions(&bpf_dir), maps(&bpf_dir, names::LAYOUT));
    pins::as_another_version(&bpf_dir).expect("one is there");
    fixture.reopen().expect("it loaded before");
    assert_ne!(program(&fixture), loaded);
    assert_eq!(
        (linked(&bpf_dir), versions(&bpf_dir)),
        (program(&fixture), named),
        "the older one is forgotten"
    );
    assert_eq!(maps(&bpf_dir, names::LAYOUT), pinned);
}

#[test]
fn programs_that_were_not_all_pinned_are_loaded_again() {
    let (netns, mut fixture) = (namespace("half"), Fixture::new().expect("root"));
    attach(&mut fixture, &netns);
    let bpf_dir = fixture.options().bpf_dir.clone();
    let versions_dir = bpf_dir.join(names::LAYOUT).join("programs");
    let named = versions(&bpf_dir);
    // Killed while they were pinned, in a start before; and something else has taken one away.
    fs::create_dir(versions_dir.join("loading")).expect("a bpf file system");
    fs::remove_file(versions_dir.join(&named[0]).join(names::FROM_UPLINK)).expect("it is pinned");
    fixture.reopen().expect("what is missing is no obstacle");
    assert_eq!((linked(&bpf_dir), versions(&bpf_dir)), (program(&fixture), named));
}

#[test]
fn a_map_that_is_gone_is_made_anew_together_with_the_programs() {
    let fixture = Fixture::new().expect("root");
    let (loaded, options) = (program(&fixture), fixture.options().clone());
    fs::remove_file(options.bpf_dir.join(names::LAYOUT).join("maps").join(names::NODES))
        .expect("it is pinned");
    let mut again = Dataplane::open(&options).expect("what is missing is no obstacle");
    assert_ne!(program(&again), loaded, "they would read the map that is gone");
    again.apply(&world::steps()).expect("there is room");
    assert_eq!(again.observe().expect("maps are readable").nodes.len(), 2);
}

#[test]
fn a_link_that_runs_something_else_is_moved_without_loading() {
    let (netns, mut fixture) = (namespace("moved"), Fixture::new().expect("root"));
    attach(&mut fixture, &netns);
    let (loaded, options) = (program(&fixture), fixture.options().clone());
    pins::as_another_version(&options.bpf_dir).expect("one is there");
    let newer = Dataplane::open(&options).expect("it loaded before");
    attach(&mut fixture, &netns);
    assert_eq!(linked(&options.bpf_dir), loaded, "the older program is back");
    let again = Dataplane::open(&options).expect("it loaded before");
    assert_eq!((program(&again), linked(&options.bpf_dir)), (program(&newer), program(&newer)));
}

#[test]
fn between_two_versions_each_packet_meets_one_of_them() {
    let netns = namespace("between");
    let bpf_dir = BpfDir::new();
    let options = Options::new(bpf_dir.path(), world::VTEP.into());
    let mut old = Dataplane::open(&options).expect("root");
    old.apply(&[Step::PutAttachment(1, SELF)]).expect("there is room");
    attach(&mut old, &netns);
    pins::as_another_version(bpf_dir.path()).expect("one is there");
    let mut new = Dataplane::open(&options).expect("it loaded before");
    let (older, newer) = (program(&old), program(&new));
    // Each hands its packet to a road's program: of the same version, of the newer one, of the older one.
    let (sent, arrived) = under_packets(&netns, || {
        for _ in 0..20 {
            old.open_roads().expect("slots can be set");
            pause();
            attach(&mut old, &netns);
            assert_eq!(linked(bpf_dir.path()), older);
            new.open_roads().expect("slots can be set");
            pause();
            attach(&mut new, &netns);
            assert_eq!(linked(bpf_dir.path()), newer);
        }
    });
    let drops = new.drops().expect("counters are readable");
    println!("{sent} packets while 20 times a link and its roads changed their version");
    assert!(sent > 1000, "the sender was busy: {sent}");
    assert_eq!((arrived, drops[DropReason::NoEndpoint.name()]), (0, sent), "once each, by the road");
    assert_eq!(drops.values().sum::<u64>(), sent, "{drops:?}");
}

/// A moment for packets to be sent in.
fn pause() {
    thread::sleep(Duration::from_millis(2));
}

#[test]
fn an_earlier_layout_is_carried_over_while_packets_are_sent() {
    let (netns, mut fixture) = (namespace("layout"), Fixture::new().expect("root"));
    attach(&mut fixture, &netns);
    let options = fixture.options().clone();
    let (tables, loaded) = (fixture.observe().expect("maps are readable"), program(&fixture));
    pins::as_earlier_layout(&options.bpf_dir, 5).expect("it is there");
    let before = maps(&options.bpf_dir, pins::EARLIER);
    let mut moved = None;
    let (sent, arrived) = under_packets(&netns, || {
        moved = Some(Dataplane::open(&options).expect("it is known"));
        pause();
    });
    let moved = moved.expect("it was opened");
    println!("{sent} packets while a layout was carried over");
    assert!(sent > 100, "the sender was busy: {sent}");
    assert_eq!(arrived, 0, "each packet met a program");
    assert_eq!(moved.observe().expect("maps are readable"), tables);
    assert_eq!((program(&moved) == loaded, linked(&options.bpf_dir)), (false, program(&moved)));
    assert_eq!(remade(&before, &maps(&options.bpf_dir, names::LAYOUT)), [names::COUNTERS, names::DROPS]);
    assert_eq!(pins::listed(&options.bpf_dir).expect("it is there"), [names::LAYOUT]);
    assert_counted(&moved, 5);
}

/// Whether so much, on each CPU, was counted of the first reason and the first road before.
fn assert_counted(dataplane: &Dataplane, each: u64) {
    let all = each * cpus();
    let drops = dataplane.drops().expect("counters are readable");
    let carried = dataplane.counters().expect("counters are readable");
    let firsts = (drops[DropReason::ALL[0].name()], carried[Counter::ALL[0].name()]);
    assert_eq!(firsts, (all, all));
}

/// CPUs that the kernel counts on.
fn cpus() -> u64 {
    let possible = fs::read_to_string("/sys/devices/system/cpu/possible").expect("sysfs");
    let last = possible.trim().rsplit(['-', ',']).next().expect("a number");
    last.parse::<u64>().expect("a number") + 1
}

#[test]
fn a_layout_that_was_carried_half_way_is_carried_to_the_end() {
    let (netns, mut fixture) = (namespace("halfway"), Fixture::new().expect("root"));
    attach(&mut fixture, &netns);
    let options = fixture.options().clone();
    let tables = fixture.observe().expect("maps are readable");
    pins::as_earlier_layout(&options.bpf_dir, 5).expect("it is there");
    let (old, new) = (options.bpf_dir.join(pins::EARLIER), options.bpf_dir.join(names::LAYOUT));
    // Killed in the middle of the pins.
    for directory in ["maps", "links"] {
        fs::create_dir_all(new.join(directory)).expect("a bpf file system");
    }
    let pin = Path::new("maps").join(names::NODES);
    fs::hard_link(old.join(&pin), new.join(&pin)).expect("a bpf file system");
    drop(Dataplane::open(&options).expect("it goes on"));
    // Killed when all was done but for the removal of the old pins, some of which are gone.
    fs::create_dir_all(old.join("maps")).expect("a bpf file system");
    let shape = "type percpu_array key 4 value 8 entries 36";
    let pin = old.join("maps").join(names::DROPS);
    pins::bpftool(&format!("map create {} name DROPS {shape}", pin.display())).expect("root");
    pins::bpftool(&format!("map update pinned {} key 0 0 0 0 value 5 0 0 0 0 0 0 0", pin.display()))
        .expect("it is there");
    let again = Dataplane::open(&options).expect("it goes on");
    assert_counted(&again, 5);
    assert_eq!(again.observe().expect("maps are readable"), tables);
    assert_eq!(linked(&options.bpf_dir), program(&again));
    assert_eq!(pins::listed(&options.bpf_dir).expect("it is there"), [names::LAYOUT]);
}

#[test]
fn an_earlier_layout_whose_maps_are_not_as_they_were_is_left_as_it_is() {
    let fixture = Fixture::new().expect("root");
    let options = fixture.options().clone();
    pins::as_earlier_layout(&options.bpf_dir, 0).expect("it is there");
    let maps = options.bpf_dir.join(pins::EARLIER).join("maps");
    pins::replace(&maps, names::NODES, "type array key 4 value 60 entries 4096").expect("it is pinned");
    let error = refused(&options).to_string();
    assert!(error.starts_with("map NODES below "), "{error}");
    assert_eq!(pins::listed(&options.bpf_dir).expect("it is there"), [pins::EARLIER]);
}

fn refused(options: &Options) -> KernelError {
    Dataplane::open(options).map(drop).expect_err("it is another shape")
}

#[test]
fn a_map_of_another_shape_is_refused_with_the_way_out() {
    let fixture = Fixture::new().expect("root");
    let options = fixture.options().clone();
    let maps = options.bpf_dir.join(names::LAYOUT).join("maps");
    for (map, shape, said) in [
        (names::VNIS, "type hash key 4 value 4 entries 65536", "Hash, 65536 entries of 4 + 4 bytes"),
        (
            names::DROPS,
            "type percpu_array key 4 value 8 entries 36",
            "PerCpuArray, 36 entries of 4 + 8 bytes",
        ),
        (names::SETTINGS, "type hash key 4 value 44 entries 1", "Hash, 1 entries of 4 + 44 bytes"),
    ] {
        pins::replace(&maps, map, shape).expect("it is pinned");
        let error = refused(&options).to_string();
        let dir = options.bpf_dir.display();
        assert!(
            error.starts_with(&format!("map {map} below {dir} is {said}, and this causewayd's is ")),
            "{error}"
        );
        assert!(error.ends_with("stop its containers and run causewayd --cleanup"), "{error}");
        fs::remove_file(maps.join(map)).expect("it is pinned");
    }
}
