//! Services of containers that are labelled.

use std::collections::BTreeSet;

use causeway_lab::wait;

use super::cast::{Cluster, SOON};

#[test]
fn labelled_containers_are_one_service() {
    let cluster = Cluster::of(2);
    cluster.network("shop", "");
    for node in 1..=2 {
        cluster.server(node, &format!("till{node}"), "--network shop --label causeway.service=tills", 80);
    }
    cluster.client(1, "visitor", "--network shop");
    let listed =
        || Ok(cluster.cw(1, "service ls").lines().any(|line| line.contains("tills") && line.contains("2/2")));
    wait::until("both are behind it", SOON, listed).unwrap();
    let script = "for i in $(seq 16); do curl -sS --max-time 3 http://tills/etc/hostname || exit 1; done";
    let pages: BTreeSet<String> = cluster.exec(1, "visitor", script).lines().map(str::to_owned).collect();
    assert_eq!(pages.len(), 2);
    let own = cluster.exec(2, "till2", "cat /etc/hostname");
    cluster.docker(1, "kill till1");
    let alone = || Ok(cluster.exec(1, "visitor", script).lines().all(|page| page == own));
    wait::until("the other answers alone", SOON, alone).unwrap();
    cluster.docker(2, "rm -f till2");
    let gone = || Ok(!cluster.cw(1, "service ls").contains("tills"));
    wait::until("it goes with the last", SOON, gone).unwrap();
}
