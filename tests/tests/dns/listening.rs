//! The sockets in the container's namespace.

use std::{
    net::{Ipv4Addr, TcpListener, UdpSocket},
    sync::Arc,
    time::Duration,
};

use causeway::dns::DnsPorts;
use causeway_lab::wait;
use hickory_proto::rr::RecordType;

use crate::{
    clients::{Datagrams, Stream, addresses},
    names,
    scene::{RESOLVER, Scene},
};

#[test]
fn a_server_of_the_containers_own_has_port_53() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    let everywhere = (Ipv4Addr::UNSPECIFIED, 53);
    let bound =
        scene.container.run(|| (UdpSocket::bind(everywhere).is_ok(), TcpListener::bind(everywhere).is_ok()));
    assert_eq!(bound.unwrap(), (true, true));
    assert_ne!((scene.ports.udp, scene.ports.tcp), (53, 53));
}

#[test]
fn a_name_is_gone_with_the_update_that_takes_it_away() {
    let scene = Scene::set(&names::cluster(2, 0), &[]);
    let mut client = Datagrams::new(&scene.container, scene.udp());
    assert_eq!(addresses(&client.ask("c2", RecordType::A)), [names::address(2)]);
    scene.server.update(Arc::new(names::built(&names::internal(names::cluster(1, 0)))));
    assert_eq!(addresses(&client.ask("c2", RecordType::A)), [] as [Ipv4Addr; 0]);
    scene.server.update(Arc::new(names::built(&names::cluster(2, 0))));
    assert_eq!(addresses(&client.ask("c2", RecordType::A)), [names::address(2)]);
}

#[test]
fn the_same_ports_again_where_they_are_free() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    let (id, path) = (names::id(2, 1), scene.container.path());
    // A connection that is open keeps the port busy, as one of a daemon that has ended does.
    let mut stream = Stream::new(&scene.container, scene.tcp());
    assert_eq!(addresses(&stream.ask("c1", RecordType::A)), [names::address(1)]);
    assert_eq!(scene.server.serve(&id, &path, None, None).unwrap().ports, scene.ports, "served already");
    let again = || {
        scene.server.stop(&id);
        wait::until("the sockets to close", Duration::from_secs(2), || {
            scene.container.run(|| UdpSocket::bind((RESOLVER, scene.ports.udp)).is_ok())
        })
        .unwrap();
    };
    again();
    assert_eq!(scene.server.serve(&id, &path, Some(scene.ports), None).unwrap().ports, scene.ports);
    again();
    let taken = scene.container.run(|| UdpSocket::bind((RESOLVER, scene.ports.udp)).unwrap()).unwrap();
    let DnsPorts { udp, tcp } = scene.server.serve(&id, &path, Some(scene.ports), None).unwrap().ports;
    assert_eq!((udp == scene.ports.udp, tcp == scene.ports.tcp), (false, true));
    drop(taken);
}

#[test]
fn a_stopped_resolver_ends_what_it_was_about() {
    let scene = Scene::set(&names::cluster(1, 0), &[]);
    let mut stream = Stream::new(&scene.container, scene.tcp());
    assert_eq!(addresses(&stream.ask("c1", RecordType::A)), [names::address(1)]);
    scene.server.stop(&names::id(2, 1));
    assert!(stream.receive().is_err(), "the stream is closed");
    let asks = || std::net::TcpStream::connect(scene.tcp()).is_err();
    wait::until("the listener to close", Duration::from_secs(2), || scene.container.run(asks)).unwrap();
}

#[test]
fn what_is_no_namespace_is_an_error() {
    let scene = Scene::set(&names::cluster(2, 0), &[]);
    let serve = |path: &str| scene.server.serve(&names::id(2, 2), path.as_ref(), None, None);
    assert!(serve("/run/netns/no-such-namespace").is_err());
    assert!(serve("/etc/passwd").is_err());
}
