//! Frames of one's own making, handed to an interface as they are (packet(7)).

use std::os::fd::{AsRawFd as _, OwnedFd};

use anyhow::{Context as _, Result};
use causeway_lab::Netns;
use nix::{
    ifaddrs::getifaddrs,
    sys::socket::{AddressFamily, LinkAddr, MsgFlags, SockFlag, SockType, bind, send, socket},
};

/// Where frames go out.
#[derive(Debug)]
pub struct Wire {
    socket: OwnedFd,
    mac: [u8; 6],
}

impl Wire {
    /// An interface of a namespace. Nothing is received by it.
    ///
    /// # Errors
    /// Without root; if there is no such interface.
    pub fn open(netns: &Netns, interface: &str) -> Result<Self> {
        netns.run(|| open(interface))?.with_context(|| format!("{interface} of {}", netns.name()))
    }

    /// The interface's MAC.
    pub const fn mac(&self) -> [u8; 6] {
        self.mac
    }

    /// Sends a frame, headers and all.
    ///
    /// # Errors
    /// Where the interface does not take it.
    pub fn send(&self, frame: &[u8]) -> Result<()> {
        let sent = send(self.socket.as_raw_fd(), frame, MsgFlags::empty())?;
        anyhow::ensure!(sent == frame.len(), "{sent} of {} bytes were sent", frame.len());
        Ok(())
    }
}

fn open(interface: &str) -> Result<Wire> {
    let address = link_address(interface)?;
    let mac = address.addr().context("it has no MAC")?;
    let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)?;
    bind(socket.as_raw_fd(), &address)?;
    Ok(Wire { socket, mac })
}

/// Index and MAC of an interface, as a socket is bound to it.
fn link_address(interface: &str) -> Result<LinkAddr> {
    let mut all = getifaddrs()?.filter(|one| one.interface_name == interface);
    all.find_map(|one| one.address?.as_link_addr().copied()).context("there is no such interface")
}
