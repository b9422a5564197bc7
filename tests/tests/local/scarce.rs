//! Where the ports that conversations with the outside get run out.

use std::{
    collections::BTreeSet,
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use causeway_common::limits::{FIRST_MASQUERADE_PORT, MASQUERADE_PORTS};
use causeway_lab::{Lab, Netns, wait};
use causeway_tests::crowd::{self, Crowd, Server};

use super::{cast::Stage, figures::drops_since};

/// The first port that a container's own sockets are given here.
const FIRST: u16 = 2000;
/// The longest that a datagram takes on one machine, when it is not dropped.
const SHORT: Duration = Duration::from_millis(300);

/// A server of the outside that sends datagrams back.
fn echo(outside: &Netns, port: u16) -> UdpSocket {
    let socket = outside.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port))).unwrap().unwrap();
    socket.set_read_timeout(Some(SHORT)).unwrap();
    socket
}

/// A conversation of one question and one answer, from a port of its own; the client as it was seen.
fn ask(own_port: u16, server: &UdpSocket, at: (Ipv4Addr, u16)) -> io::Result<SocketAddr> {
    let client = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, own_port))?;
    client.set_read_timeout(Some(SHORT))?;
    client.connect(at)?;
    client.send(&own_port.to_be_bytes())?;
    let mut said = [0; 2];
    let (_, seen) = server.recv_from(&mut said)?;
    server.send_to(&said, seen)?;
    client.recv(&mut said)?;
    assert_eq!(said, own_port.to_be_bytes());
    Ok(seen)
}

#[test]
fn of_all_ports_99_in_100_are_used_then_refused_by_name_and_given_back() {
    let stage = Stage::new();
    let outside = stage.lab.client();
    let (server, at) = (echo(&outside.netns, 7000), (outside.address(), 7000));
    stage.run("many", "", "exec sleep 900");
    let before = stage.drops();
    let many = stage.netns("many");
    let seen: BTreeSet<SocketAddr> = many
        .run(|| (FIRST..=FIRST + MASQUERADE_PORTS).map_while(|own| ask(own, &server, at).ok()).collect())
        .unwrap();
    println!("{} of {MASQUERADE_PORTS} ports were used", seen.len());
    assert!(seen.len() * 100 >= usize::from(MASQUERADE_PORTS) * 99, "{} ports were used", seen.len());
    let range = FIRST_MASQUERADE_PORT..FIRST_MASQUERADE_PORT + MASQUERADE_PORTS;
    assert!(seen.iter().all(|from| from.ip() == stage.node().address() && range.contains(&from.port())));
    assert_eq!(drops_since(&before, &stage.drops()), [("ports_exhausted".to_owned(), 1)].into());

    let elsewhere = echo(&outside.netns, 7001);
    let other = (outside.address(), 7001);
    assert!(many.run(|| ask(FIRST, &elsewhere, other)).unwrap().is_ok(), "another destination has its own");
    stage.node().cw("rm -f many").unwrap();
    stage.run("next", "", "exec sleep 900");
    let next = stage.netns("next");
    let again = next.run(|| (FIRST..).take(1000).filter(|own| ask(*own, &server, at).is_ok()).count());
    assert_eq!(again.unwrap(), 1000, "the ports of a container that is gone are free");
}

#[test]
fn ports_of_a_configured_range_are_free_again_when_conversations_end() {
    let mut stage = Stage::of(Lab::builder().config("masquerade_ports = '50000-50099'"));
    let reserved = |stage: &Stage| {
        let read = || fs::read_to_string("/proc/sys/net/ipv4/ip_local_reserved_ports").unwrap();
        stage.node().netns.run(read).unwrap().trim().to_owned()
    };
    assert_eq!(reserved(&stage), "50000-50099", "kept from the host's own sockets");
    stage.run("a", "", "exec sleep 900");
    let (a, outside) = (stage.netns("a"), stage.lab.client());
    let server = Server::listen(&outside.netns, 7000, (outside.address(), 7000)).unwrap();
    let crowd = Crowd::open(&a, &server, 100, 0).unwrap();
    let before = stage.drops();
    let connect = || {
        let connected = || TcpStream::connect_timeout(&(outside.address(), 7000).into(), SHORT);
        a.run(connected).unwrap()
    };
    assert_eq!(connect().unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(drops_since(&before, &stage.drops()), [("ports_exhausted".to_owned(), 1)].into());
    crowd::reset(crowd).unwrap();
    // What was reset is remembered for ten seconds.
    wait::until("a port is free", Duration::from_secs(20), || Ok(connect().is_ok())).unwrap();
    drop(server);
    let server = Server::listen(&outside.netns, 7001, (outside.address(), 7001)).unwrap();
    assert_eq!(Crowd::open(&a, &server, 100, 0).unwrap().talk(), 100);
    stage.node().cw("rm -f a").unwrap();
    stage.lab.node_mut(1).stop_daemon();
    assert_eq!(stage.node().cleanup().unwrap().code, 0);
    assert_eq!(reserved(&stage), "", "given back");
}

#[test]
fn conversations_that_are_over_make_room_for_others_in_seconds() {
    let stage = Stage::of(Lab::builder().config("[limits]\nflows = 200"));
    stage.run("a", "", "exec sleep 900");
    let (a, outside) = (stage.netns("a"), stage.lab.client());
    let server = Server::listen(&outside.netns, 7000, (outside.address(), 7000)).unwrap();
    let crowd = Crowd::open(&a, &server, 100, 0).unwrap();
    let (other, at) = (echo(&outside.netns, 7001), (outside.address(), 7001));
    let is_answered = || a.run(|| ask(FIRST, &other, at).is_ok()).unwrap();
    let before = stage.drops();
    assert!(!is_answered(), "the table is full");
    assert!(drops_since(&before, &stage.drops()).contains_key("flow_table_full"));
    drop((crowd, server));
    let begun = Instant::now();
    // What both sides have closed is remembered for two minutes where there is room.
    wait::until("there is room", Duration::from_secs(20), || Ok(is_answered())).unwrap();
    println!("there was room after {:?}", begun.elapsed());
}
