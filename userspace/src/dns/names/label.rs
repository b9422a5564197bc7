//! Names in text as tables hold them: lower case, dots between labels, none at the end.

use std::net::Ipv4Addr;

use hickory_proto::rr::Name;

/// A name of a message, as the tables spell it; none where a label holds a dot, which no name of ours
/// does (RFC 1035 lets labels be any bytes).
pub(crate) fn spelled(name: &Name) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(name.len());
    for label in name {
        if label.contains(&b'.') {
            return None;
        }
        if !text.is_empty() {
            text.push(b'.');
        }
        text.extend(label.iter().map(u8::to_ascii_lowercase));
    }
    Some(text)
}

/// The address that `4.3.2.1.in-addr.arpa` asks about (RFC 1035 §3.5).
pub(crate) fn reverse_address(name: &[u8]) -> Option<Ipv4Addr> {
    let digits = std::str::from_utf8(name.strip_suffix(b".in-addr.arpa")?).ok()?;
    let backwards: Ipv4Addr = digits.parse().ok()?;
    let [d, c, b, a] = backwards.octets();
    Some(Ipv4Addr::new(a, b, c, d))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn names_are_spelled_in_lower_case() {
        let of = |labels: &[&str]| spelled(&Name::from_labels(labels.iter().map(|l| l.as_bytes())).unwrap());
        assert_eq!(of(&["Web_1", "NET"]).unwrap(), b"web_1.net");
        assert_eq!(of(&["a.b", "net"]), None);
        assert_eq!(spelled(&Name::root()).unwrap(), b"");
    }

    #[test]
    fn addresses_are_read_backwards() {
        assert_eq!(reverse_address(b"4.3.2.1.in-addr.arpa"), Some(Ipv4Addr::new(1, 2, 3, 4)));
        for other in [&b"3.2.1.in-addr.arpa"[..], b"5.4.3.2.1.in-addr.arpa", b"x.in-addr.arpa", b"1.2.3.4"] {
            assert_eq!(reverse_address(other), None);
        }
    }
}
