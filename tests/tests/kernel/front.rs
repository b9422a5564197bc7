//! Front tables: what programs find before the hash tables is what is in those, whatever has changed and whoever
//! changed it.

use std::{collections::BTreeSet, thread, time::Duration};

use causeway::plan::Step;
use causeway_common::{Endpoint, EndpointKeyV4, FrontEndpoint, Ipv4, front, limits, names};
use causeway_tests::dataplane::{Fixture, pins};
use serde_json::Value;

/// A VNI of no network of the fixture's world.
const VNI: u32 = 0x5_1234;
/// Longer than a place rests.
const REST: Duration = Duration::from_millis(1_100);

fn key(number: u32) -> EndpointKeyV4 {
    let [.., b, c, d] = number.to_be_bytes();
    EndpointKeyV4 { vni: VNI, addr: [10, b, c, d] }
}

fn value(mac: u8) -> Endpoint {
    Endpoint { mac: [2, 0, 0, 0, 0, mac], node: 1, vni: VNI, ..Endpoint::default() }
}

/// Two endpoints of one place.
fn rivals() -> (EndpointKeyV4, EndpointKeyV4) {
    let one = key(1);
    let other = (2..)
        .map(key)
        .find(|other| front::endpoint(*other) == front::endpoint(one))
        .expect("there are more keys");
    (one, other)
}

fn bpftool(fixture: &Fixture, verb: &str, map: &str, words: &str) -> Value {
    let pin = fixture.options().bpf_dir.join(names::LAYOUT).join("maps").join(map);
    pins::bpftool(&format!("map {verb} pinned {} {words}", pin.display())).expect("the kernel has it")
}

fn spelled(bytes: &[u8]) -> String {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(" ")
}

/// Whose endpoint stands in a key's place, by its address and the last byte of its MAC.
fn standing(fixture: &Fixture, of: EndpointKeyV4) -> Option<(Ipv4, u8)> {
    let place = spelled(&front::endpoint(of).to_le_bytes());
    let shown = bpftool(fixture, "lookup", names::FRONT_ENDPOINTS, &format!("key {place}"));
    let bytes: Vec<u8> = shown["value"]
        .as_array()
        .expect("bytes")
        .iter()
        .map(|byte| {
            u8::from_str_radix(byte.as_str().expect("a byte").trim_start_matches("0x"), 16).expect("a byte")
        })
        .collect();
    assert_eq!(bytes.len(), size_of::<FrontEndpoint>());
    let taken = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) & front::TAKEN != 0;
    taken.then(|| ([bytes[4], bytes[5], bytes[6], bytes[7]], bytes[13]))
}

/// A look of the daemon's: who can stand in front does.
fn look(fixture: &mut Fixture) -> Vec<String> {
    let tables = fixture.observe().expect("maps are readable");
    fixture.sync_front(&tables).expect("maps are readable")
}

#[test]
fn an_endpoint_stands_in_front_until_it_changes_or_is_deleted() {
    let mut fixture = Fixture::new().expect("root");
    let (one, _) = rivals();
    assert_eq!(standing(&fixture, one), None);
    for _ in 0..2 {
        fixture.apply(&[Step::PutEndpoint(one, value(7))]).expect("there is room");
        assert_eq!(standing(&fixture, one), Some((one.addr, 7)));
    }
    fixture.apply(&[Step::PutEndpoint(one, value(8))]).expect("there is room");
    assert_eq!(standing(&fixture, one), None, "a program may still read what stood there");
    thread::sleep(REST);
    let twice =
        [Step::PutEndpoint(one, value(1)), Step::DeleteEndpoint(one), Step::PutEndpoint(one, value(9))];
    fixture.apply(&twice).expect("there is room");
    assert_eq!(look(&mut fixture), [] as [&str; 0]);
    assert_eq!(standing(&fixture, one), Some((one.addr, 9)));
    fixture.apply(&[Step::PutEndpoint(one, value(3)), Step::DeleteEndpoint(one)]).expect("it is there");
    assert_eq!(standing(&fixture, one), None);
    thread::sleep(REST);
    assert_eq!(look(&mut fixture), [] as [&str; 0]);
    assert_eq!(standing(&fixture, one), None);
}

