//! What comes in over a wire that carries no large segments is put together again before it is delivered.

use std::{
    net::{Ipv4Addr, TcpListener, UdpSocket},
    thread,
    time::Duration,
};

use causeway_lab::{Lab, Netns, ip, wait};
use causeway_tests::stream::{BLOCK, upload};
use etherparse::PacketBuilder;

use super::{
    cast::{Cluster, Container, SOON, udp},
    frames,
    stream::{self, MEBIBYTE},
};

/// The interface that has the kernel know VXLAN.
const LISTENS: &str = "cw-vxlan";
/// UDP port of VXLAN (RFC 7348).
const VXLAN: u16 = 4789;
const SENT: u64 = 16 * MEBIBYTE;

/// Two containers on two nodes. Every packet on the wire is its own, as on most networks; node 2 aggregates.
fn pair(cluster: &Cluster) -> (Container, Container) {
    cluster.network("web", &["10.77.0.0/24"]);
    let whole = "tso off tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off";
    for (netns, name) in [(&cluster.node(1).netns, "eth0"), (cluster.lab.switch(), "port2")] {
        ip::words(netns, "ethtool", &format!("-K {name} {whole}")).unwrap();
    }
    ip::words(&cluster.node(2).netns, "ethtool", "-K eth0 gro on").unwrap();
    (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"))
}

fn listens(cluster: &Cluster, node: usize) -> bool {
    ip::ip(&cluster.node(node).netns, &format!("link show dev {LISTENS} up"))
        .is_ok_and(|shown| !shown.is_empty())
}

fn until_listens(cluster: &Cluster, node: usize, wanted: bool) {
    let what = format!("{LISTENS} on node{node}: {wanted}");
    wait::until(&what, 2 * SOON, || Ok(listens(cluster, node) == wanted)).unwrap();
}

/// Packets that an interface has received.
fn received(netns: &Netns, interface: &str) -> u64 {
    let shown = ip::ip(netns, &format!("-s -j link show dev {interface}")).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    shown[0]["stats64"]["rx"]["packets"].as_u64().unwrap()
}

/// Bytes that a packet has on average where a container gets it.
fn bytes_a_packet(from: &Container, to: &Container, port: u16) -> u64 {
    let before = received(&to.netns, "eth0");
    stream::transfer(from, to, port, SENT);
    SENT * BLOCK as u64 / (received(&to.netns, "eth0") - before)
}

#[test]
fn streams_are_aggregated_while_there_is_somebody_to_send_them() {
    let cluster = Cluster::of(2);
    let (a, b) = pair(&cluster);
    until_listens(&cluster, 2, true);
    let large = bytes_a_packet(&a, &b, 7000);
    assert!(large > 3 * 1450, "{large} bytes a packet");
    // Whoever removes it does not stop the stream, and it comes back.
    ip::ip(&cluster.node(2).netns, &format!("link delete {LISTENS}")).unwrap();
    until_listens(&cluster, 2, true);
    let large = bytes_a_packet(&a, &b, 7001);
    assert!(large > 3 * 1450, "{large} bytes a packet, after it was gone");
    for node in 1..=2 {
        cluster.assert_drops(node, &Default::default(), &[]);
    }
}

/// Two nodes on which a port is published everywhere, with this line in their configuration.
fn with_a_port(config: &str) -> Cluster {
    let lab = Lab::builder().nodes(2).config(config).start().unwrap();
    let cluster = Cluster { lab };
    cluster.network("web", &[]);
    (1..=2).for_each(|node| until_listens(&cluster, node, true));
    cluster.node(1).cw("service create --network web -p 8080:80 shop").unwrap();
    cluster
}

fn nothing_is_aggregated(config: &str) {
    let cluster = with_a_port(config);
    (1..=2).for_each(|node| until_listens(&cluster, node, false));
    cluster.node(1).cw("service rm shop").unwrap();
    (1..=2).for_each(|node| until_listens(&cluster, node, true));
}

#[test]
fn nothing_is_aggregated_where_answers_out_of_the_mesh_leave_without_xdp() {
    nothing_is_aggregated("xdp = \"off\"\n");
}

#[test]
fn nor_where_the_kernel_meets_them_in_place_of_the_driver() {
    nothing_is_aggregated("xdp = \"generic\"\n");
}

#[test]
fn where_the_driver_meets_them_they_are_unless_there_is_another_way_out() {
    let cluster = with_a_port("");
    let native = || Ok(cluster.status(1).xdp == "native");
    wait::until("the driver meets frames", 2 * SOON, native).unwrap();
    (1..=2).for_each(|node| until_listens(&cluster, node, true));
    let node = &cluster.node(1).netns;
    ip::ip(node, "link add way type veth peer name out").unwrap();
    until_listens(&cluster, 1, false);
    assert!(listens(&cluster, 2), "the other node has one way");
    ip::ip(node, "link delete way").unwrap();
    until_listens(&cluster, 1, true);
}

#[test]
fn what_comes_in_pieces_for_the_port_is_not_let_into_the_host() {
    let cluster = Cluster::of(2);
    cluster.network("web", &[]);
    until_listens(&cluster, 2, true);
    let [from, to] = [1, 2].map(|node| cluster.node(node).address());
    let ear = udp(&cluster.node(2).netns, (to, 9000));
    let mouth = udp(&cluster.node(1).netns, (from, 0));
    mouth.send_to(b"hear me", (to, 9000)).unwrap();
    assert_eq!(ear.recv(&mut [0; 2048]).unwrap(), 7, "so that silence means something");
    // To the interface itself: it would be the host's.
    let shown = ip::ip(&cluster.node(2).netns, &format!("-j link show dev {LISTENS}")).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let mac: Vec<u8> = shown[0]["address"].as_str().unwrap().split(':').map(hex).collect();
    let builder = PacketBuilder::ethernet2([2; 6], mac.try_into().unwrap());
    let builder = builder.ipv4(from.octets(), to.octets(), 64).udp(9001, 9000);
    let mut frame = Vec::new();
    builder.write(&mut frame, &[7; 1400]).unwrap();
    for vni in [cluster.vni("web"), 7] {
        // Larger than the underlay's MTU: the kernel sends it in pieces, which no program takes for VXLAN.
        let payload = [frames::vxlan(vni, &frame), vec![0; 200]].concat();
        mouth.send_to(&payload, (to, VXLAN)).unwrap();
        assert!(ear.recv(&mut [0; 2048]).is_err(), "VNI {vni}: it was let in");
    }
}

fn hex(byte: &str) -> u8 {
    u8::from_str_radix(byte, 16).unwrap()
}

/// The index of an interface that is made now: interfaces are counted.
fn next_index(netns: &Netns) -> u32 {
    ip::ip(netns, "link add probe type veth peer name eborp").unwrap();
    let shown = ip::ip(netns, "-o link show dev probe").unwrap();
    ip::ip(netns, "link delete probe").unwrap();
    shown.split(':').next().unwrap().trim().parse().unwrap()
}

#[test]
fn where_somebody_has_the_port_it_is_said_and_not_tried_again_at_once() {
    let mut cluster = Cluster::of(2);
    until_listens(&cluster, 2, true);
    assert!(cluster.lab.node_mut(2).stop_daemon());
    ip::ip(&cluster.node(2).netns, &format!("link delete {LISTENS}")).unwrap();
    let holder =
        cluster.node(2).netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, VXLAN))).unwrap().unwrap();
    cluster.lab.node_mut(2).start_daemon().unwrap();
    let said = || Ok(cluster.node(2).log().contains("VXLAN packets are not aggregated"));
    wait::until("it is said", 2 * SOON, said).unwrap();
    let before = next_index(&cluster.node(2).netns);
    thread::sleep(Duration::from_secs(3));
    let made = next_index(&cluster.node(2).netns) - before;
    // The probe itself is two interfaces, each time.
    assert!(made <= 6, "{made} interfaces were made in 3 s");
    assert!(!listens(&cluster, 2));
    drop(holder);
}

