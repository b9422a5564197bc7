//! Segmentation offloads that a tunnel cannot carry off at a container's interface.
//!
//! A program may hand the kernel many datagrams as one (`UDP_SEGMENT`, udp(7); QUIC does), to be cut
//! where the packet leaves. Over a wire that cuts nothing, such as a veth between two nodes on one
//! machine, it would arrive whole, and kernels up to 6.18 cannot cut it any more once the outer
//! headers are off: `bpf_skb_adjust_room` leaves the marks of the tunnel on the packet. So it is cut
//! where it leaves the container. TCP's segmentation is not touched: a socket takes those whole.
//!
//! The same for what a tunnel inside the container sends (VXLAN, GRE, IP in IP): the kernel knows the
//! headers of one tunnel on a packet to be cut, not of two.
//!
//! Spoken by hand, since it is one message: generic netlink, family `ethtool`
//! (Documentation/networking/ethtool-netlink.rst).

use std::{io, path::Path};

use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};

use super::error::{Doing, LinkError};
use crate::runtime::Netns;

/// A request that has an answer, and one that is acknowledged instead (netlink(7)).
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
/// An answer that carries an error number, or zero.
const NLMSG_ERROR: u16 = 2;
/// Attributes that hold attributes.
const NESTED: u16 = 0x8000;
/// The family that tells the others' numbers, its request for that, and its two attributes.
const GENL_ID_CTRL: u16 = 16;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
/// The message that sets features, and its attributes.
const ETHTOOL_MSG_FEATURES_SET: u8 = 12;
const ETHTOOL_A_FEATURES_HEADER: u16 = 1;
const ETHTOOL_A_FEATURES_WANTED: u16 = 3;
const ETHTOOL_A_HEADER_DEV_NAME: u16 = 2;
const ETHTOOL_A_HEADER_FLAGS: u16 = 3;
const ETHTOOL_A_BITSET_BITS: u16 = 3;
const ETHTOOL_A_BITSET_BITS_BIT: u16 = 1;
const ETHTOOL_A_BITSET_BIT_NAME: u16 = 2;
/// What is switched off, under ethtool's names.
const FEATURES: &[&str] = &[
    "tx-udp-segmentation",
    "tx-udp_tnl-segmentation",
    "tx-udp_tnl-csum-segmentation",
    "tx-gre-segmentation",
    "tx-gre-csum-segmentation",
    "tx-ipxip4-segmentation",
    "tx-ipxip6-segmentation",
];
/// Nobody reads the list of what changed.
const ETHTOOL_FLAG_OMIT_REPLY: u32 = 2;
/// Bytes of a netlink and a generic netlink header.
const HEADERS: usize = 20;

/// Turns the segmentation of datagrams and of tunnels off on interface `name` of the namespace at
/// `netns`: they are cut before they leave by it. No error where
/// the kernel was built without ethtool's netlink family: nothing else can be asked for there.
///
/// # Errors
/// Where the namespace or the interface is gone.
pub fn segment_datagrams(netns: &Path, name: &str) -> Result<(), LinkError> {
    let doing = || format!("turn UDP segmentation off on interface {name} in {}", netns.display());
    Netns::at(netns)?.run(|| switch_off(name))?.doing(doing)
}

/// In the calling thread's namespace.
pub(super) fn switch_off(name: &str) -> io::Result<()> {
    let mut socket = Socket::new(NETLINK_GENERIC)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    match family(&socket) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        family => {
            let request = (family?, NLM_F_REQUEST | NLM_F_ACK, ETHTOOL_MSG_FEATURES_SET);
            ask(&socket, request, &feature_off(name)).map(drop)
        }
    }
}

/// The number of the family `ethtool`.
fn family(socket: &Socket) -> io::Result<u16> {
    let name = attribute(CTRL_ATTR_FAMILY_NAME, b"ethtool\0");
    let answer = ask(socket, (GENL_ID_CTRL, NLM_F_REQUEST, CTRL_CMD_GETFAMILY), &name)?;
    find(answer.get(HEADERS..).unwrap_or_default(), CTRL_ATTR_FAMILY_ID)
        .ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))
}

