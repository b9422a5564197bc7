//! The layout of the store: which keys there are, and what stands under them.
//!
//! Keys are relative to the store's root (etcd: `/causeway/v2/`; the `v2` is this layout's version
//! and changes when an older daemon could no longer read it). Values are JSON of the types named
//! here; readers ignore fields that they do not know, so fields may be added within a version.
//!
//! What changes together and is of interest to the same nodes shares a beginning: it is a [`Part`], which
//! those follow whom it concerns, as the headings say, and nobody else but for the moment of a request
//! ([`crate::store::Mirror`]). `claims/` are followed by nobody: they are looked up.
//!
//! | key | value | written by |
//! |---|---|---|
//! | **`cluster/`** | | **concerns every node** |
//! | `cluster/networks/<id>` | [`crate::model::Network`] | whoever creates it, and every commit that creates a service in it |
//! | `cluster/pool` | [`crate::ipam::Pool`] | every commit that creates a network |
//! | `cluster/nodes/<id>` | [`crate::model::Node`] | the node; `node update` |
//! | `cluster/live/<node>` | [`crate::model::SignOfLife`]: what its dataplane holds of `cluster/` and `mesh/` | the node, under its lease |
//! | `cluster/services/<id>` | [`crate::model::Service`] | whoever creates or updates it |
//! | `cluster/vip-pool` | [`crate::ipam::VipPool`] | every commit that hands out a VIP; its addresses are the first one's for good |
//! | `cluster/ingress-ports` | the last such service's id | every commit that publishes ports on all nodes |
//! | **`node/<node>/`** | | **concerns that node** |
//! | `node/<node>/containers/<id>` | [`crate::model::Container`] | the node |
//! | `node/<node>/pool` | [`crate::ipam::Pool`] | every commit that creates a network of that node alone |
//! | `node/<node>/ports` | the last publishing container's id | every commit that publishes ports on the node |
//! | **`network/<network>/`** | | **concerns nodes with endpoints in the network** |
//! | `network/<network>/cursor` | [`crate::ipam::Cursor`] | every commit that adds an endpoint to the network |
//! | `network/<network>/endpoints/<addr>` | [`crate::model::Endpoint`] | the container's node |
//! | `network/<network>/applied/<node>` | the revision of this part that the node's dataplane holds | the node, under its lease, as long as it takes part |
//! | `network/<network>/services/<service>`, `network/<network>/backends/<service>/<container>` | as in `mesh/` | for services that no other node has to know |
//! | **`mesh/`** | | **concerns every node** |
//! | `mesh/services/<service>` | the service's id | whoever creates it, and every commit that adds a backend |
//! | `mesh/backends/<service>/<container>` | [`crate::model::Backend`] | the container's node |
//! | **`claims/`** | | **concerns who claims** |
//! | `claims/network-names/<name>` | the network's id | whoever creates it; makes names unique |
//! | `claims/network-names/<node>/<name>` | the network's id | likewise, for a network of one node |
//! | `claims/vnis/<vni>` | the network's id | likewise; makes VNIs of overlay networks unique |
//! | `claims/container-names/<name>` | [`crate::model::Place`] | the container's node; makes names unique, and says where the container is |
//! | `claims/node-names/<name>`, `claims/vteps/<addr>` | the node's id | the node; make both unique |
//! | `claims/service-names/<name>` | the service's id | whoever creates it; makes names unique |
//! | `claims/vips/<addr>` | the service's id | whoever gives it its VIP; makes VIPs unique |
//! | `claims/ingress/<protocol>/<port>` | the service's id | whoever publishes the port on all nodes; makes it one service's |
//! | `claims/published` | the last publishing container's id | every commit that publishes ports on one node |
//!
//! Some keys order what would otherwise race. A network's `cursor` is rewritten with every endpoint,
//! and a network is removed only if its cursor and its record are unchanged since the decision: an
//! endpoint or a service that appears meanwhile, on any node, stops the removal. `pool` is rewritten with
//! every network, so that two networks created at once cannot be given overlapping subnets, nor the same
//! name once for the cluster and once for a node. A node's `ports` is rewritten with every container that
//! publishes ports there, so that two created at once cannot take the same one: a key for each port would
//! be more than etcd takes in a transaction (128). `published` is rewritten with them on whichever node, and
//! `ingress-ports` with every port that a service publishes on all nodes: each kind is decided with the
//! other's key unchanged, so that nobody publishes on one node what is published on all. A node's `pool` keeps the node's removal and a network
//! created on it apart. `services/<service>` stands beside a service's backends: it is rewritten with every
//! new one, and a service is removed, or its backends are moved to another part, only if it is unchanged:
//! none is left behind. The first service rewrites `pool`, so that no network is given addresses of VIPs
//! meanwhile.

mod key;
mod parse;
mod part;
#[cfg(test)]
mod tests;

pub use key::{Claim, Key};
pub use part::Part;
