//! Veth pairs whose one end is born inside the container.

use std::{os::fd::AsRawFd, path::PathBuf};

use nix::net::if_::if_nametoindex;
use rtnetlink::{
    LinkUnspec, LinkVeth,
    packet_core::{NLM_F_CREATE, NLM_F_EXCL},
    packet_route::{
        RouteNetlinkMessage,
        link::{InfoData, InfoVeth, LinkAttribute, LinkMessage},
    },
};

use super::{
    conversation::Conversation,
    error::{Doing, LinkError},
    handle::HERE,
};
use crate::{model::Mac, runtime::Netns};

/// A veth pair to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VethSpec {
    /// Name on the host's side.
    pub host_name: String,
    /// The container's network namespace.
    pub container_netns: PathBuf,
    /// Name inside the container: eth0, eth1, …
    pub container_name: String,
    /// MAC inside the container.
    pub container_mac: Mac,
    /// MTU of both ends, bytes of an IP packet.
    pub mtu: u32,
    /// Group of the host's end ([`super::Interface::group`]): it has that from the moment it is there.
    pub group: u32,
}

impl VethSpec {
    /// Creates the pair in one message, the host's end in the calling thread's namespace: the container's end
    /// never exists anywhere else, so no name on the host can clash with it and nothing has to be moved.
    /// Both ends are down. Answers the index of the host's end. It blocks.
    ///
    /// # Errors
    /// [`LinkError::Exists`] where either name is taken; nothing is created then.
    pub fn create(&self) -> Result<u32, LinkError> {
        let netns = Netns::at(&self.container_netns)?;
        let pair = RouteNetlinkMessage::NewLink(self.message(&netns));
        let created = Conversation::open().and_then(|kernel| kernel.ask(pair, NLM_F_CREATE | NLM_F_EXCL));
        match created.doing(|| format!("create interface {} in {HERE}", self.host_name)) {
            Err(taken) if taken.errno() == Some(libc::EEXIST) => Err(self.whose_name()),
            Err(other) => Err(other),
            Ok(()) => if_nametoindex(self.host_name.as_str()).map_err(|_| missing(&self.host_name)),
        }
    }

    fn message(&self, netns: &Netns) -> LinkMessage {
        let peer = LinkUnspec::new_with_name(&self.container_name)
            .address(self.container_mac.0.to_vec())
            .mtu(self.mtu)
            .setns_by_fd(netns.file().as_raw_fd())
            .build();
        LinkVeth::new(&self.host_name, &self.container_name)
            .set_info_data(InfoData::Veth(InfoVeth::Peer(peer)))
            .mtu(self.mtu)
            .append_extra_attribute(LinkAttribute::Group(self.group))
            .build()
    }

    /// The kernel does not say which of the two names is taken.
    fn whose_name(&self) -> LinkError {
        let (name, place) = if if_nametoindex(self.host_name.as_str()).is_ok() {
            (self.host_name.clone(), HERE.to_owned())
        } else {
            (self.container_name.clone(), self.container_netns.display().to_string())
        };
        LinkError::Exists { name, place }
    }
}

fn missing(name: &str) -> LinkError {
    LinkError::Missing { name: name.to_owned(), place: HERE.to_owned() }
}
