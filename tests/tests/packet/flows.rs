//! What the tables of flows hold after packets, and after time.

use std::{cell::RefCell, collections::BTreeMap};

use causeway::kernel::{self, Entry, Hook, SkbContext};
use causeway_common::{State, flow, state};
use causeway_tests::dataplane::{
    Fixture,
    local::{self, CLIENT, NODE, PORT, ROUTER_MAC, UPLINK_IFINDEX},
    translated::{ACK, Kind, RST, SYN, SYN_ACK, packet},
    world::{SENDER, UPLINK_MAC},
};

use crate::outward::{OWN_PORT, sent, to_gateway};

const NEXT: i32 = -1;
const DROP: i32 = 2;
const REDIRECT: i32 = 7;

/// A dataplane with an outside, in its namespace.
fn world(name: &str, story: impl FnOnce(&mut Fixture) + Send) {
    let ground = local::ground(&format!("cw-flows-{name}-{}", std::process::id())).expect("a namespace");
    let run = || {
        let mut fixture = Fixture::new().expect("root, and programs that load");
        fixture.apply(&local::steps()).expect("tables are filled");
        story(&mut fixture);
    };
    ground.run(run).expect("the story goes well");
}

fn verdict(fixture: &Fixture, hook: Hook, packet: &[u8]) -> i32 {
    let ifindex = if hook == Hook::FromUplink { UPLINK_IFINDEX } else { 0 };
    let skb = SkbContext { ifindex, ..SkbContext::default() };
    fixture.test_run(hook, packet, skb, 1).expect("it runs").verdict.cast_signed()
}

fn ask(fixture: &Fixture, kind: Kind, port: u16) -> i32 {
    verdict(fixture, Hook::FromContainer, &sent(kind, (CLIENT, port)))
}

fn answer(fixture: &Fixture, kind: Kind, port: u16) -> i32 {
    let packet = packet(kind, (UPLINK_MAC, ROUTER_MAC), (CLIENT, port), (NODE, PORT), 64);
    verdict(fixture, Hook::FromUplink, &packet)
}

/// Both directions, the original one first.
fn flows(fixture: &Fixture) -> Vec<Entry> {
    let mut entries = fixture.flows().expect("flows are readable");
    entries.sort_by_key(|entry| (entry.key.dst_port, entry.flow.flags & flow::REPLY));
    entries
}

/// States of all directions, and whether they are answered.
fn states(fixture: &Fixture) -> Vec<(State, bool)> {
    flows(fixture).iter().map(|entry| (entry.state(), entry.answered)).collect()
}

/// Makes flows silent for a state's time and some ticks.
fn age(fixture: &mut Fixture, ticks: u32, which: impl Fn(&Entry) -> bool) {
    for mut entry in flows(fixture).into_iter().filter(which) {
        entry.flow.last = kernel::now().wrapping_sub(entry.state().timeout() + ticks);
        fixture.put_flow(&entry).expect("there is room: it was there");
    }
}

#[test]
fn both_directions_know_where_a_conversation_stands() {
    world("states", |fixture| {
        assert_eq!(ask(fixture, SYN, 80), REDIRECT);
        assert_eq!(states(fixture), [(State::SynSent, false); 2]);
        assert_eq!(answer(fixture, SYN_ACK, 80), REDIRECT);
        assert_eq!(states(fixture), [(State::SynReceived, false); 2]);
        assert_eq!(ask(fixture, ACK, 80), REDIRECT);
        assert_eq!(states(fixture), [(State::Established, true); 2]);
        assert_eq!(answer(fixture, Kind::Tcp(17), 80), REDIRECT);
        assert_eq!(states(fixture), [(State::FinWait, true); 2]);
        assert_eq!(ask(fixture, Kind::Tcp(4), 80), REDIRECT);
        assert_eq!(states(fixture), [(State::Close, true); 2]);
    });
}

#[test]
fn a_handshake_that_is_not_completed_makes_room_for_others() {
    world("halves", |fixture| {
        ask(fixture, SYN, 80);
        answer(fixture, RST, 80);
        assert_eq!(states(fixture), [(State::Close, false); 2], "refused");
        assert_eq!(ask(fixture, SYN, 80), REDIRECT, "and tried again");
        answer(fixture, SYN_ACK, 80);
        assert_eq!(states(fixture), [(State::SynReceived, false); 2]);
        ask(fixture, ACK, 80);
        assert_eq!(states(fixture), [(State::Established, true); 2]);
    });
}

