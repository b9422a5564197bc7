//! What sockets see of a service: its address, whoever answers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{
    cast::{Cluster, Container, PORT},
    talk,
};

/// Servers on nodes 1 and 2 behind one service, and a client on node 1 and on node 3.
fn scene() -> (Cluster, Ipv4Addr, [Container; 2]) {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    for (node, name) in [(1, "one"), (2, "two")] {
        cluster.server(node, name, "--network web --service shop");
    }
    let clients = [(1, "near"), (3, "far")].map(|(node, name)| cluster.client(node, name, "--network web"));
    (cluster, vip, clients)
}

#[test]
fn a_connection_says_that_its_peer_is_the_service() {
    let (_cluster, vip, clients) = scene();
    for client in &clients {
        for _ in 0..10 {
            let stream = talk::connect(&client.netns, vip).unwrap();
            assert_eq!(stream.peer_addr().unwrap(), SocketAddr::from((vip, PORT)), "{}", client.name);
            assert_eq!(talk::on(&stream).unwrap().seen_as, client.ip.to_string());
        }
    }
}

#[test]
fn datagrams_come_back_from_the_service_connected_or_not() {
    let (_cluster, vip, clients) = scene();
    for client in &clients {
        let connected = talk::udp_to(&client.netns, vip);
        assert_eq!(connected.peer_addr().unwrap(), SocketAddr::from((vip, PORT)));
        let first = talk::exchange(&connected).unwrap();
        assert_eq!(first.seen_as, client.ip.to_string());
        for _ in 0..10 {
            assert_eq!(
                talk::exchange(&connected).unwrap(),
                first,
                "a connected socket stays with its backend"
            );
        }
        let free = talk::udp(&client.netns);
        for _ in 0..10 {
            let (_, from) = talk::exchange_with(&free, vip).unwrap();
            assert_eq!(from, SocketAddr::from((vip, PORT)), "{}", client.name);
        }
    }
}

#[test]
fn one_datagram_socket_talks_to_services_and_others_at_once() {
    let (cluster, vip, [near, _far]) = scene();
    let other = cluster.server(2, "other", "--network web");
    let socket = talk::udp(&near.netns);
    for _ in 0..5 {
        let (answer, from) = talk::exchange_with(&socket, vip).unwrap();
        assert!(["one", "two"].contains(&&*answer.server));
        assert_eq!(from.ip(), IpAddr::from(vip));
        let (answer, from) = talk::exchange_with(&socket, other.ip).unwrap();
        assert_eq!((answer.server.as_str(), from.ip()), ("other", IpAddr::from(other.ip)));
    }
}

/// What runtimes do that open IPv6 sockets for everything: `::ffff:VIP`.
const MAPPED: &str = r#"
import socket, sys
to = ("::ffff:" + sys.argv[1], 8080)
def check(what, got):
    assert got[0] == to[0] and got[1] == 8080, f"{what}: {got}"
stream = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
stream.settimeout(3)
stream.connect(to)
check("getpeername of TCP", stream.getpeername())
stream.sendall(b"x\n")
assert stream.recv(99).split()[2] == b"x"
bound = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
bound.settimeout(3)
bound.connect(to)
check("getpeername of UDP", bound.getpeername())
bound.send(b"x")
assert bound.recv(99).split()[2] == b"x"
free = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
free.settimeout(3)
free.sendto(b"x", to)
data, origin = free.recvfrom(99)
check("recvfrom", origin)
print("done")
"#;

#[test]
fn ipv6_sockets_reach_a_service_by_its_mapped_address() {
    let (cluster, vip, _clients) = scene();
    for (node, name) in [(1, "near"), (3, "far")] {
        let words = ["exec", name, "--", "python3", "-c", MAPPED, &vip.to_string()];
        let output = cluster.node(node).causeway(words).unwrap();
        assert_eq!((output.code, output.stdout.trim()), (0, "done"), "{name}: {}", output.stderr);
    }
}

