//! `/etc/hosts` of a container: pure.

use std::{fmt::Write, net::IpAddr};

/// What every container has (the lines are Docker's).
const ALWAYS: &str = "\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::\tip6-localnet
ff00::\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
";

/// The file: localhost, then `--add-host`, then the container's own addresses with its host name.
pub fn hosts(hostname: &str, own: &[IpAddr], extra: &[(String, IpAddr)]) -> String {
    let mut text = ALWAYS.to_owned();
    let extra = extra.iter().map(|(name, addr)| (addr, name.as_str()));
    for (addr, name) in extra.chain(own.iter().map(|addr| (addr, hostname))) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{addr}\t{}", names(name));
    }
    text
}

/// A name with a domain is also known without it.
fn names(name: &str) -> String {
    match name.split_once('.') {
        Some((host, _)) if !host.is_empty() => format!("{name} {host}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_containers_own_lines_come_last() {
        let own = [IpAddr::from([172, 17, 0, 2]), IpAddr::from([10, 0, 0, 2])];
        let text = hosts("web.example.org", &own, &[("db".to_owned(), IpAddr::from([192, 0, 2, 7]))]);
        let rest = text.strip_prefix(ALWAYS);
        let want = "192.0.2.7\tdb\n172.17.0.2\tweb.example.org web\n10.0.0.2\tweb.example.org web\n";
        assert_eq!(rest, Some(want));
    }

    #[test]
    fn without_addresses_there_is_localhost() {
        assert_eq!(hosts("web", &[], &[]), ALWAYS);
    }
}
