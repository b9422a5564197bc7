//! The way to other nodes, and neighbours that the kernel keeps resolved.

use std::net::Ipv4Addr;

use causeway::{link::LinkEvent, model::Mac};
use causeway_lab::ip::ip;

use super::scratch::{hosts, line, link, listen, until};

const TWO: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fn mac_of(event: &LinkEvent) -> Option<Mac> {
    match event {
        LinkEvent::Neighbour { addr, mac, .. } if *addr == TWO => *mac,
        _ => None,
    }
}

#[tokio::test]
async fn a_neighbour_is_resolved_without_being_sent_to() {
    let (one, _two) = hosts();
    let mut events = listen(&one);
    let first = link(&one).next_hop(TWO).await.unwrap();
    assert_eq!(first.dst_mac, None);
    assert_eq!(first.src_mac, Mac([2, 0, 0, 0, 0, 1]));
    assert_eq!(Some(first.ifindex), link(&one).find("wire").await.unwrap().map(|i| i.ifindex));
    assert_eq!(until(&mut events, mac_of).await, Mac([2, 0, 0, 0, 0, 2]));
    let second = link(&one).next_hop(TWO).await.unwrap();
    assert_eq!(second.dst_mac, Some(Mac([2, 0, 0, 0, 0, 2])));
    assert!(ip(&one, "neighbour show").unwrap().contains("managed"));
}

#[tokio::test]
async fn a_neighbour_that_moves_is_told() {
    let (one, two) = hosts();
    let mut events = listen(&one);
    link(&one).next_hop(TWO).await.unwrap();
    until(&mut events, mac_of).await;
    ip(&two, "link set wire down").unwrap();
    ip(&two, "link set wire address 02:00:00:00:00:99 up").unwrap();
    // As a host does that has moved: a gratuitous announcement.
    ip(&one, "neighbour change 192.0.2.2 lladdr 02:00:00:00:00:99 dev wire nud reachable").unwrap();
    let moved = |event: &LinkEvent| mac_of(event).filter(|mac| *mac == Mac([2, 0, 0, 0, 0, 0x99]));
    until(&mut events, moved).await;
}

#[tokio::test]
async fn an_administrators_entry_is_left_alone() {
    let (one, _two) = hosts();
    ip(&one, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:77 dev wire nud permanent").unwrap();
    let hop = link(&one).next_hop(TWO).await.unwrap();
    assert_eq!(hop.dst_mac, Some(Mac([2, 0, 0, 0, 0, 0x77])));
    let shown = ip(&one, "neighbour show").unwrap();
    assert!(shown.contains("PERMANENT") && !shown.contains("managed"), "{shown}");
}

#[tokio::test]
async fn beyond_the_wire_the_router_is_the_next_hop() {
    let (one, _two) = hosts();
    ip(&one, "route add 203.0.113.0/24 via 192.0.2.2").unwrap();
    let mut events = listen(&one);
    let far = Ipv4Addr::new(203, 0, 113, 7);
    link(&one).next_hop(far).await.unwrap();
    until(&mut events, mac_of).await;
    let hop = link(&one).next_hop(far).await.unwrap();
    assert_eq!(hop.dst_mac, Some(Mac([2, 0, 0, 0, 0, 2])));
}

#[tokio::test]
async fn where_no_route_leads_is_said() {
    let (one, _two) = hosts();
    for addr in ["203.0.113.7", "192.0.2.1", "127.0.0.1"] {
        let said = line(link(&one).next_hop(addr.parse().unwrap()).await);
        assert_eq!(said, format!("no route to node address {addr}: check the underlay's routes"));
    }
    ip(&one, "route add unreachable 198.51.100.0/24").unwrap();
    let said = line(link(&one).next_hop(Ipv4Addr::new(198, 51, 100, 1)).await);
    assert!(said.starts_with("no route to node address 198.51.100.1"), "{said}");
}
