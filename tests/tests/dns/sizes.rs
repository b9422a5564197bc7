//! Answers that are longer than their way.

use hickory_proto::{op::ResponseCode, rr::RecordType};

use crate::{
    clients::{Datagrams, Stream, addresses, query, with_edns},
    names,
    scene::Scene,
};

/// 16 bytes each: more than 512 bytes take, less than 4,096 do.
const MANY: u16 = 100;

#[test]
fn an_answer_is_cut_to_what_the_client_takes_and_says_so() {
    let scene = Scene::set(&names::cluster(1, MANY), &[]);
    let client = Datagrams::new(&scene.container, scene.udp());
    // What the client says that it takes; whether all fit.
    for (takes, whole) in
        [(None, false), (Some(400), false), (Some(1232), false), (Some(4096), true), (Some(65535), true)]
    {
        let plain = query(9, "many", RecordType::A);
        let asked = takes.map_or(plain.clone(), |takes| with_edns(plain, takes));
        client.send(&asked.to_vec().unwrap());
        let bytes = client.receive().unwrap();
        let answer = hickory_proto::op::Message::from_vec(&bytes).unwrap();
        let limit = usize::from(takes.unwrap_or(512).clamp(512, 4096));
        assert!(bytes.len() <= limit, "{takes:?}: {} bytes", bytes.len());
        assert_eq!(answer.metadata.truncation, !whole, "{takes:?}");
        // As many as fit: a resolver that never opens a stream has most of them.
        let count = if whole { usize::from(MANY) } else { (limit - 60) / 16 };
        assert!(
            addresses(&answer).len() >= count.min(usize::from(MANY)),
            "{takes:?}: {}",
            addresses(&answer).len()
        );
        assert_eq!(answer.edns.is_some(), takes.is_some(), "EDNS is answered where it was asked with");
    }
}

#[test]
fn a_stream_carries_all() {
    let scene = Scene::set(&names::cluster(1, 1000), &[]);
    let answer = Stream::new(&scene.container, scene.tcp()).ask("many", RecordType::A);
    assert!(!answer.metadata.truncation);
    assert_eq!(addresses(&answer).len(), 1000);
}

#[test]
fn a_later_edns_is_declined_by_its_version() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    let mut asked = with_edns(query(9, "c1", RecordType::A), 1232);
    asked.edns.as_mut().unwrap().set_version(1);
    let answer = Datagrams::new(&scene.container, scene.udp()).exchange(&asked);
    // BADVERS and BADSIG are one number.
    assert_eq!(u16::from(answer.metadata.response_code), u16::from(ResponseCode::BADVERS));
    assert_eq!(answer.answers, []);
}