#[test]
fn a_service_answers_pings() {
    let (_cluster, vip, clients) = scene();
    for client in &clients {
        let said = client.run(&format!("ping -c3 -i0.05 -W1 {vip}"));
        assert!(said.stdout.contains(" 0% packet loss"), "{}: {}", client.name, said.stdout);
    }
}

#[test]
fn the_host_reaches_a_service_that_has_a_backend_on_it() {
    let (cluster, vip, _clients) = scene();
    for (node, server) in [(1, "one"), (2, "two")] {
        for _ in 0..10 {
            let stream = talk::connect(&cluster.node(node).netns, vip).unwrap();
            assert_eq!(stream.peer_addr().unwrap(), SocketAddr::from((vip, PORT)));
            assert_eq!(talk::on(&stream).unwrap().server, server, "on node{node}");
        }
        let (answer, from) = talk::exchange_with(&talk::udp(&cluster.node(node).netns), vip).unwrap();
        assert_eq!((answer.server.as_str(), from.ip()), (server, IpAddr::from(vip)));
    }
}

#[test]
fn a_backend_reaches_its_own_service() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    let one = cluster.server(1, "one", "--network web --service shop");
    for _ in 0..3 {
        assert_eq!(talk::ask(&one.netns, vip).unwrap().server, "one");
    }
    assert_eq!(talk::exchange(&talk::udp_to(&one.netns, vip)).unwrap().server, "one");
    cluster.server(2, "two", "--network web --service shop");
    let who = talk::who(&one.netns, vip, 40);
    assert!(who.iter().any(|name| name == "one") && who.iter().any(|name| name == "two"), "{who:?}");
}

#[test]
fn a_namespace_that_was_attached_is_client_and_backend_like_any_other() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    let name = format!("{}-guest", cluster.lab.layout().prefix);
    let guest = causeway_lab::Netns::create(&name).unwrap();
    cluster.cw(1, &format!("attach --netns {} --network web --service shop guest", guest.path().display()));
    let listener = guest.run(|| std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))).unwrap().unwrap();
    let client = cluster.client(2, "client", "--network web");
    let stream = talk::connect(&client.netns, vip).unwrap();
    assert_eq!(listener.accept().unwrap().1.ip(), IpAddr::from(client.ip));
    drop((stream, listener));

    cluster.server(2, "two", "--network web --service shop");
    let guest = cluster.inspected(1, "guest");
    let found = super::dig::dig(&guest, "client");
    assert_eq!(found.values(), [client.ip.to_string()]);
    cluster.cw(1, "service update --drain guest shop");
    for _ in 0..10 {
        assert_eq!(talk::ask(&guest.netns, vip).unwrap().server, "two");
    }
    cluster.cw(1, "detach guest");
    assert_eq!(cluster.backends(2, "shop").len(), 1);
    assert!(talk::ask(&guest.netns, vip).is_err(), "a stranger now");
}

#[test]
fn a_name_server_of_ones_own_has_port_53_for_itself() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let options = "--network web --name ns -- dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv \
                   --no-hosts --user=root --pid-file= --address=/own.test/192.0.2.9";
    cluster.cw(1, &format!("run -d {options}"));
    let ns = cluster.inspected(1, "ns");
    let client = cluster.client(2, "client", "--network web");
    let ask = |who: &Container, server: &str| {
        who.run(&format!("dig +short +tries=3 +time=1 @{server} own.test")).stdout.trim().to_owned()
    };
    causeway_lab::wait::until("the server answers", super::cast::SOON, || {
        Ok(ask(&client, &ns.ip.to_string()) == "192.0.2.9")
    })
    .unwrap();
    for server in [ns.ip.to_string(), "127.0.0.1".to_owned()] {
        assert_eq!(ask(&ns, &server), "192.0.2.9", "its own server at {server}");
    }
    // 127.0.0.11 is ours all the same, in it too.
    assert_eq!(super::dig::dig(&ns, "client").values(), [client.ip.to_string()]);
    assert_eq!(super::dig::dig(&ns, "+tcp client").values(), [client.ip.to_string()]);
    assert_eq!(super::dig::dig(&client, "own.test").answers, []);
}
