//! Who cannot be reached, or not by so much at once: the error finds the conversation, on whichever side it is.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    time::Duration,
};

use causeway_lab::{Netns, ip, wait};

use super::{
    cast::{Cluster, Container, PORT, SOON, TARGET},
    server::Server,
    talk,
};

/// Both ways that answers have.
const RETURN_PATHS: [&str; 2] = ["symmetric", "dsr"];
/// The network behind the outside client, and the outside client's address in it.
const BEHIND: &str = "203.0.113.0/24";
const ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
/// The addresses of a client there, one for each protocol: what fits on the way is known by address.
const STREAMS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 2);
const DATAGRAMS: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 3);
/// What fits between the outside and the far client, bytes.
const NARROW: usize = 1300;
/// A line that takes many segments.
const LINE: usize = 1 << 20;

/// Two nodes, and a service whose one backend is on the second.
fn scene(return_path: &str) -> (Cluster, Container) {
    let cluster = Cluster::of(2);
    cluster.publish(PORT, &format!("--return-path {return_path}"), "shop");
    let container = cluster.container(2, "two", "--service shop");
    (cluster, container)
}

/// Sends again and again until the socket is told that nobody listens there.
fn is_refused(socket: &UdpSocket) {
    let told = || {
        let refused = socket.send(b"anybody?").err().or(socket.take_error()?);
        Ok(refused.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused))
    };
    wait::until("the sender is told that nobody listens", SOON, told).unwrap();
}

#[test]
fn a_client_is_told_that_nobody_listens_at_the_backend() {
    for path in RETURN_PATHS {
        let (cluster, _container) = scene(path);
        for node in [1, 2] {
            is_refused(&talk::udp_to(cluster.outside(), cluster.at(node, PORT)));
        }
        cluster.assert_no_drops();
    }
}

#[test]
fn a_backend_is_told_that_its_client_has_gone() {
    for path in RETURN_PATHS {
        let (cluster, container) = scene(path);
        for node in [1, 2] {
            let server = container.netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, TARGET)));
            let server = server.unwrap().unwrap();
            server.set_read_timeout(Some(talk::PATIENCE)).unwrap();
            let client = talk::udp_to(cluster.outside(), cluster.at(node, PORT));
            client.send(b"hear me").unwrap();
            let (_, seen_as) = server.recv_from(&mut [0; 64]).unwrap();
            server.connect(seen_as).unwrap();
            drop(client);
            is_refused(&server);
        }
        cluster.assert_no_drops();
    }
}

/// A client behind the outside one, which takes no more than [`NARROW`] bytes at once for it.
fn far_client(cluster: &Cluster) -> Netns {
    let far = Netns::create(&format!("{}-far", cluster.lab.layout().prefix)).unwrap();
    let router = cluster.outside();
    for line in [
        format!("link add far type veth peer name eth0 netns {}", far.name()),
        format!("address add {ROUTER}/32 dev far"),
        "link set far up".to_owned(),
        format!("route add {BEHIND} dev far mtu lock {NARROW}"),
    ] {
        ip::ip(router, &line).unwrap();
    }
    ip::words(router, "sysctl", "-q -w net.ipv4.ip_forward=1").unwrap();
    let way_back = [
        format!("address add {STREAMS}/24 dev eth0"),
        format!("address add {DATAGRAMS}/24 dev eth0"),
        "link set eth0 up".to_owned(),
        format!("route add default via {ROUTER}"),
    ];
    way_back.iter().for_each(|line| drop(ip::ip(&far, line).unwrap()));
    for node in [1, 2] {
        let route = format!("route add {BEHIND} via {}", cluster.lab.client().address());
        ip::ip(&cluster.node(node).netns, &route).unwrap();
    }
    far
}

/// A long line goes there by TCP and comes back.
fn streams(far: &Netns, to: SocketAddrV4) {
    let mut stream = talk::connect(far, to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let line = [vec![b'x'; LINE], vec![b'\n']].concat();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    stream.write_all(&line).unwrap();
    let mut answer = String::new();
    reader.read_line(&mut answer).unwrap();
    let client = stream.local_addr().unwrap();
    assert_eq!(answer.split(' ').nth(1), Some(client.to_string().as_str()));
    assert_eq!(answer.len(), format!("two {client} \n").len() + LINE);
}

/// A datagram goes there, and its answer is as long as the container's interface lets it be.
fn datagrams(far: &Netns, to: SocketAddrV4) {
    let socket = far.run(|| UdpSocket::bind((DATAGRAMS, 0))).unwrap().unwrap();
    socket.send_to(&[b'x'; NARROW], to).unwrap();
}

/// What the container believes to fit on its way to an address, bytes.
fn known_mtu(container: &Container, to: Ipv4Addr) -> Option<usize> {
    let route = ip::ip(&container.netns, &format!("route get {to}")).unwrap();
    let mut words = route.split_whitespace().skip_while(|word| *word != "mtu");
    words.nth(1)?.parse().ok()
}

#[test]
fn a_backend_is_told_what_fits_on_the_way_to_its_client() {
    for path in RETURN_PATHS {
        for node in [1, 2] {
            // Anew for each: what the container has learned once it knows for ten minutes.
            let (cluster, container) = scene(path);
            let _server = Server::start(&container.netns, "two", TARGET);
            let far = far_client(&cluster);
            let to = cluster.at(node, PORT);
            assert_eq!([STREAMS, DATAGRAMS].map(|address| known_mtu(&container, address)), [None; 2]);
            streams(&far, to);
            assert_eq!(known_mtu(&container, STREAMS), Some(NARROW), "by TCP, {path}, through node{node}");
            datagrams(&far, to);
            let told = || Ok(known_mtu(&container, DATAGRAMS) == Some(NARROW));
            let what = format!("the container is told by UDP, {path}, through node{node}");
            wait::until(&what, SOON, told).unwrap();
            cluster.assert_no_drops();
        }
    }
}
