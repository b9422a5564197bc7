//! Numbered packets and connections, of which none may be lost or broken by what is done to daemons.

use std::{collections::BTreeMap, net::UdpSocket};

use causeway_tests::{
    crowd::{Crowd, Server},
    numbered::{self, Fate},
};

use super::cast::{Cluster, Container};

/// A container of node 1 that talks to one of node 2 and to the outside.
pub(crate) struct Load {
    pub(crate) a: Container,
    pub(crate) b: Container,
    ear: UdpSocket,
    crowds: [Crowd; 2],
    connections: usize,
    _servers: [Server; 2],
}

impl Load {
    /// So many connections inside the network, and as many to the outside.
    pub(crate) fn begin(cluster: &Cluster, connections: usize) -> Self {
        cluster.network("web", &[]);
        let (a, b) = (cluster.container(1, "web", "a"), cluster.container(2, "web", "b"));
        let client = cluster.lab.client();
        let inside = Server::listen(&b.netns, 7000, (b.ip, 7000)).unwrap();
        let outside = Server::listen(&client.netns, 7000, (client.address(), 7000)).unwrap();
        let open = |server: &Server| Crowd::open(&a.netns, server, connections, 0).unwrap();
        let crowds = [open(&inside), open(&outside)];
        let ear = numbered::ear(&b.netns, 7001).unwrap();
        Self { a, b, ear, crowds, connections: 2 * connections, _servers: [inside, outside] }
    }

    /// Does something to the daemons meanwhile, and says what became of the load: nothing is lost, broken or dropped.
    pub(crate) fn outlives<T>(
        &mut self,
        cluster: &mut Cluster,
        what: &str,
        act: impl FnOnce(&mut Cluster) -> T,
    ) -> T {
        let (from, to) = (&self.a.netns, (self.b.ip, 7001));
        let (Fate { sent, lost }, came) =
            numbered::while_doing(from, &self.ear, to, || act(cluster)).unwrap();
        let broken = self.connections - self.crowds.iter_mut().map(Crowd::talk).sum::<usize>();
        println!(
            "{what}: {lost} of {sent} packets lost, {broken} of {} connections broken",
            self.connections
        );
        assert_eq!((lost, broken), (0, 0), "{what}");
        assert!(sent > 0, "nothing was on its way");
        for node in 1..=2 {
            cluster.assert_drops(node, &BTreeMap::new(), &[]);
        }
        came
    }
}