#[test]
fn a_flow_that_expired_is_absent() {
    world("expired", |fixture| {
        ask(fixture, SYN, 80);
        answer(fixture, SYN_ACK, 80);
        age(fixture, 0, |_| true);
        assert_eq!(answer(fixture, ACK, 80), REDIRECT, "to the last tick it is there");
        age(fixture, 2, |_| true);
        assert_eq!(answer(fixture, ACK, 80), NEXT);
        assert_eq!(flows(fixture), []);
    });
}

#[test]
fn its_port_is_another_conversations() {
    world("reused", |fixture| {
        ask(fixture, Kind::Udp, 80);
        answer(fixture, Kind::Udp, 80);
        let other = packet(Kind::Udp, to_gateway(), (SENDER, OWN_PORT + 1), (CLIENT, 80), 64);
        assert_eq!(verdict(fixture, Hook::FromContainer, &other), DROP);
        age(fixture, 2, |_| true);
        assert_eq!(verdict(fixture, Hook::FromContainer, &other), REDIRECT);
        assert_eq!(states(fixture), [(State::UdpOneWay, false); 2]);
    });
}

#[test]
fn where_there_is_little_room_conversations_that_are_over_go_early_and_no_others() {
    world("early", |fixture| {
        for (port, ends) in [(80, true), (81, false), (82, true)] {
            ask(fixture, SYN, port);
            answer(fixture, SYN_ACK, port);
            ask(fixture, ACK, port);
            if ends {
                ask(fixture, RST, port);
            }
        }
        let silent = |entry: &Entry| ![entry.key.src_port, entry.key.dst_port].contains(&[0, 82]);
        for mut entry in flows(fixture).into_iter().filter(silent) {
            entry.flow.last = entry.flow.last.wrapping_sub(state::seconds(1) + 1);
            fixture.put_flow(&entry).expect("it was there");
        }
        assert_eq!(fixture.sweep().expect("flows are removed"), 0);
        let (mut walk, mut removed) = (kernel::FlowWalk::early(), 0);
        while !walk.is_over() {
            removed += fixture.sweep_next(&mut walk).expect("flows are removed");
        }
        assert_eq!((removed, walk.left()), (2, 4));
        let mut left: Vec<State> = flows(fixture).iter().map(Entry::state).collect();
        left.sort();
        assert_eq!(left, [State::Established, State::Established, State::Close, State::Close]);
    });
}

#[test]
fn the_sweep_removes_what_expired_and_nothing_else() {
    world("sweep", |fixture| {
        for port in [80, 81] {
            ask(fixture, SYN, port);
            answer(fixture, SYN_ACK, port);
            ask(fixture, ACK, port);
        }
        assert_eq!(fixture.sweep().expect("flows are removed"), 0);
        let first = |entry: &Entry| [entry.key.src_port, entry.key.dst_port].contains(&[0, 80]);
        age(fixture, 2, first);
        assert_eq!(fixture.sweep().expect("flows are removed"), 0, "just expired, it is left alone");
        age(fixture, state::seconds(10), first);
        assert_eq!(fixture.sweep().expect("flows are removed"), 2);
        assert!(!flows(fixture).iter().any(first));
        assert_eq!(flows(fixture).len(), 2);
    });
}

#[test]
fn what_is_used_again_while_it_is_removed_stays() {
    world("renewed", |fixture| {
        for port in [80, 81] {
            ask(fixture, SYN, port);
            answer(fixture, SYN_ACK, port);
            ask(fixture, ACK, port);
        }
        let before = flows(fixture);
        // Each is looked at when it is found, just before it goes, and when it is out.
        for looks in 1..=2 {
            let seen = RefCell::new(BTreeMap::new());
            let over = |entry: &Entry| {
                let mut seen = seen.borrow_mut();
                let times = seen.entry(entry.key).or_insert(0);
                *times += 1;
                *times <= looks
            };
            assert_eq!(fixture.remove_flows(over).expect("flows are removed"), 0, "over for {looks} looks");
            assert_eq!(flows(fixture), before);
        }
        assert_eq!(fixture.remove_flows(|_| true).expect("flows are removed"), 4);
    });
}

#[test]
fn a_flow_that_lost_a_direction_to_a_flood_begins_anew() {
    world("orphan", |fixture| {
        ask(fixture, SYN, 80);
        let before = flows(fixture);
        for lost in [flow::REPLY, 0] {
            let removed = fixture.remove_flows(|entry| entry.flow.flags & flow::REPLY == lost);
            assert_eq!(removed.expect("flows are removed"), 1);
            assert_eq!(ask(fixture, SYN, 80), REDIRECT);
            let keys = |entries: &[Entry]| entries.iter().map(|entry| entry.key).collect::<Vec<_>>();
            assert_eq!(keys(&flows(fixture)), keys(&before), "under the same port");
        }
    });
}