/// The attributes of the request: which interface, and the features that are not wanted.
fn feature_off(interface: &str) -> Vec<u8> {
    let name = [interface.as_bytes(), b"\0"].concat();
    let flags = attribute(ETHTOOL_A_HEADER_FLAGS, &ETHTOOL_FLAG_OMIT_REPLY.to_ne_bytes());
    let header = [attribute(ETHTOOL_A_HEADER_DEV_NAME, &name), flags].concat();
    // A bit that is named and has no value is off.
    let bit = |feature: &&str| {
        let name = attribute(ETHTOOL_A_BITSET_BIT_NAME, &[feature.as_bytes(), b"\0"].concat());
        attribute(ETHTOOL_A_BITSET_BITS_BIT | NESTED, &name)
    };
    let bits: Vec<u8> = FEATURES.iter().flat_map(bit).collect();
    let wanted = attribute(ETHTOOL_A_BITSET_BITS | NESTED, &bits);
    [
        attribute(ETHTOOL_A_FEATURES_HEADER | NESTED, &header),
        attribute(ETHTOOL_A_FEATURES_WANTED | NESTED, &wanted),
    ]
    .concat()
}

/// One attribute: length, kind, content, filled to four bytes.
fn attribute(kind: u16, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + content.len()).unwrap_or(u16::MAX);
    let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The 16-bit number in the first attribute of that kind.
fn find(mut attributes: &[u8], kind: u16) -> Option<u16> {
    while let [len, len_high, kind_low, kind_high, content @ ..] = attributes {
        if u16::from_ne_bytes([*kind_low, *kind_high]) == kind {
            return Some(u16::from_ne_bytes(content.get(..2)?.try_into().ok()?));
        }
        let len = usize::from(u16::from_ne_bytes([*len, *len_high])).max(4);
        attributes = attributes.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    None
}

/// Sends one request (family, flags, command); its answer, or the error that the kernel gave instead.
fn ask(socket: &Socket, (family, flags, command): (u16, u16, u8), attributes: &[u8]) -> io::Result<Vec<u8>> {
    let len = u32::try_from(HEADERS + attributes.len()).unwrap_or(u32::MAX);
    let mut message = len.to_ne_bytes().to_vec();
    message.extend(family.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    // Sequence and sender (filled by the kernel), then command, version and two reserved bytes.
    message.extend([0; 8]);
    message.extend([command, 1, 0, 0]);
    message.extend(attributes);
    socket.send(&message, 0)?;
    let (answer, _) = socket.recv_from_full()?;
    error_in(&answer).map_or(Ok(answer), Err)
}

/// The error in an answer; an acknowledgement is none.
fn error_in(answer: &[u8]) -> Option<io::Error> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let number = i32::from_ne_bytes(answer.get(16..20)?.try_into().ok()?);
    (kind == NLMSG_ERROR && number != 0).then(|| io::Error::from_raw_os_error(-number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_filled_to_words() {
        assert_eq!(attribute(2, b"ab\0"), [7, 0, 2, 0, b'a', b'b', 0, 0]);
    }

    #[test]
    fn an_attribute_is_found_behind_others() {
        let both = [attribute(2, b"ethtool\0"), attribute(1, &20_u16.to_ne_bytes())].concat();
        assert_eq!(find(&both, 1), Some(20));
        assert_eq!(find(&both, 7), None);
        assert_eq!(find(&[0, 0, 5], 1), None);
    }

    #[test]
    fn a_refusal_is_an_error_and_an_acknowledgement_is_none() {
        let answer = |number: i32| [&[36, 0, 0, 0, 2, 0, 0, 0][..], &[0; 8], &number.to_ne_bytes()].concat();
        assert_eq!(error_in(&answer(-libc::ENODEV)).and_then(|e| e.raw_os_error()), Some(libc::ENODEV));
        assert!(error_in(&answer(0)).is_none());
    }
}
