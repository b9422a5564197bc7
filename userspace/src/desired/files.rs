//! What users say about a container's `/etc/resolv.conf` and `/etc/hosts`, checked.

use std::net::IpAddr;

use super::Refusal;
use crate::model::{Files, validate_name};

/// Stands for the host's address in `--add-host`.
const HOST_GATEWAY: &str = "host-gateway";

/// Checks that each word can stand in its file.
pub(super) fn check(files: &Files) -> Result<(), Refusal> {
    if let Some(wrong) = files.extra_hosts.iter().find(|entry| !is_entry(entry)) {
        return Err(Refusal::ExtraHost(wrong.clone()));
    }
    let mut words = files.dns_search.iter().chain(&files.dns_options);
    let blank =
        |word: &&String| word.is_empty() || word.contains(|c: char| c.is_whitespace() || c.is_control());
    words.find(blank).map_or(Ok(()), |wrong| Err(Refusal::ResolvConf(wrong.clone())))
}

/// `NAME:IP`, where an IPv6 address may stand in brackets.
fn is_entry(entry: &str) -> bool {
    let Some((name, addr)) = entry.split_once([':', '=']) else { return false };
    let addr = addr.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(addr);
    validate_name(name).is_ok() && (addr == HOST_GATEWAY || addr.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_hosts_are_names_with_addresses() {
        for good in ["db:10.0.0.1", "db.local:fd00::1", "db:[fd00::1]", "gw:host-gateway", "db=10.0.0.1"] {
            assert_eq!(check(&Files { extra_hosts: vec![good.to_owned()], ..Files::default() }), Ok(()));
        }
        for bad in ["", "db", "db:", ":10.0.0.1", "db:10.0.0", "d b:10.0.0.1", "db:10.0.0.1\n"] {
            let refused = check(&Files { extra_hosts: vec![bad.to_owned()], ..Files::default() });
            assert_eq!(refused, Err(Refusal::ExtraHost(bad.to_owned())));
        }
    }

    #[test]
    fn words_of_resolv_conf_have_no_blanks() {
        let good = Files {
            dns_search: vec![".".to_owned(), "a.b".to_owned()],
            dns_options: vec!["ndots:1".to_owned()],
            ..Files::default()
        };
        assert_eq!(check(&good), Ok(()));
        for bad in ["", "a b", "a\nnameserver 9.9.9.9"] {
            let search = Files { dns_search: vec![bad.to_owned()], ..good.clone() };
            let option = Files { dns_options: vec![bad.to_owned()], ..good.clone() };
            assert_eq!(check(&search), Err(Refusal::ResolvConf(bad.to_owned())));
            assert_eq!(check(&option), Err(Refusal::ResolvConf(bad.to_owned())));
        }
    }
}
