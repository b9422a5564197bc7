//! Changes are told as they happen, each namespace's to itself.

use causeway::link::LinkEvent;
use causeway_lab::ip::ip;

use super::scratch::{listen, netns, until};

#[tokio::test]
async fn interfaces_addresses_and_routes_are_told() {
    let (host, other) = (netns(), netns());
    let mut events = listen(&host);
    ip(&other, "link add elsewhere type bridge").unwrap();
    ip(&host, "link add here type bridge").unwrap();
    let first = until(&mut events, |event| match event {
        LinkEvent::Link(interface) => Some(interface.clone()),
        _ => None,
    });
    let first = first.await;
    assert_eq!((first.name.as_str(), first.up), ("here", false));

    ip(&host, "link set here up mtu 1300").unwrap();
    let changed = |event: &LinkEvent| match event {
        LinkEvent::Link(i) if i.ifindex == first.ifindex && i.up && i.mtu == 1300 => Some(()),
        _ => None,
    };
    until(&mut events, changed).await;

    ip(&host, "address add 10.1.0.1/24 dev here").unwrap();
    let address = LinkEvent::Addresses { ifindex: first.ifindex };
    until(&mut events, |event| (*event == address).then_some(())).await;
    ip(&host, "route add 10.2.0.0/24 via 10.1.0.2").unwrap();
    until(&mut events, |event| (*event == LinkEvent::Routes).then_some(())).await;

    ip(&host, "link delete here").unwrap();
    let gone = LinkEvent::LinkGone { ifindex: first.ifindex, name: "here".to_owned() };
    until(&mut events, |event| (*event == gone).then_some(())).await;
}
