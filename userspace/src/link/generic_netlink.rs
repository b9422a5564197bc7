//! Generic netlink, as far as it is spoken here: one message, one answer, in the calling thread's network
//! namespace (Documentation/userspace-api/netlink/intro.rst). By hand, since no more is needed of it.

use std::io;

use rtnetlink::sys::{Socket, SocketAddr, protocols::NETLINK_GENERIC};

/// A request that has an answer, and one that is acknowledged instead (netlink(7)).
pub(super) const NLM_F_REQUEST: u16 = 1;
pub(super) const NLM_F_ACK: u16 = 4;
/// An answer that carries an error number, or zero.
const NLMSG_ERROR: u16 = 2;
/// Attributes that hold attributes.
pub(super) const NESTED: u16 = 0x8000;
/// The family that tells the others' numbers, its request for that, and its two attributes.
const GENL_ID_CTRL: u16 = 16;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;
/// Bytes of a netlink and a generic netlink header.
const HEADERS: usize = 20;

/// A family of messages, and the socket to speak it on.
pub(super) struct Family {
    socket: Socket,
    number: u16,
}

impl Family {
    /// Opens the family of this name; `None` where the kernel was built without it.
    pub(super) fn open(name: &str) -> io::Result<Option<Self>> {
        let socket = Self::socket()?;
        let name = attribute(CTRL_ATTR_FAMILY_NAME, &[name.as_bytes(), b"\0"].concat());
        match ask(&socket, (GENL_ID_CTRL, NLM_F_REQUEST, CTRL_CMD_GETFAMILY), &name) {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(None),
            answer => Ok(find(&answer?, CTRL_ATTR_FAMILY_ID).map(|number| Self { socket, number })),
        }
    }

    /// Opens the family that has this number.
    pub(super) fn numbered(number: u16) -> io::Result<Self> {
        Ok(Self { socket: Self::socket()?, number })
    }

    /// Its number, which it has as long as the kernel has the family.
    pub(super) const fn number(&self) -> u16 {
        self.number
    }

    fn socket() -> io::Result<Socket> {
        let mut socket = Socket::new(NETLINK_GENERIC)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(socket)
    }

    /// Sends one request (flags, command); the attributes of its answer, or the error that the kernel gave
    /// instead.
    pub(super) fn ask(&self, (flags, command): (u16, u8), attributes: &[u8]) -> io::Result<Vec<u8>> {
        ask(&self.socket, (self.number, flags, command), attributes)
    }
}

/// One attribute: length, kind, content, filled to four bytes.
pub fn attribute(kind: u16, content: &[u8]) -> Vec<u8> {
    let len = u16::try_from(4 + content.len()).unwrap_or(u16::MAX);
    let mut bytes = [len.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The number in the first attribute of that kind.
pub fn find<T: Number>(mut attributes: &[u8], kind: u16) -> Option<T> {
    while let [len, len_high, kind_low, kind_high, content @ ..] = attributes {
        if u16::from_ne_bytes([*kind_low, *kind_high]) == kind {
            return T::read(content);
        }
        let len = usize::from(u16::from_ne_bytes([*len, *len_high])).max(4);
        attributes = attributes.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    None
}

/// A number in an attribute.
pub trait Number: Sized {
    /// Reads it from the content's first bytes.
    fn read(content: &[u8]) -> Option<Self>;
}

impl Number for u16 {
    fn read(content: &[u8]) -> Option<Self> {
        content.first_chunk().copied().map(Self::from_ne_bytes)
    }
}

impl Number for u64 {
    fn read(content: &[u8]) -> Option<Self> {
        content.first_chunk().copied().map(Self::from_ne_bytes)
    }
}

/// Sends one request (family, flags, command).
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
    error_in(&answer).map_or_else(|| Ok(answer.get(HEADERS..).unwrap_or_default().to_vec()), Err)
}

/// The error in an answer; an acknowledgement is none.
pub fn error_in(answer: &[u8]) -> Option<io::Error> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let number = i32::from_ne_bytes(answer.get(16..20)?.try_into().ok()?);
    (kind == NLMSG_ERROR && number != 0).then(|| io::Error::from_raw_os_error(number.saturating_neg()))
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
        assert_eq!(find(&both, 1), Some(20_u16));
        assert_eq!(find::<u16>(&both, 7), None);
        assert_eq!(find::<u16>(&[0, 0, 5], 1), None);
    }

    #[test]
    fn a_refusal_is_an_error_and_an_acknowledgement_is_none() {
        let answer = |number: i32| [&[36, 0, 0, 0, 2, 0, 0, 0][..], &[0; 8], &number.to_ne_bytes()].concat();
        assert_eq!(error_in(&answer(-libc::ENODEV)).and_then(|e| e.raw_os_error()), Some(libc::ENODEV));
        assert!(error_in(&answer(0)).is_none() && error_in(&answer(i32::MIN)).is_some());
    }
}