#[test]
fn what_was_aggregated_goes_on_whole_through_a_container_that_forwards() {
    let cluster = Cluster::of(2);
    let (a, b) = pair(&cluster);
    until_listens(&cluster, 2, true);
    // Behind b, over a wire that carries no large segments either: they are cut once more there.
    let behind = Netns::create(&format!("{}-behind", cluster.lab.layout().prefix)).unwrap();
    ip::ip(&b.netns, &format!("link add inner type veth peer name eth0 netns {}", behind.name())).unwrap();
    for line in ["address add 192.168.9.1/24 dev inner", "link set inner up"] {
        ip::ip(&b.netns, line).unwrap();
    }
    for line in
        ["address add 192.168.9.2/24 dev eth0", "link set eth0 up", "route add default via 192.168.9.1"]
    {
        ip::ip(&behind, line).unwrap();
    }
    ip::words(&b.netns, "ethtool", "-K inner tso off gso off tx-udp_tnl-segmentation off").unwrap();
    b.run("sysctl -w net.ipv4.ip_forward=1");
    b.run("nft add table ip forward");
    b.run("nft add chain ip forward to { type nat hook prerouting priority -100 ; }");
    b.run("nft add rule ip forward to tcp dport 7000 dnat to 192.168.9.2:7000");
    let listener = behind.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 7000))).unwrap().unwrap();
    let before = received(&b.netns, "eth0");
    upload(a.connect((b.ip, 7000)), &listener, SENT).unwrap();
    let taken = SENT * BLOCK as u64 / (received(&b.netns, "eth0") - before);
    assert!(taken > 3 * 1450, "{taken} bytes a packet");
}
