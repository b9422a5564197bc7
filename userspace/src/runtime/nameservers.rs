//! The host's name servers: pools for networks must not swallow them.

use std::{fs, net::Ipv4Addr};

/// The IPv4 name servers of `/etc/resolv.conf`; none where it cannot be read.
pub fn nameservers() -> Vec<Ipv4Addr> {
    parse(&fs::read_to_string("/etc/resolv.conf").unwrap_or_default())
}

/// The `nameserver` lines of a resolv.conf(5).
fn parse(text: &str) -> Vec<Ipv4Addr> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("nameserver")).then(|| words.next()?.parse().ok())?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ipv4_nameserver_lines_count() {
        let text = "# nameserver 9.9.9.9\nsearch a.b\nnameserver 10.0.0.2\nnameserver ::1\nnameserver\n nameserver\t1.1.1.1 x\n";
        assert_eq!(parse(text), [Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(1, 1, 1, 1)]);
    }
}
