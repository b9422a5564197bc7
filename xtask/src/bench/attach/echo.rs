//! A ping without a program: what is measured is the road, not the start of `ping`.

use std::{
    net::{Ipv4Addr, UdpSocket},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use causeway_lab::Netns;
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};

/// How soon an echo that was not answered is sent again.
const AGAIN: Duration = Duration::from_millis(2);
/// Bytes of an IPv4 header without options.
const IP_HEADER: usize = 20;

/// A socket for ICMP (raw(7)) in a namespace. The standard library's socket has the calls that it takes.
pub(super) struct Echo(UdpSocket);

impl Echo {
    /// Opens it in a namespace.
    pub(super) fn from(netns: &Netns) -> Result<Self> {
        let open = || socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Icmp);
        let socket = UdpSocket::from(netns.run(open)??);
        socket.set_read_timeout(Some(AGAIN))?;
        Ok(Self(socket))
    }

    /// Sends echoes until one is answered.
    pub(super) fn until_answered(&self, address: Ipv4Addr, within: Duration) -> Result<()> {
        let begun = Instant::now();
        for number in 0_u16.. {
            // Refused while there is no route.
            let _ = self.0.send_to(&request(number), (address, 0));
            if self.answered(address, number) {
                return Ok(());
            }
            if begun.elapsed() > within {
                break;
            }
        }
        bail!("{address} does not answer within {within:?}")
    }

    /// Reads until the answer is there, or nothing comes any more.
    fn answered(&self, address: Ipv4Addr, number: u16) -> bool {
        let mut packet = [0; 128];
        while let Ok((len, from)) = self.0.recv_from(&mut packet) {
            let message = packet.get(IP_HEADER..len).unwrap_or_default();
            if from.ip() == address
                && message.first() == Some(&0)
                && message.get(6..8) == Some(&number.to_be_bytes())
            {
                return true;
            }
        }
        false
    }
}

/// An echo request without content and with identifier 0 (RFC 792).
fn request(number: u16) -> [u8; 8] {
    let [high, low] = (!fold(0x0800 + u32::from(number))).to_be_bytes();
    let [number_high, number_low] = number.to_be_bytes();
    [8, 0, high, low, 0, 0, number_high, number_low]
}

/// The carry added to the sum (RFC 1071).
fn fold(sum: u32) -> u16 {
    let [a, b, c, d] = sum.to_be_bytes();
    u16::from_be_bytes([c, d]).wrapping_add(u16::from_be_bytes([a, b]))
}

#[cfg(test)]
mod tests {
    use super::{fold, request};

    #[test]
    fn the_words_of_a_request_add_up_to_ones() {
        for number in [0, 1, 0x1234, 0xf7ff, 0xf800, 0xffff] {
            let words = request(number);
            let sum = words.chunks(2).map(|w| u32::from(u16::from_be_bytes([w[0], w[1]]))).sum();
            assert_eq!(fold(sum), 0xffff, "{number:#x}");
        }
    }
}
