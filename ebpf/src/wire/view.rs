//! The one bounds check: from a packet's bytes to headers by name.

use causeway_common::OuterHeader;

use super::{
    ArpFrame, CarriedFrame, CarriedTcpFrame, EncapsulatedFrame, ErrorFrame, Ethernet, Ipv4Frame, NoticeFrame,
    TcpErrorFrame, TcpFrame, TransportFrame, UdpFrame, VxlanFrame,
};

/// Headers that may be laid over a packet's bytes.
///
/// # Safety
/// The type is `repr(C)`, has alignment 1, no padding, and every pattern of bytes is a value of it.
pub unsafe trait Header {}

// SAFETY: made of byte arrays.
unsafe impl Header for Ethernet {}
// SAFETY: made of byte arrays.
unsafe impl Header for OuterHeader {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for Ipv4Frame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for ArpFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for UdpFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for VxlanFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for EncapsulatedFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for TransportFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for TcpFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for CarriedFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for CarriedTcpFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for ErrorFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for TcpErrorFrame {}
// SAFETY: made of headers that are made of byte arrays.
unsafe impl Header for NoticeFrame {}

/// Lays headers over the bytes from `start`; `None` where they end past `end`.
///
/// # Safety
/// The bytes from `start` up to `end` are valid for reads and writes while the view lives, and
/// nothing else refers to them.
#[inline(always)]
pub unsafe fn view<'a, H: Header>(start: usize, end: usize) -> Option<&'a mut H> {
    const { assert!(align_of::<H>() == 1) };
    if start + size_of::<H>() > end {
        return None;
    }
    // SAFETY: checked above to lie within what the caller vouches for; any bytes are an `H`, at
    // any address.
    Some(unsafe { &mut *(start as *mut H) })
}

/// Lays headers over a packet that lies in memory; `None` where it is too short.
pub fn of<H: Header>(packet: &mut [u8]) -> Option<&mut H> {
    let range = packet.as_mut_ptr_range();
    // SAFETY: the bytes of a slice borrowed mutably for as long as the view lives.
    unsafe { view(range.start as usize, range.end as usize) }
}
