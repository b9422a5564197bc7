//! The underlay is found by the default route, an address or a name, or its lack is explained.

use causeway::model::Mac;
use causeway_lab::ip::ip;

use super::scratch::{hosts, line, link, netns};

#[tokio::test]
async fn it_is_found_in_three_ways() {
    let (one, _two) = hosts();
    ip(&one, "link set wire mtu 1400").unwrap();
    ip(&one, "address add 192.0.2.9/24 dev wire").unwrap();
    ip(&one, "link add other type bridge").unwrap();
    ip(&one, "link set other up").unwrap();
    ip(&one, "address add 198.51.100.1/24 dev other").unwrap();
    ip(&one, "route add default via 198.51.100.2 metric 500").unwrap();
    ip(&one, "route add default via 192.0.2.2 metric 100").unwrap();

    let found = link(&one).underlay(None).await.unwrap();
    assert_eq!((found.ifname.as_str(), found.addr.to_string().as_str()), ("wire", "192.0.2.1"));
    assert_eq!((found.prefix_len, found.mtu, found.mac), (24, 1400, Mac([2, 0, 0, 0, 0, 1])));
    assert_eq!(link(&one).underlay(Some("wire")).await.unwrap(), found);
    let second = link(&one).underlay(Some("192.0.2.9")).await.unwrap();
    assert_eq!((second.addr.to_string().as_str(), second.ifindex), ("192.0.2.9", found.ifindex));
    assert_eq!(link(&one).underlay(Some("other")).await.unwrap().addr.to_string(), "198.51.100.1");
}

#[tokio::test]
async fn its_lack_is_explained() {
    let host = netns();
    let said = async |spec| line(link(&host).underlay(spec).await);
    assert!(said(None).await.contains("--underlay ADDR|IFACE"));
    for nothing in ["nope", "192.0.2.77", "", "a-name-that-is-much-too-long", "fe80::1"] {
        assert!(said(Some(nothing)).await.starts_with(&format!("no interface is named '{nothing}'")));
    }
    ip(&host, "link add wire type bridge").unwrap();
    assert!(said(Some("wire")).await.starts_with("underlay interface wire is down: set it up"));
    ip(&host, "link set wire up").unwrap();
    assert!(said(Some("wire")).await.starts_with("underlay interface wire has no IPv4 address"));
    assert!(said(Some("127.0.0.1")).await.starts_with("underlay interface lo has no MAC address"));
}
