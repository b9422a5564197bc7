//! Paths of requests: names may hold any byte, a path may not.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a path segment cannot hold as it is (RFC 3986, 3.3: all but the unreserved characters).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `noun/name`, with `name` made safe. A name of `.` or `..` is encoded too, since it would be a
/// step in the path.
pub(super) fn of(noun: &str, name: &str) -> String {
    match name {
        "." | ".." => format!("{noun}/{}", name.replace('.', "%2E")),
        _ => format!("{noun}/{}", utf8_percent_encode(name, RESERVED)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_segment() {
        assert_eq!(of("networks", "web-1_a.b"), "networks/web-1_a.b");
        assert_eq!(of("networks", "a/../b?c#d e"), "networks/a%2F..%2Fb%3Fc%23d%20e");
        assert_eq!(of("networks", ".."), "networks/%2E%2E");
    }
}
