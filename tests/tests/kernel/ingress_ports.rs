//! Ports of all nodes as the uplink's program finds them: without a hash.

use causeway::{kernel::Dataplane, plan::Step};
use causeway_common::{Ingress, IngressKey, names};
use causeway_tests::dataplane::{Fixture, pins};
use serde_json::Value;

/// No port of the fixture's world.
const KEY: IngressKey = IngressKey { port: 9_999_u16.to_be_bytes(), protocol: 17, reserved: 0 };

fn ingress(number: u32) -> Ingress {
    Ingress { number, slots: 32, ring: 64, ..Ingress::default() }
}

/// Does something with a map's entry, by bpftool's words.
fn with(fixture: &Fixture, verb: &str, map: &str, words: &str) -> Value {
    let pin = fixture.options().bpf_dir.join(names::LAYOUT).join("maps").join(map);
    pins::bpftool(&format!("map {verb} pinned {} {words}", pin.display())).expect("the kernel has it")
}

fn little(number: u32) -> String {
    number.to_le_bytes().map(|byte| byte.to_string()).join(" ")
}

/// The number of a word of a map's value that bpftool shows as bytes.
fn word(value: &Value, at: usize) -> u32 {
    let byte = |n: usize| {
        let text = value["value"][at + n].as_str().expect("a byte").trim_start_matches("0x");
        u8::from_str_radix(text, 16).expect("a byte")
    };
    u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
}

/// The service's number that the program finds for the port.
fn found(fixture: &Fixture) -> Option<u32> {
    let port = KEY.index().expect("UDP");
    let slot = word(&with(fixture, "lookup", names::INGRESS_PORTS, &format!("key {}", little(port))), 0);
    // The number is the second word of an entry.
    (slot != 0)
        .then(|| word(&with(fixture, "lookup", names::INGRESS_SLOTS, &format!("key {}", little(slot))), 4))
}

fn put(dataplane: &mut Dataplane, number: u32) {
    dataplane.apply(&[Step::PutIngress(KEY, ingress(number))]).expect("there is room");
}

#[test]
fn a_port_is_found_as_it_was_put_last_until_it_is_deleted() {
    let mut fixture = Fixture::new().expect("root");
    assert_eq!(found(&fixture), None);
    for number in [7, 8, 9] {
        put(&mut fixture, number);
        assert_eq!(found(&fixture), Some(number));
    }
    fixture.apply(&[Step::DeleteIngress(KEY)]).expect("it is there");
    assert_eq!(found(&fixture), None);
}

#[test]
fn what_another_build_has_put_without_it_is_found_after_the_next_start() {
    let mut fixture = Fixture::new().expect("root");
    put(&mut fixture, 7);
    let value = ingress(8);
    // An entry as it stands in memory: the number is its second word, the ring and its slots follow.
    let words = [0, value.number, value.ring, value.slots, 0, 0, 0, 0, 0].map(little).join(" ");
    let key = [KEY.port[0], KEY.port[1], KEY.protocol, 0].map(|byte| byte.to_string()).join(" ");
    with(&fixture, "update", names::INGRESS, &format!("key {key} value {words}"));
    assert_eq!(found(&fixture), Some(7));
    fixture.reopen().expect("it loaded before");
    assert_eq!(found(&fixture), Some(8));
    assert!(fixture.sync_ingress_ports().expect("maps are readable").is_empty(), "all is as it should be");
    with(&fixture, "delete", names::INGRESS, &format!("key {key}"));
    assert_eq!(fixture.sync_ingress_ports().expect("maps are readable"), [9_999]);
    assert_eq!(found(&fixture), None);
}

#[test]
fn ports_that_change_ten_thousand_times_find_slots() {
    let mut fixture = Fixture::new().expect("root");
    for number in 0..10_000 {
        put(&mut fixture, number);
    }
    assert_eq!(found(&fixture), Some(9_999));
}
