//! Internet checksums (RFC 1071), summed up afresh: what the road changes by parts must add up to the same.

/// The sum over bytes and whatever goes before them, folded.
pub(crate) fn sum(before: u32, bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or_default());
    let mut sum = u64::from(before) + bytes.chunks(2).map(word).sum::<u64>();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    u16::try_from(sum).expect("folded")
}

/// Whether bytes with their checksum among them are whole.
pub(crate) fn holds(bytes: &[u8]) -> bool {
    sum(0, bytes) == 0xffff
}

/// Whether TCP behind an IPv4 header without options is whole.
pub(crate) fn tcp_holds(packet: &[u8]) -> bool {
    let (header, segment) = packet.split_at(20);
    let length = u32::try_from(segment.len()).expect("a packet");
    sum(u32::from(sum(6 + length, &header[12..])), segment) == 0xffff
}
