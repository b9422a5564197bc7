//! Whether a container is on the road: its gateway's MAC is asked for from inside, which only
//! `from_container` answers in this way.
//!
//! The kernel puts a program on an interface at once, but lets the caller wait until no packet can be on
//! the old road any more (a grace period of RCU, many milliseconds) while nobody may look (`rtnl`). An
//! answer is proof, and comes within microseconds.

use std::{
    io,
    net::{Ipv4Addr, UdpSocket},
    os::fd::{AsRawFd, OwnedFd},
    thread,
    time::Duration,
};

use nix::{
    net::if_::if_nametoindex,
    sys::socket::{AddressFamily, SockFlag, SockType, socket},
};

use crate::model::Mac;

/// How often it is asked, and when.
const TRIES: usize = 50;
const PAUSE: Duration = Duration::from_micros(100);
/// Bytes of an Ethernet header and an ARP message for IPv4 (RFC 826).
const LEN: usize = 42;
/// Ethernet, IPv4, lengths of their addresses.
const ETHERNET_IPV4: [u8; 6] = [0, 1, 8, 0, 6, 4];
const REQUEST: [u8; 2] = [0, 1];
const REPLY: [u8; 2] = [0, 2];

/// Who asks: an interface inside a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The container's MAC.
    pub mac: Mac,
    /// Its address.
    pub addr: Ipv4Addr,
    /// Its gateway.
    pub gateway: Ipv4Addr,
}

/// A socket on a container's interface; it stays there whoever uses it (packet(7)).
#[derive(Debug)]
pub struct Asker {
    /// The standard library's socket has the calls that it takes.
    socket: UdpSocket,
    asked: Asked,
}

impl Asker {
    /// Opens it on interface `name` of the calling thread's namespace.
    ///
    /// # Errors
    /// Where the interface is missing or the kernel refuses.
    pub fn open(name: &str, asked: Asked) -> io::Result<Self> {
        let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)?;
        bind(&socket, if_nametoindex(name)?)?;
        let socket = UdpSocket::from(socket);
        socket.set_nonblocking(true)?;
        Ok(Self { socket, asked })
    }

    /// Asks again and again for some milliseconds, until it is answered. False where it is not, for
    /// whatever reason.
    pub fn is_answered_soon(&self) -> bool {
        (0..TRIES).any(|_| {
            thread::sleep(PAUSE);
            self.is_answered().unwrap_or(false)
        })
    }

    /// Asks once; whether the answer is there. It is as soon as the request is sent, or never.
    ///
    /// # Errors
    /// Where the interface is gone.
    pub fn is_answered(&self) -> io::Result<bool> {
        self.socket.send(&self.asked.request())?;
        let mut frame = [0; LEN];
        loop {
            match self.socket.recv(&mut frame) {
                Ok(_) if self.asked.is_answer(&frame) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Asked {
    /// Who has the gateway's address?
    fn request(&self) -> [u8; LEN] {
        let mac = self.mac.0;
        let parts: [&[u8]; 9] = [
            &[0xff; 6],
            &mac,
            &[8, 6],
            &ETHERNET_IPV4,
            &REQUEST,
            &mac,
            &self.addr.octets(),
            &[0; 6],
            &self.gateway.octets(),
        ];
        let mut frame = [0; LEN];
        frame.iter_mut().zip(parts.concat()).for_each(|(place, byte)| *place = byte);
        frame
    }

    /// Where no program answers, the host may, whose gateway's address it is; but with another MAC.
    fn is_answer(&self, frame: &[u8; LEN]) -> bool {
        let sender = [&Mac::of(self.gateway).0[..], &self.gateway.octets()].concat();
        frame[20..22] == REPLY && frame[22..32] == sender
    }
}

/// Only ARP, only this interface.
#[expect(clippy::cast_possible_truncation, reason = "numbers of the kernel's that fit their fields")]
fn bind(socket: &OwnedFd, ifindex: u32) -> io::Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: (libc::ETH_P_ARP as u16).to_be(),
        sll_ifindex: ifindex.cast_signed(),
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    let len = size_of_val(&address) as libc::socklen_t;
    // SAFETY: the address is as long as is said, and lives until the call returns.
    let bound = unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), len) };
    if bound == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked = Asked {
        mac: Mac([2, 0x42, 10, 0, 0, 2]),
        addr: Ipv4Addr::new(10, 0, 0, 2),
        gateway: Ipv4Addr::new(10, 0, 0, 1),
    };

    /// The answer to a request, from whoever has `mac`.
    fn answered_by(mac: [u8; 6]) -> [u8; LEN] {
        let mut frame = ASKED.request();
        frame[20..22].copy_from_slice(&REPLY);
        frame[22..28].copy_from_slice(&mac);
        frame[28..32].copy_from_slice(&ASKED.gateway.octets());
        frame
    }

    #[test]
    fn the_gateways_own_answer_is_one() {
        assert!(ASKED.is_answer(&answered_by([2, 0x42, 10, 0, 0, 1])));
    }

    #[test]
    fn the_hosts_answer_and_the_question_itself_are_none() {
        assert!(!ASKED.is_answer(&answered_by([0x5a, 1, 2, 3, 4, 5])));
        assert!(!ASKED.is_answer(&ASKED.request()));
    }
}
