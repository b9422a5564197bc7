//! `/etc/resolv.conf` of a container (resolv.conf(5)).

use std::{fs, net::IpAddr};

use causeway_common::namespace::RESOLVER;

/// Asked where the host has no server that a container could reach (Docker's choice).
const FALLBACK: [IpAddr; 2] =
    [IpAddr::V4(std::net::Ipv4Addr::new(8, 8, 8, 8)), IpAddr::V4(std::net::Ipv4Addr::new(8, 8, 4, 4))];

/// Where the host keeps it.
const HOSTS: &str = "/etc/resolv.conf";
/// Where systemd-resolved keeps the servers that it asks itself.
const BEHIND_STUB: &str = "/run/systemd/resolve/resolv.conf";
/// The address at which systemd-resolved answers the host alone.
const STUB: &str = "127.0.0.53";

/// What the user wants in the file; what is empty is taken from the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// `--dns`.
    pub servers: Vec<IpAddr>,
    /// `--dns-search`; a lone `.` means none.
    pub search: Vec<String>,
    /// `--dns-option`.
    pub options: Vec<String>,
}

/// The host's file; where its only server is systemd-resolved's stub, the one with the servers behind it.
pub fn host_resolv_conf() -> String {
    let text = fs::read_to_string(HOSTS).unwrap_or_default();
    match parse(&text).servers[..] {
        [only] if only.to_string() == STUB => fs::read_to_string(BEHIND_STUB).unwrap_or(text),
        _ => text,
    }
}

/// The file of a container that finds a resolver of its own at 127.0.0.11; the servers that the user or
/// the host names are that resolver's to ask. A name without a dot is one of the container's networks, so
/// it is asked for as it is (`ndots:0`) unless somebody says otherwise. Pure.
pub fn resolv_conf_with_resolver(host: &str, wanted: &ResolvConf) -> String {
    let host = parse(host);
    let mut options = first_of([wanted.options.clone(), host.options]);
    if !options.iter().any(|option| option.starts_with("ndots:")) {
        options.push("ndots:0".to_owned());
    }
    let search = first_of([wanted.search.clone(), host.search]);
    text(&[IpAddr::from(RESOLVER)], &search, &options)
}

/// The file of a container whose host has `host`: the host's servers without its loopback ones, which
/// are another namespace's, and without IPv6 ones, which a container does not reach. Pure.
pub fn resolv_conf(host: &str, wanted: &ResolvConf) -> String {
    let host = parse(host);
    let reachable = host.servers.into_iter().filter(|s| s.is_ipv4() && !s.is_loopback()).collect();
    let servers = first_of([wanted.servers.clone(), reachable, FALLBACK.to_vec()]);
    let search = first_of([wanted.search.clone(), host.search]);
    let options = first_of([wanted.options.clone(), host.options]);
    text(&servers, &search, &options)
}

fn text(servers: &[IpAddr], search: &[String], options: &[String]) -> String {
    let mut lines: Vec<_> = servers.iter().map(|server| format!("nameserver {server}")).collect();
    if !search.is_empty() && search != ["."] {
        lines.push(format!("search {}", search.join(" ")));
    }
    if !options.is_empty() {
        lines.push(format!("options {}", options.join(" ")));
    }
    lines.join("\n") + "\n"
}

/// The first list that is not empty.
fn first_of<T>(lists: impl IntoIterator<Item = Vec<T>>) -> Vec<T> {
    lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
}

/// Of several `search` or `domain` lines the last counts; options add up.
fn parse(text: &str) -> ResolvConf {
    let mut parsed = ResolvConf::default();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => parsed.servers.extend(words.next().and_then(address)),
            Some("search" | "domain") => parsed.search = words.map(str::to_owned).collect(),
            Some("options") => parsed.options.extend(words.map(str::to_owned)),
            _ => {}
        }
    }
    parsed
}

fn address(word: &str) -> Option<IpAddr> {
    word.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "# comment\nnameserver 127.0.0.1\nnameserver 10.0.0.53\nnameserver fd00::53\n\
                        domain old.example\nsearch a.example b.example\noptions timeout:1 rotate\n";

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_hosts_file_without_what_only_the_host_reaches() {
        let want = "nameserver 10.0.0.53\nsearch a.example b.example\noptions timeout:1 rotate\n";
        assert_eq!(resolv_conf(HOST, &ResolvConf::default()), want);
    }

    #[test]
    fn public_servers_only_where_none_remains() {
        let want = "nameserver 8.8.8.8\nnameserver 8.8.4.4\n";
        for host in ["", "nameserver 127.0.0.53\n", "nameserver ::1\n"] {
            assert_eq!(resolv_conf(host, &ResolvConf::default()), want);
        }
    }

    #[test]
    fn with_a_resolver_of_its_own_there_is_no_other_server() {
        let want = "nameserver 127.0.0.11\nsearch a.example b.example\noptions timeout:1 rotate ndots:0\n";
        assert_eq!(resolv_conf_with_resolver(HOST, &ResolvConf::default()), want);
        let servers = vec![IpAddr::from([192, 0, 2, 53])];
        let own = ResolvConf { servers, search: words("."), options: words("ndots:2") };
        assert_eq!(resolv_conf_with_resolver(HOST, &own), "nameserver 127.0.0.11\noptions ndots:2\n");
        let none = resolv_conf_with_resolver("", &ResolvConf::default());
        assert_eq!(none, "nameserver 127.0.0.11\noptions ndots:0\n");
    }

    #[test]
    fn what_the_user_says_counts_part_by_part() {
        let servers = vec![IpAddr::from([127, 0, 0, 1])];
        let own = ResolvConf { servers, ..ResolvConf::default() };
        let want = "nameserver 127.0.0.1\nsearch a.example b.example\noptions timeout:1 rotate\n";
        assert_eq!(resolv_conf(HOST, &own), want);
        let own = ResolvConf { search: words("."), options: words("ndots:2"), ..ResolvConf::default() };
        assert_eq!(resolv_conf(HOST, &own), "nameserver 10.0.0.53\noptions ndots:2\n");
    }
}
