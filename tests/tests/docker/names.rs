//! Names: the cluster's in every container as it is, and Docker's own beside them.

use causeway_lab::wait;

use super::cast::{Cluster, SOON};

#[test]
fn containers_are_found_by_name_on_other_engines() {
    let cluster = Cluster::of(2);
    cluster.network("shop", "--subnet 10.77.0.0/24");
    cluster.server(1, "web", "--network shop --network-alias www --hostname webhost", 80);
    cluster.client(2, "visitor", "--network shop");
    let own = cluster.exec(1, "web", "cat /etc/hostname");
    let short = cluster.docker(1, "ps -q --no-trunc --filter name=web")[..12].to_owned();
    for name in ["web", "www", "webhost", "web.shop", "WEB", &short] {
        let script = format!("curl -sS --max-time 3 http://{name}/etc/hostname");
        cluster.exec_until(2, "visitor", &script, &own);
    }

    // Of two that are called alike, each engine's own is found, and both by their nodes.
    cluster.server(2, "web", "--network shop", 80);
    cluster.exec_until(1, "web", "nslookup web.node2", "10.77.0.");
    cluster.exec_until(2, "visitor", "curl -sS --max-time 3 http://web/etc/hostname", "");

    // A name goes with its container, and a new one comes with `docker rename`.
    cluster.docker(1, "rename web shopfront");
    cluster.exec_until(2, "visitor", "curl -sS --max-time 3 http://shopfront/etc/hostname", &own);
    cluster.docker(1, "rm -f shopfront");
    let gone = || Ok(cluster.try_exec(2, "visitor", "nslookup shopfront").code != 0);
    wait::until("the name is gone", SOON, gone).unwrap();
}

#[test]
fn dockers_own_names_are_kept() {
    let mut cluster = Cluster::of(1);
    cluster.network("shop", "");
    cluster.docker(1, "network create backyard");
    cluster.client(1, "both", "--network shop");
    cluster.docker(1, "network connect backyard both");
    cluster.client(1, "gnome", "--network backyard --network-alias dwarf");
    // Of a network of Docker's own, and asked of Docker's resolver.
    for name in ["gnome", "dwarf"] {
        cluster.exec_until(1, "both", &format!("nslookup {name}"), "172.");
    }
    cluster.client(1, "till", "--network shop");
    cluster.exec_until(1, "both", "nslookup till", "Name");
    // What nobody knows is unknown, and is not waited for.
    let began = std::time::Instant::now();
    let unknown = cluster.try_exec(1, "both", "nslookup nobody.shop");
    assert_ne!(unknown.code, 0, "{}", unknown.stdout);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());

    // They are even without us.
    cluster.lab.node_mut(1).kill_daemon();
    for name in ["gnome", "dwarf", "till"] {
        cluster.exec(1, "both", &format!("nslookup {name}"));
    }
    cluster.start_daemon(1);
    cluster.node(1).wait_ready(1).unwrap();
    let short = cluster.docker(1, "ps -q --no-trunc --filter name=till")[..12].to_owned();
    for name in ["gnome", &format!("{short}.shop")] {
        cluster.exec_until(1, "both", &format!("nslookup {name}"), "Name");
    }
}