#[test]
fn who_comes_second_to_a_place_is_found_behind_it_and_takes_it_when_it_has_rested() {
    let mut fixture = Fixture::new().expect("root");
    let (one, other) = rivals();
    fixture
        .apply(&[Step::PutEndpoint(one, value(1)), Step::PutEndpoint(other, value(2))])
        .expect("there is room");
    assert_eq!(standing(&fixture, one), Some((one.addr, 1)));
    fixture.apply(&[Step::DeleteEndpoint(one), Step::PutEndpoint(other, value(3))]).expect("there is room");
    assert_eq!(standing(&fixture, one), None, "a place rests before another takes it");
    assert_eq!(look(&mut fixture), [] as [&str; 0]);
    assert_eq!(standing(&fixture, one), None, "a place rests before another takes it");
    thread::sleep(REST);
    assert_eq!(look(&mut fixture), [] as [&str; 0]);
    assert_eq!(standing(&fixture, one), Some((other.addr, 3)));
}

#[test]
fn what_another_build_has_changed_without_it_is_not_found_after_the_next_start() {
    let mut fixture = Fixture::new().expect("root");
    let (one, two) = (key(1), key(2));
    assert_ne!(front::endpoint(one), front::endpoint(two));
    let both = [Step::PutEndpoint(one, value(1)), Step::PutEndpoint(two, value(2))];
    fixture.apply(&both).expect("there is room");
    let of = |key: EndpointKeyV4| spelled(&[&key.vni.to_le_bytes()[..], &key.addr].concat());
    let text =
        [&[2, 0, 0, 0, 0, 9, 0, 0][..], &1_u32.to_le_bytes(), &[0; 4], &VNI.to_le_bytes(), &[0; 4]].concat();
    let change = format!("key {} value {}", of(one), spelled(&text));
    bpftool(&fixture, "update", names::ENDPOINTS_V4, &change);
    bpftool(&fixture, "delete", names::ENDPOINTS_V4, &format!("key {}", of(two)));
    assert_eq!(
        (standing(&fixture, one), standing(&fixture, two)),
        (Some((one.addr, 1)), Some((two.addr, 2)))
    );
    fixture.reopen().expect("it loaded before");
    assert_eq!((standing(&fixture, one), standing(&fixture, two)), (None, None));
    thread::sleep(REST);
    assert_eq!(look(&mut fixture), [] as [&str; 0]);
    assert_eq!(standing(&fixture, one), Some((one.addr, 9)));
}

#[test]
fn what_somebody_has_written_in_front_is_told_and_put_right() {
    let mut fixture = Fixture::new().expect("root");
    let one = key(1);
    fixture.apply(&[Step::PutEndpoint(one, value(1))]).expect("there is room");
    let place = spelled(&front::endpoint(one).to_le_bytes());
    let taken = [&(VNI | front::TAKEN).to_le_bytes()[..], &one.addr, &[6; 24]].concat();
    bpftool(&fixture, "update", names::FRONT_ENDPOINTS, &format!("key {place} value {}", spelled(&taken)));
    assert_eq!(standing(&fixture, one), Some((one.addr, 6)));
    assert_eq!(look(&mut fixture), [format!("endpoint 10.0.0.1 of VNI {VNI}")]);
    assert_eq!(standing(&fixture, one), None);
    thread::sleep(REST);
    assert_eq!(look(&mut fixture), [] as [&str; 0]);
    assert_eq!(standing(&fixture, one), Some((one.addr, 1)));
}

#[test]
fn places_are_spread() {
    let places: BTreeSet<u32> = (0..1_000).map(|number| front::endpoint(key(number))).collect();
    assert!(places.len() > 930, "{} places for a thousand endpoints", places.len());
    assert!(places.last() < Some(&limits::FRONT_ENDPOINTS));
    let nodes: BTreeSet<u32> = (0..200).map(|last| front::vtep([192, 168, 7, last])).collect();
    assert!(nodes.len() > 180 && nodes.last() < Some(&limits::FRONT_VTEPS), "{} places", nodes.len());
}
