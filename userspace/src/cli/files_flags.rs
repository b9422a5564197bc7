//! The options of `run` about the container's `/etc/resolv.conf` and `/etc/hosts`.

use std::net::IpAddr;

use clap::Args;

use crate::model::Files;

/// What those files are to say.
#[derive(Debug, Args)]
pub(super) struct FilesFlags {
    /// A name server; may be repeated; the host's if not given
    #[arg(long, value_name = "IP")]
    dns: Vec<IpAddr>,
    /// A domain to search names in, or '.' for none; may be repeated
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    dns_search: Vec<String>,
    /// An option of the resolver, such as ndots:1; may be repeated
    #[arg(long, alias = "dns-opt", value_name = "OPTION", value_parser = word)]
    dns_option: Vec<String>,
    /// A line of /etc/hosts; the address 'host-gateway' is the host's; may be repeated
    #[arg(long, value_name = "NAME:IP", value_parser = host)]
    add_host: Vec<String>,
}

impl FilesFlags {
    /// As the API takes it.
    pub(super) fn files(&self) -> Files {
        Files {
            dns: self.dns.clone(),
            dns_search: self.dns_search.clone(),
            dns_options: self.dns_option.clone(),
            extra_hosts: self.add_host.clone(),
        }
    }
}

/// Reads a domain of `--dns-search`, or `.`.
pub fn domain(text: &str) -> Result<String, String> {
    let labels = text.strip_suffix('.').unwrap_or(text);
    let is_label =
        |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if text == "." || labels.split('.').all(is_label) {
        return Ok(text.to_owned());
    }
    Err(format!("'{text}' is no domain"))
}

/// Reads one word of `--dns-option`: the file has them side by side.
pub fn word(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err("write one option, such as ndots:1, and repeat --dns-option".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads `--add-host NAME:IP` or `NAME=IP`, the address also in brackets; with a colon and without brackets, as the API
/// takes it (Docker's rule).
pub fn host(text: &str) -> Result<String, String> {
    let wrong = || format!("bad format for add-host: '{text}'; write NAME:IP, such as db:10.0.9.3");
    let (name, address) = text.split_once('=').or_else(|| text.split_once(':')).ok_or_else(wrong)?;
    if name.is_empty() || name.contains(|c: char| c == ':' || c.is_whitespace()) {
        return Err(wrong());
    }
    let address = address.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(address);
    if address != HOST_GATEWAY && address.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address in add-host: '{address}'"));
    }
    Ok(format!("{name}:{address}"))
}

/// Stands for the host's address, which the daemon knows.
const HOST_GATEWAY: &str = "host-gateway";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_in_dockers_forms() {
        for (text, read) in [
            ("db:10.0.9.3", "db:10.0.9.3"),
            ("db=10.0.9.3", "db:10.0.9.3"),
            ("db:::1", "db:::1"),
            ("db=[::1]", "db:::1"),
            ("host.docker.internal:host-gateway", "host.docker.internal:host-gateway"),
        ] {
            assert_eq!(host(text).as_deref(), Ok(read), "{text}");
        }
        for text in
            ["", "db", "db:", ":10.0.9.3", "=10.0.9.3", "db:x", "a:b=::1", "a b:10.0.9.3", "db:10.0.9.3\nx"]
        {
            assert!(host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn domains_are_labels_between_dots() {
        for text in [".", "lan", "example.com", "example.com.", "_tcp.example", "3.example"] {
            assert_eq!(domain(text).as_deref(), Ok(text));
        }
        for text in ["", "..", "a..b", "a b", "a\nnameserver 1.1.1.1", ".lan", "a/b"] {
            assert!(domain(text).is_err(), "{text}");
        }
    }

    #[test]
    fn options_are_words() {
        assert_eq!(word("ndots:1").as_deref(), Ok("ndots:1"));
        assert!(word("").is_err() && word("a b").is_err() && word("a\nb").is_err());
    }
}
