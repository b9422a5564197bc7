//! What somebody changes behind the daemon's back is put right, counted and said.

use std::time::Duration;

use causeway::api::types::Status;
use causeway_common::{Endpoint, EndpointKeyV4, front, names};
use causeway_lab::{Lab, wait};

use super::cast::{Cluster, Container, SOON, inspect};

/// The daemons look every second, and say on this port what they have counted.
const CONFIG: &str = "audit_seconds = 1\nmetrics = \"127.0.0.1:9127\"\n";
/// TCP port 8080 in a table of all ports, as bpftool takes a key.
const PUBLISHED: &str = "144 31 0 0";
/// Several looks.
const LONG: Duration = Duration::from_secs(15);

fn cluster() -> Cluster {
    let cluster = Cluster { lab: Lab::builder().nodes(2).config(CONFIG).start().unwrap() };
    cluster.network("web", &["10.91.0.0/24"]);
    cluster
}

/// How many differences of a kind node 1 has put right; of all kinds where it is empty.
fn repairs(cluster: &Cluster, kind: &str) -> u64 {
    let said = cluster.node(1).sh("curl -s http://127.0.0.1:9127/metrics").unwrap();
    let start = format!("causeway_audit_repairs_total{{kind=\"{kind}");
    let counted = said.lines().filter(|line| line.starts_with(&start));
    counted.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

/// Where node 1 has its pins of one sort.
fn pins(cluster: &Cluster, sort: &str) -> String {
    cluster.lab.layout().bpf_dir(1).join(names::LAYOUT).join(sort).display().to_string()
}

/// The command that takes an endpoint out of node 1's map.
fn forget(cluster: &Cluster, vni: u32, container: &Container) -> String {
    let key = vni.to_ne_bytes().into_iter().chain(container.ip.octets());
    let key: Vec<String> = key.map(|byte| format!("{byte:02x}")).collect();
    let map = pins(cluster, "maps");
    format!("bpftool map delete pinned {map}/{} key hex {}", names::ENDPOINTS_V4, key.join(" "))
}

/// The command that has another endpoint, of nobody's interface, stand in front of node 1's map.
fn displace(cluster: &Cluster, vni: u32, container: &Container) -> String {
    let key = EndpointKeyV4 { vni, addr: container.ip.octets() };
    let place = front::endpoint(key).to_ne_bytes();
    let value = [&(vni | front::TAKEN).to_ne_bytes()[..], &key.addr, &[0; size_of::<Endpoint>()]].concat();
    let spelled = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
    let (map, name) = (pins(cluster, "maps"), names::FRONT_ENDPOINTS);
    format!("bpftool map update pinned {map}/{name} key {} value {}", spelled(&place), spelled(&value))
}

/// Name of the one container's pair on node 1.
fn pair(cluster: &Cluster) -> String {
    let links = cluster.node(1).sh("ip -o link show type veth").unwrap();
    let names = links.lines().filter_map(|line| line.split([':', '@']).nth(1)).map(str::trim);
    names.filter(|name| name.starts_with("cw") && !name.contains('-')).map(str::to_owned).next().unwrap()
}

/// The command that calls an interface otherwise, which kernels before 6.2 allow only while it is down.
fn rename(from: &str, to: &str) -> String {
    format!("ip link set {from} down name {to} up")
}

/// Does a harm on node 1 and waits until it is put right and counted, and all is reached again.
fn harm(cluster: &Cluster, (a, b): (&Container, &Container), kind: &str, line: &str) {
    let before = repairs(cluster, kind);
    cluster.node(1).sh(line).unwrap();
    wait::until(&format!("{line}: put right"), LONG, || Ok(repairs(cluster, kind) > before)).unwrap();
    wait::until(&format!("{line}: reached again"), SOON, || {
        let host = cluster.node(1).sh(&format!("ping -c1 -W0.3 {}", a.ip)).is_ok();
        Ok(host && a.pings_once(b.ip) && b.pings_once(a.ip))
    })
    .unwrap();
}

#[test]
fn what_is_changed_behind_the_daemons_back_is_put_right_and_counted() {
    let cluster = cluster();
    let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
    cluster.node(1).cw("service create --network web -p 8080:80 shop").unwrap();
    let both = (&a, &b);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(repairs(&cluster, ""), 0, "nobody has changed anything");
    let inside = |words: &str| format!("ip netns exec {} ip {words}", a.netns.name());
    let veth = pair(&cluster);
    let links = pins(&cluster, "links");
    for (kind, line) in [
        ("endpoint", forget(&cluster, cluster.vni("web"), &b)),
        ("front", displace(&cluster, cluster.vni("web"), &b)),
        ("route", format!("ip route del {} dev cw-host", a.ip)),
        ("address", format!("ip addr del {}/32 dev cw-host", a.gateway)),
        ("interface", "ip link set cw-road down".to_owned()),
        ("address", inside(&format!("addr del {}/24 dev eth0", a.ip))),
        ("route", inside("route del default")),
        ("program", format!("find {links} -name from_container-* -delete")),
        ("program", format!("find {links} -name from_uplink-* -delete")),
        ("program", format!("find {links} -name from_host-* -delete")),
        ("program", format!("find {links} -name {} -delete", names::SOCKET_HOOKS[0])),
        (
            "ingress",
            format!(
                "bpftool map update pinned {}/{} key {} value 0 0 0 0",
                pins(&cluster, "maps"),
                names::INGRESS_PORTS,
                PUBLISHED
            ),
        ),
        ("pin", format!("rm {}/{}", pins(&cluster, "maps"), names::ENDPOINTS_V4)),
        ("interface", format!("ip link set {veth} down")),
        ("interface", format!("ip link del {veth}")),
        ("interface", rename(&veth, "mine")),
        ("interface", rename("cw-host", "mine")),
        ("interface", rename("cw-road", "mine")),
        ("interface", "ip link del cw-host".to_owned()),
    ] {
        harm(&cluster, both, kind, &line);
    }
    let said = cluster.node(1).log();
    let endpoint = format!("endpoint {} of VNI {} was missing", b.ip, cluster.vni("web"));
    assert_eq!(said.matches(&endpoint).count(), 1, "{said}");
    let status: Status = inspect(cluster.node(1), "status --format json");
    assert!(!status.audit.last.is_empty() && status.audit.repairs["endpoint"] == 1, "{:?}", status.audit);
    assert!(cluster.node(1).cw("status").unwrap().contains("since the start"));
}

#[test]
fn a_harmed_interface_is_not_left_until_the_next_look() {
    let config = CONFIG.replace("audit_seconds = 1", "audit_seconds = 3600");
    let cluster = Cluster { lab: Lab::builder().nodes(2).config(&config).start().unwrap() };
    cluster.network("web", &["10.91.0.0/24"]);
    let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
    let veth = pair(&cluster);
    for line in [
        format!("ip link set {veth} down"),
        rename(&veth, "mine"),
        format!("ip link del {veth}"),
        "ip link set cw-road down".to_owned(),
        rename("cw-host", "mine"),
        "ip link del cw-host".to_owned(),
    ] {
        harm(&cluster, (&a, &b), "interface", &line);
    }
}

#[test]
fn an_attachment_whose_namespace_is_gone_is_detached() {
    let cluster = cluster();
    let netns = causeway_lab::Netns::create(&format!("{}-else", cluster.lab.layout().prefix)).unwrap();
    cluster.node(1).cw(&format!("attach --netns {} --network web guest", netns.path().display())).unwrap();
    let is_there = || cluster.node(1).cw("ps").unwrap().contains("guest");
    assert!(is_there());
    cluster.node(1).sh(&format!("ip netns del {}", netns.name())).unwrap();
    wait::until("it is detached", LONG, || Ok(!is_there())).unwrap();
    assert_eq!(repairs(&cluster, "namespace"), 1);
    assert!(cluster.node(1).log().contains("guest is detached"));
    // Its name and its address are free again.
    cluster.container(1, "web", "guest");
}

#[test]
fn a_daemon_that_starts_finds_what_was_changed_without_it() {
    let mut cluster = cluster();
    let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
    let restart = |cluster: &mut Cluster, line: &str| {
        cluster.lab.node_mut(1).kill_daemon();
        cluster.node(1).sh(line).unwrap();
        cluster.lab.node_mut(1).start_daemon().unwrap();
        cluster.node(1).wait_ready(2).unwrap();
        std::thread::sleep(Duration::from_secs(2));
    };
    restart(&mut cluster, "true");
    assert_eq!(repairs(&cluster, ""), 0, "a start is no difference: {}", cluster.node(1).log());
    let line = forget(&cluster, cluster.vni("web"), &b);
    restart(&mut cluster, &line);
    assert_eq!((repairs(&cluster, "endpoint"), repairs(&cluster, "")), (1, 1));
    let veth = pair(&cluster);
    restart(&mut cluster, &format!("ip link del {veth}"));
    wait::until("the pair is made anew", LONG, || Ok(repairs(&cluster, "interface") == 1)).unwrap();
    assert!(a.pings(b.ip) && b.pings(a.ip));
}
