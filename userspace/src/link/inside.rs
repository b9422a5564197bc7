//! The container's end of a pair: all that it is told, inside the namespace.

use std::{io, net::Ipv4Addr, path::PathBuf};

use ipnet::Ipv4Net;
use nix::net::if_::if_nametoindex;
use rtnetlink::{
    AddressMessageBuilder, LinkUnspec, RouteMessageBuilder,
    packet_core::{NLM_F_CREATE, NLM_F_EXCL},
    packet_route::RouteNetlinkMessage,
};

use super::{
    arp,
    conversation::Conversation,
    error::{Doing, LinkError},
    ipv6, offload,
};
use crate::runtime::Netns;

/// What a container's interface is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// The container's network namespace.
    pub netns: PathBuf,
    /// The interface, which is there and down.
    pub ifname: String,
    /// Its address.
    pub addr: Ipv4Addr,
    /// Length of its subnet's prefix.
    pub prefix_len: u8,
    /// Where the gateway leads.
    pub routes: Vec<Ipv4Net>,
    /// The gateway.
    pub gateway: Ipv4Addr,
}

impl Inside {
    /// Sets the interface up with its address and routes, without IPv6, without segmentation of
    /// datagrams and ready to take frames ([`super::disable_ipv6`], [`super::segment_datagrams`],
    /// [`super::take_frames`]), and `lo` too.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn set_up(&self) -> Result<(), LinkError> {
        Netns::at(&self.netns)?.run(|| self.tell())?
    }

    /// Adds the routes that are not there, to an interface that is up.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn route(&self) -> Result<(), LinkError> {
        let here = || self.routes(&self.conversation()?, self.index(&self.ifname)?);
        Netns::at(&self.netns)?.run(here)?
    }

    /// In the calling thread's namespace.
    fn tell(&self) -> Result<(), LinkError> {
        let name = &self.ifname;
        ipv6::switch_off(name).doing(|| self.on("turn IPv6 off"))?;
        arp::ask_soon(name).doing(|| self.on("shorten the pause between ARP requests"))?;
        let offloads = offload::switch_off_and_take_frames(name);
        offloads.doing(|| self.on("turn UDP segmentation off, and GRO on"))?;
        let kernel = self.conversation()?;
        let ifindex = self.index(name)?;
        let address =
            AddressMessageBuilder::<Ipv4Addr>::new().index(ifindex).address(self.addr, self.prefix_len);
        new(&kernel, RouteNetlinkMessage::NewAddress(address.build()))
            .doing(|| self.on(&format!("add address {}/{}", self.addr, self.prefix_len)))?;
        for ifindex in [self.index("lo")?, ifindex] {
            let up = LinkUnspec::new_with_index(ifindex).up().build();
            kernel.ask(RouteNetlinkMessage::SetLink(up), 0).doing(|| self.on("set up"))?;
        }
        self.routes(&kernel, ifindex)
    }

    fn routes(&self, kernel: &Conversation, ifindex: u32) -> Result<(), LinkError> {
        for dest in &self.routes {
            let route = RouteMessageBuilder::<Ipv4Addr>::new()
                .destination_prefix(dest.network(), dest.prefix_len())
                .output_interface(ifindex)
                .gateway(self.gateway);
            new(kernel, RouteNetlinkMessage::NewRoute(route.build()))
                .doing(|| self.on(&format!("add route to {dest}")))?;
        }
        Ok(())
    }

    fn conversation(&self) -> Result<Conversation, LinkError> {
        Conversation::open().doing(|| format!("open netlink in {}", self.netns.display()))
    }

    fn index(&self, name: &str) -> Result<u32, LinkError> {
        let missing =
            |_| LinkError::Missing { name: name.to_owned(), place: self.netns.display().to_string() };
        if_nametoindex(name).map_err(missing)
    }

    /// What was tried, on what.
    fn on(&self, action: &str) -> String {
        format!("{action} on interface {} in {}", self.ifname, self.netns.display())
    }
}

/// Makes something; no error where the same is there already.
fn new(kernel: &Conversation, what: RouteNetlinkMessage) -> io::Result<()> {
    match kernel.ask(what, NLM_F_CREATE | NLM_F_EXCL) {
        Err(there) if there.raw_os_error() == Some(libc::EEXIST) => Ok(()),
        other => other,
    }
}
