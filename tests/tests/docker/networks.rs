//! Networks as Docker's users make them: addresses, several networks, internal ones, and joining.

use super::cast::Cluster;

#[test]
fn one_address_space_over_all_engines() {
    let cluster = Cluster::of(2);
    cluster.join(1, "shop", "--subnet 10.77.0.0/24 --gateway 10.77.0.254");
    // The engine takes --ip only where it was told the subnet.
    cluster.join(2, "shop", "--subnet 10.77.0.0/24");
    cluster.client(1, "one", "--network shop");
    cluster.client(2, "two", "--network shop");
    cluster.client(2, "fixed", "--network shop --ip 10.77.0.50 --mac-address 02:42:aa:bb:cc:dd");
    let address = |node, name: &str| {
        let format = "{{range.NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        cluster.docker(node, &format!("inspect --format {format} {name}"))
    };
    let all = [address(1, "one"), address(2, "two"), address(2, "fixed")];
    assert!(all.iter().all(|addr| addr.starts_with("10.77.0.")), "{all:?}");
    assert!(all[0] != all[1] && all[2] == "10.77.0.50", "{all:?}");
    let mac = cluster.exec(2, "fixed", "cat /sys/class/net/eth0/address");
    assert_eq!(mac, "02:42:aa:bb:cc:dd");
    let refused = cluster.refused(1, "run --rm --network shop --ip 10.77.0.50 guest sleep 1");
    assert!(refused.contains("10.77.0.50"), "{refused}");
    cluster.exec(1, "one", "ping -c 1 -W 3 10.77.0.50");
    cluster.exec(2, "fixed", &format!("ping -c 1 -W 3 {}", all[0]));
    // The way out is the gateway's.
    assert!(cluster.exec(1, "one", "ip route").contains("default via 10.77.0.254"));
    cluster.exec(1, "one", &format!("ping -c 1 -W 3 {}", cluster.lab.client().address()));
}

#[test]
fn a_container_is_connected_and_disconnected_while_it_runs() {
    let cluster = Cluster::of(2);
    cluster.network("left", "");
    cluster.network("right", "");
    cluster.client(1, "mover", "--network left");
    cluster.server(2, "goal", "--network right", 80);
    cluster.docker(1, "network connect right mover");
    cluster.exec_until(1, "mover", "curl -sS --max-time 2 http://goal/etc/hostname", "");
    cluster.exec(1, "mover", "ping -c 1 -W 3 goal");
    let shown: serde_json::Value = cluster.read(1, "inspect mover");
    assert_eq!(shown[0]["NetworkSettings"]["Networks"].as_object().unwrap().len(), 2, "{shown}");
    cluster.docker(1, "network disconnect right mover");
    assert_ne!(cluster.try_exec(1, "mover", "ping -c 1 -W 2 goal").code, 0);
    assert_eq!(cluster.shown(1), ["mover"]);
}

#[test]
fn an_internal_network_has_no_way_out() {
    let cluster = Cluster::of(2);
    cluster.docker(
        1,
        "network create -d causeway --ipam-driver causeway --internal -o causeway.network=safe safe",
    );
    // An engine that was not told has no way out either, also none of its own making (docker_gwbridge).
    cluster.join(2, "safe", "");
    cluster.client(1, "one", "--network safe");
    cluster.server(2, "two", "--network safe", 80);
    cluster.exec_until(1, "one", "curl -sS --max-time 2 http://two/etc/hostname", "");
    let outside = format!("ping -c 1 -W 2 {}", cluster.lab.client().address());
    for (node, container) in [(1, "one"), (2, "two")] {
        let routes = cluster.exec(node, container, "ip route");
        assert!(!routes.contains("default"), "{container}: {routes}");
        assert_ne!(cluster.try_exec(node, container, &outside).code, 0, "{container}");
    }
}

#[test]
fn equal_names_and_subnets_are_one_network() {
    let cluster = Cluster::of(2);
    for node in 1..=2 {
        cluster.docker(node, "network create -d causeway --ipam-driver causeway --subnet 10.78.0.0/24 plain");
    }
    cluster.server(1, "web", "--network plain", 80);
    cluster.client(2, "visitor", "--network plain");
    cluster.exec_until(2, "visitor", "curl -sS --max-time 2 http://web/etc/hostname", "");
    assert!(cluster.cw(2, "network ls").contains("plain"));

    // Another name for the same subnet is a mistake, and nobody gets into it.
    cluster.docker(1, "network create -d causeway --ipam-driver causeway --subnet 10.79.0.0/24 first");
    cluster.docker(2, "network create -d causeway --ipam-driver causeway --subnet 10.79.0.0/24 second");
    let refused = cluster.refused(2, "run --rm --network second guest sleep 1");
    assert!(refused.contains("first") && refused.contains("causeway.network"), "{refused}");
    // Equal names without a subnet would be two networks.
    cluster.docker(1, "network create -d causeway --ipam-driver causeway twin");
    cluster.docker(2, "network create -d causeway --ipam-driver causeway twin");
    let refused = cluster.refused(2, "run --rm --network twin guest sleep 1");
    assert!(refused.contains("causeway.network=twin"), "{refused}");
}

#[test]
fn dockers_own_ipam_serves_one_engine() {
    let cluster = Cluster::of(2);
    cluster.docker(1, "network create -d causeway --subnet 10.80.0.0/24 alone");
    cluster.server(1, "web", "--network alone", 80);
    cluster.client(1, "visitor", "--network alone");
    cluster.exec_until(1, "visitor", "curl -sS --max-time 2 http://web/etc/hostname", "");
    cluster.exec(1, "visitor", &format!("ping -c 1 -W 3 {}", cluster.lab.client().address()));
    let join = "--ipam-driver causeway --ipam-opt causeway.network=alone -o causeway.network=alone";
    let refused = cluster.refused(2, &format!("network create -d causeway {join} alone"));
    assert!(refused.contains("node1") && refused.contains("alone"), "{refused}");
    // Docker's IPAM there may hand out the same addresses: the networks are apart.
    cluster.docker(2, "network create -d causeway --subnet 10.80.0.0/24 alone");
    cluster.client(2, "stranger", "--network alone");
    assert_ne!(cluster.try_exec(2, "stranger", "nslookup web").code, 0);
}

#[test]
fn what_there_is_not_is_refused_in_one_line() {
    let cluster = Cluster::of(1);
    for (line, named) in [
        ("network create -d causeway --ipv6 --subnet fd00:9::/64 six", "IPv6"),
        ("network create -d causeway --ipam-driver causeway -o colour=red red", "colour"),
        ("network create -d causeway --ipam-driver causeway -o encrypted=1 dark", "encrypted"),
        ("network create -d causeway --ipam-driver causeway --subnet 127.0.0.0/24 lo", "127.0.0.0/24"),
        ("network create -d causeway --ipam-driver causeway --ipam-opt a=b odd", "a is not known"),
    ] {
        let refused = cluster.refused(1, line);
        assert!(refused.contains(named), "{line}: {refused}");
    }
    assert!(!cluster.docker(1, "network ls").contains("causeway"));
    let left: serde_json::Value = cluster.read(1, "network ls --format json");
    let left: Vec<_> = left.as_array().unwrap().iter().map(|n| n["Name"].as_str().unwrap()).collect();
    assert!(left.iter().all(|name| ["bridge", "host", "none"].contains(name)), "{left:?}");
}
