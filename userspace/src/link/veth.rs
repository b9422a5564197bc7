//! Veth pairs whose one end is born inside the container.

use std::{os::fd::AsRawFd, path::PathBuf};

use rtnetlink::{
    LinkUnspec, LinkVeth,
    packet_route::link::{InfoData, InfoVeth},
};

use super::{
    error::{Doing, LinkError},
    handle::Link,
};
use crate::{model::Mac, runtime::Netns};

/// A veth pair to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VethSpec {
    /// Name on the host's side, in the namespace of the [`Link`].
    pub host_name: String,
    /// The container's network namespace.
    pub container_netns: PathBuf,
    /// Name inside the container: eth0, eth1, …
    pub container_name: String,
    /// MAC inside the container.
    pub container_mac: Mac,
    /// MTU of both ends, bytes of an IP packet.
    pub mtu: u32,
}

impl Link {
    /// Creates a veth pair in one message: the container's end never exists anywhere else, so no
    /// name on the host can clash with it and nothing has to be moved. Both ends are down.
    /// Answers the index of the host's end.
    ///
    /// # Errors
    /// [`LinkError::Exists`] where either name is taken; nothing is created then.
    pub async fn create_veth(&self, spec: &VethSpec) -> Result<u32, LinkError> {
        let netns = Netns::at(&spec.container_netns)?;
        let peer = LinkUnspec::new_with_name(&spec.container_name)
            .address(spec.container_mac.0.to_vec())
            .mtu(spec.mtu)
            .setns_by_fd(netns.file().as_raw_fd())
            .build();
        let pair = LinkVeth::new(&spec.host_name, &spec.container_name)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
            .mtu(spec.mtu)
            .build();
        let created = self.handle.link().add(pair).execute().await;
        match created.doing(|| format!("create interface {} in {}", spec.host_name, self.place)) {
            Err(taken) if taken.errno() == Some(libc::EEXIST) => Err(self.whose_name(spec).await?),
            Err(other) => Err(other),
            Ok(()) => self.index_of(&spec.host_name).await,
        }
    }

    /// The kernel does not say which of the two names is taken.
    async fn whose_name(&self, spec: &VethSpec) -> Result<LinkError, LinkError> {
        let here = self.find(&spec.host_name).await?.is_some();
        let (name, place) = if here {
            (spec.host_name.clone(), self.place.clone())
        } else {
            (spec.container_name.clone(), spec.container_netns.display().to_string())
        };
        Ok(LinkError::Exists { name, place })
    }
}
