//! A hundred thousand messages that are none, seeded: no crash, no answer that is none either, and the
//! resolver goes on answering.

use causeway::dns::{Counters, Transport, Verdict, receive};
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::RecordType,
};
use rand::{Rng, SeedableRng as _, rngs::StdRng};

use crate::{
    clients::{Datagrams, addresses, query, with_edns},
    names,
    scene::Scene,
};

const MESSAGES: usize = 100_000;
const SEED: u64 = 15;

/// Bytes of chance, or a valid query with some of its bytes changed, cut, or doubled.
fn malformed(chance: &mut StdRng, valid: &[Vec<u8>]) -> Vec<u8> {
    if chance.random_ratio(1, 4) {
        let mut bytes = vec![0; chance.random_range(0..600)];
        chance.fill(&mut bytes[..]);
        return bytes;
    }
    let mut bytes = valid[chance.random_range(0..valid.len())].clone();
    for _ in 0..chance.random_range(1..4) {
        mutate(chance, &mut bytes);
    }
    bytes
}

fn mutate(chance: &mut StdRng, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = chance.random_range(0..bytes.len());
    match chance.random_range(0..5) {
        0 => bytes[at] = chance.random(),
        1 => bytes[at] ^= 1 << chance.random_range(0..8),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, chance.random()),
        // A compression pointer, into anything.
        _ => bytes.splice(at..at, [0xc0 | chance.random_range(0..2), chance.random()]).for_each(drop),
    }
}

fn valid() -> Vec<Vec<u8>> {
    let kinds = [RecordType::A, RecordType::AAAA, RecordType::PTR, RecordType::SRV, RecordType::ANY];
    let names = ["c1", "many.net", "_80._tcp.c1", "1.0.9.10.in-addr.arpa", "a.very.long.name.example.org"];
    let plain = kinds.iter().flat_map(|kind| names.iter().map(|name| query(1, name, *kind)));
    plain.flat_map(|q| [q.clone(), with_edns(q, 1232)]).map(|q| q.to_vec().unwrap()).collect()
}

/// The rules for whatever follows bytes of a client.
fn check(bytes: &[u8], reply: &[u8]) {
    let answer = Message::from_vec(reply).unwrap_or_else(|e| panic!("{e}: {reply:02x?} to {bytes:02x?}"));
    assert_eq!(reply[..2], bytes[..2], "another's id");
    assert!(bytes[2] & 0x80 == 0 && reply[2] & 0x80 != 0, "an answer to an answer");
    assert!(reply.len() <= 4096);
    let understood = !matches!(answer.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp);
    assert!(!understood || answer.queries.len() == 1, "{reply:02x?} to {bytes:02x?}");
}

#[test]
fn a_hundred_thousand_are_read_without_a_crash() {
    let state = names::cluster(1, 30);
    let names = names::built(&state);
    let client = names.client(&names::id(2, 1)).unwrap();
    let (mut chance, valid, counters) = (StdRng::seed_from_u64(SEED), valid(), Counters::default());
    for n in 0..MESSAGES {
        let bytes = malformed(&mut chance, &valid);
        let transport = if n % 2 == 0 { Transport::Udp } else { Transport::Tcp };
        if let Verdict::Say(reply) = receive(client, &bytes, transport, &counters, &mut rand::rng()) {
            check(&bytes, &reply);
        }
    }
    let counts = counters.counts();
    // The generator makes all kinds.
    assert!(counts.malformed > 50_000 && counts.answered > 200 && counts.empty > 200, "{counts:?}");
}

#[test]
fn a_hundred_thousand_come_in_and_known_names_are_still_answered() {
    let state = names::internal(names::cluster(1, 0));
    let scene = Scene::set(&state, &[]);
    let flood = Datagrams::new(&scene.container, scene.udp());
    let mut client = Datagrams::new(&scene.container, scene.udp());
    let (mut chance, valid) = (StdRng::seed_from_u64(SEED + 1), valid());
    for n in 0..MESSAGES {
        flood.send(&malformed(&mut chance, &valid));
        // Now and then, so that the socket's queue never loses the question itself.
        if n % 100 == 0 {
            assert_eq!(addresses(&client.ask("c1", RecordType::A)), [names::address(1)], "after {n}");
        }
    }
    let counts = scene.server.counts();
    assert!(counts.malformed > 10_000, "{counts:?}");
}

#[test]
fn what_can_be_told_is_told() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    let client = Datagrams::new(&scene.container, scene.udp());
    let valid = query(0x1234, "c1", RecordType::A).to_vec().unwrap();
    let told = |at: usize, byte: u8| {
        let mut bytes = valid.clone();
        bytes[at] = byte;
        client.send(&bytes);
        let answer = Message::from_vec(&client.receive().unwrap()).unwrap();
        assert_eq!(answer.metadata.id, 0x1234);
        answer.metadata.response_code
    };
    // Two questions; no question; a name that goes beyond the message; opcodes; another class.
    assert_eq!(told(5, 2), ResponseCode::FormErr);
    assert_eq!(told(5, 0), ResponseCode::FormErr);
    assert_eq!(told(12, 63), ResponseCode::FormErr);
    for opcode in [1, 2, 4, 5, 15] {
        assert_eq!(told(2, opcode << 3), ResponseCode::NotImp, "opcode {opcode}");
    }
    assert_eq!(told(valid.len() - 1, 3), ResponseCode::Refused);
}

#[test]
fn answers_and_fragments_are_met_with_silence() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    let mut answer = query(0x1234, "c1", RecordType::A).to_vec().unwrap();
    answer[2] |= 0x80;
    client.send(&answer);
    client.send(&answer[..11]);
    client.send(&[]);
    // The next datagram answers the next question: nothing was said before.
    client.send(&query(0x4321, "c1", RecordType::A).to_vec().unwrap());
    assert_eq!(client.receive().unwrap()[..2], [0x43, 0x21]);
    assert_eq!(addresses(&client.ask("c1", RecordType::A)), [names::address(1)]);
}
