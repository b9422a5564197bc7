//! `--network none|host|container:NAME`, and what cannot be said beside them.
//!
//! The sentences up to the colon are Docker's, word for word: people search for them.

use crate::api::types::{Attach, ContainerCreate, Mode};

/// What `--network NAME` means where it names no network.
///
/// # Errors
/// Where it names a container but not which.
pub fn mode(network: &str) -> Result<Option<Mode>, &'static str> {
    match (network, network.strip_prefix("container:")) {
        ("none", _) => Ok(Some(Mode::None)),
        ("host", _) => Ok(Some(Mode::Host)),
        (_, Some("")) => Err("invalid container format container:<name|id>: name the container"),
        (_, Some(container)) => Ok(Some(Mode::Container(container.to_owned()))),
        _ => Ok(None),
    }
}

/// Why `networks`, of which one names a mode, cannot be meant.
pub(super) fn conflict_of_networks(networks: &[Attach]) -> Option<&'static str> {
    let [Attach { ip, mac, aliases, .. }] = networks else { return Some(OTHERS) };
    let said = [(ip.is_some(), IP), (mac.is_some(), MAC), (!aliases.is_empty(), ALIAS)];
    said.into_iter().find_map(|(is_said, sentence)| is_said.then_some(sentence))
}

const OTHERS: &str = "conflicting options: cannot attach both user-defined and non-user-defined network-modes: \
                      '--network none', 'host' and 'container:NAME' stand alone";
const IP: &str = "user specified IP address is supported on user defined networks only: leave out --ip";
const MAC: &str = "conflicting options: mac-address and the network mode: leave out --mac-address";
const ALIAS: &str = "network-scoped alias is supported only for containers in user defined networks: \
                     leave out --network-alias";

/// Why `request` cannot be meant: a container that shares another's namespace has that one's names,
/// files and ports.
pub(super) fn conflict(request: &ContainerCreate) -> Option<&'static str> {
    let ContainerCreate { hostname, publish, publish_all, expose, files, .. } = request;
    let has_dns = !(files.dns.is_empty() && files.dns_search.is_empty() && files.dns_options.is_empty());
    let said = [
        (hostname.is_some(), HOSTNAME),
        (has_dns, DNS),
        (!files.extra_hosts.is_empty(), HOSTS),
        (*publish_all || !publish.is_empty(), PUBLISH),
        (!expose.is_empty(), EXPOSE),
    ];
    if !request.mode.is_attached() && !request.services.is_empty() {
        return Some(SERVICE);
    }
    let shares = matches!(request.mode, Mode::Container(_));
    said.into_iter().find_map(|(is_said, sentence)| (shares && is_said).then_some(sentence))
}

const SERVICE: &str = "conflicting options: service and the network mode: a backend has a network of its own";
const HOSTNAME: &str = "conflicting options: hostname and the network mode: leave out --hostname";
const DNS: &str = "conflicting options: dns and the network mode: say --dns to the container that is named";
const HOSTS: &str = "conflicting options: custom host-to-IP mapping and the network mode: say --add-host to the \
                     container that is named";
const PUBLISH: &str = "conflicting options: port publishing and the container type network mode: say -p to the \
                       container that is named";
const EXPOSE: &str = "conflicting options: port exposing and the container type network mode: say --expose to \
                      the container that is named";

/// Docker's warning where ports are published of a container that has none of its own to publish.
pub(super) const fn discards_ports(mode: &Mode) -> Option<&'static str> {
    match mode {
        Mode::Host => Some("WARNING: Published ports are discarded when using host network mode"),
        Mode::None => Some("WARNING: Published ports are discarded when using none network mode"),
        Mode::Attached | Mode::Container(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_told_from_networks() {
        assert_eq!(mode("none"), Ok(Some(Mode::None)));
        assert_eq!(mode("host"), Ok(Some(Mode::Host)));
        assert_eq!(mode("container:web"), Ok(Some(Mode::Container("web".to_owned()))));
        assert_eq!(mode("bridge"), Ok(None));
        assert!(mode("container:").is_err());
    }
}
