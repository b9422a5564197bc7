//! When all containers, services and networks are removed a node is as it was; with the lab nothing of it is left.

use causeway_lab::{ip, residue::Snapshot, wait};

use super::cast::{Cluster, NODES, SOON};

/// Interfaces and routes of each node while there is nothing on it.
pub(crate) struct Before(Vec<String>);

impl Before {
    pub(crate) fn of(cluster: &Cluster) -> Self {
        let listens = |node| Ok(things(cluster, node)?.contains("cw-vxlan"));
        for node in 1..=NODES {
            wait::until(&format!("node{node} knows the others"), SOON, || listens(node)).unwrap();
        }
        Self((1..=NODES).map(|node| things(cluster, node).unwrap()).collect())
    }

    pub(crate) fn assert_same(&self, cluster: &Cluster) {
        for (node, before) in (1..).zip(&self.0) {
            let same = || {
                let now = things(cluster, node)?;
                anyhow::ensure!(now == *before, "was:\n{before}\nis:\n{now}");
                Ok(true)
            };
            wait::until(&format!("node{node} is as it was"), SOON, same).unwrap();
        }
    }
}

/// Names of interfaces, without their numbers, and routes.
fn things(cluster: &Cluster, node: usize) -> anyhow::Result<String> {
    let netns = &cluster.node(node).netns;
    let links = ip::ip(netns, "-br link show")?;
    let mut names: Vec<&str> = links.lines().filter_map(|line| line.split_whitespace().next()).collect();
    names.sort_unstable();
    Ok(format!("{}\n{}", names.join(" "), ip::ip(netns, "route show table main")?))
}

/// Others may have labs on this machine: what is looked for bears this one's name.
pub(crate) fn assert_none_of(prefix: &str) {
    let none = || {
        let now = Snapshot::take()?;
        let all = now.since(&Snapshot::default());
        let left: Vec<&&str> = all.iter().filter(|line| line.contains(prefix)).collect();
        anyhow::ensure!(left.is_empty(), "left behind: {left:?}");
        Ok(true)
    };
    wait::until("nothing of the lab is left", SOON, none).unwrap();
}
