//! Clients of streams that are slow, greedy, or talk nonsense.

use std::{
    io::{Read, Write},
    thread,
    time::{Duration, Instant},
};

use hickory_proto::rr::RecordType;

use crate::{
    clients::{Stream, addresses, framed, query},
    names,
    scene::Scene,
};

/// A container's streams.
const MOST: usize = 64;

fn closed(stream: &mut Stream) -> bool {
    matches!(stream.0.read(&mut [0; 64]), Ok(0) | Err(_))
}

#[test]
fn a_stream_carries_several_queries_in_pieces_and_at_once() {
    let scene = Scene::set(&names::cluster(3, 0), &[]);
    let mut stream = Stream::new(&scene.container, scene.tcp());
    assert_eq!(addresses(&stream.ask("c2", RecordType::A)), [names::address(2)]);
    for byte in framed(&query(1, "c1", RecordType::A)) {
        stream.0.write_all(&[byte]).unwrap();
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(addresses(&stream.receive().unwrap()), [names::address(1)]);
    let two = [framed(&query(1, "c2", RecordType::A)), framed(&query(2, "c3", RecordType::A))].concat();
    stream.0.write_all(&two).unwrap();
    assert_eq!(addresses(&stream.receive().unwrap()), [names::address(2)]);
    assert_eq!(addresses(&stream.receive().unwrap()), [names::address(3)]);
}

#[test]
fn a_container_has_so_many_streams_and_others_have_theirs() {
    let scene = Scene::set(&names::cluster(2, 0), &[]);
    let mut held: Vec<_> = (0..MOST).map(|_| Stream::new(&scene.container, scene.tcp())).collect();
    assert_eq!(addresses(&held[MOST - 1].ask("c2", RecordType::A)), [names::address(2)]);
    assert!(closed(&mut Stream::new(&scene.container, scene.tcp())), "one too many");
    assert_eq!(scene.server.counts().turned_away, 1);
    let (other, ports) = scene.another(2);
    let mut stream = Stream::new(&other, (crate::scene::RESOLVER, ports.tcp).into());
    assert_eq!(addresses(&stream.ask("c1", RecordType::A)), [names::address(1)]);
    held.truncate(MOST / 2);
    let mut stream = place(|| {
        let mut stream = Stream::new(&scene.container, scene.tcp());
        stream.0.write_all(&framed(&query(1, "c1", RecordType::A))).ok()?;
        stream.receive().ok().map(|_| stream)
    });
    assert_eq!(addresses(&stream.ask("c1", RecordType::A)), [names::address(1)]);
}

/// Tries for two seconds.
fn place<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let mut found = None;
    causeway_lab::wait::until("a place for a stream", Duration::from_secs(2), || {
        found = attempt();
        Ok(found.is_some())
    })
    .unwrap();
    found.unwrap()
}

#[test]
fn who_says_nothing_or_little_is_cut_off_after_ten_seconds() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    let began = Instant::now();
    let mut silent = Stream::new(&scene.container, scene.tcp());
    let mut dribbling = Stream::new(&scene.container, scene.tcp());
    let mut idle = Stream::new(&scene.container, scene.tcp());
    assert_eq!(addresses(&idle.ask("c1", RecordType::A)), [names::address(1)]);
    let bytes = framed(&query(1, "c1", RecordType::A));
    let dribbled = bytes.iter().take_while(|byte| {
        thread::sleep(Duration::from_secs(1));
        began.elapsed() < Duration::from_secs(13) && dribbling.0.write_all(&[**byte]).is_ok()
    });
    assert!(dribbled.count() < bytes.len(), "a byte a second was waited for");
    for stream in [&mut silent, &mut dribbling, &mut idle] {
        assert!(closed(stream));
    }
    assert!((10..14).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[test]
fn what_no_query_is_ends_the_stream() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    // A length that no query has; bytes that are no message.
    for bytes in [&[0xff, 0xff][..], &[0, 0], &[0, 3, 1, 2, 3]] {
        let mut stream = Stream::new(&scene.container, scene.tcp());
        stream.0.write_all(bytes).unwrap();
        assert!(closed(&mut stream), "{bytes:?}");
    }
}
