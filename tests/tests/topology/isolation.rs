//! Networks are worlds of their own.

use super::cast::Cluster;

#[test]
fn containers_of_different_networks_do_not_reach_each_other() {
    let cluster = Cluster::of(2);
    cluster.network("red", &["10.77.0.0/24"]);
    cluster.network("blue", &["10.78.0.0/24"]);
    let red = cluster.container(1, "red", "red1");
    let near = cluster.container(1, "blue", "blue1");
    let far = cluster.container(2, "blue", "blue2");
    assert!(near.pings(far.ip));
    for blue in [&near, &far] {
        assert!(!red.pings_once(blue.ip), "red reaches {}", blue.name);
        // Even with a neighbour entry that leads straight to it.
        red.run(&format!("ip route replace {} dev eth0", blue.ip));
        red.run(&format!("ip neigh replace {} lladdr {} dev eth0", blue.ip, blue.mac));
        let before = cluster.drops(1);
        assert!(!red.pings_once(blue.ip), "red reaches {} by its MAC", blue.name);
        cluster.assert_drops(1, &before, &[("no_endpoint", 1)]);
    }
}

#[test]
fn a_container_in_two_networks_reaches_both_and_joins_neither() {
    let cluster = Cluster::of(2);
    cluster.network("red", &["10.77.0.0/24"]);
    cluster.network("blue", &["10.78.0.0/24"]);
    let both = cluster.container_with(1, "both", "--network red --network blue");
    let red = cluster.container(2, "red", "red");
    let blue = cluster.container(2, "blue", "blue");
    assert!(both.pings(red.ip));
    assert!(both.pings(blue.ip));
    assert!(!red.pings_once(blue.ip));
}
