//! What a container finds under /etc: its name, its addresses, its name servers.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use crate::{
    daemon::{Daemon, Error, Result, namespaces},
    desired::State,
    model::{Container, NetworkMode},
    runtime::{self, Files, ResolvConf},
};

/// Stands in `--add-host` for the host's address as containers reach it.
const HOST_GATEWAY: &str = "host-gateway";

/// Writes the files of a container that is about to start; answers the directory that it sees them
/// in: that of the container whose namespace it shares, or its own.
///
/// # Errors
/// Where they cannot be written.
pub(super) fn prepare(daemon: &Daemon, container: &Container) -> Result<PathBuf> {
    if let NetworkMode::Container(other) = &container.network_mode {
        return Ok(directory(daemon, other));
    }
    let failed = |e| Error::internal(format!("container '{}'", container.name), e);
    let uncovered = daemon.process(&container.id).write_files(&files(daemon, container)?).map_err(failed)?;
    for target in uncovered {
        tracing::warn!(container = container.name, "this host has no {target}, so the container has none");
    }
    Ok(directory(daemon, &container.id))
}

fn directory(daemon: &Daemon, id: &crate::model::Id) -> PathBuf {
    daemon.config.containers_dir().join(id.as_str())
}

/// Writes `/etc/hosts` and `/etc/resolv.conf` anew: the networks of a running container have changed.
///
/// # Errors
/// Where they cannot be written.
pub(crate) fn rewrite(daemon: &Daemon, container: &Container) -> Result<()> {
    if container.process.is_none() {
        return Ok(());
    }
    let failed = |e| Error::internal(format!("container '{}'", container.name), e);
    let process = daemon.process(&container.id);
    process.write_hosts(&hosts(daemon, container)?).map_err(failed)?;
    let (of_host, wanted) = (runtime::host_resolv_conf(), wanted(container));
    let forms =
        [runtime::resolv_conf(&of_host, &wanted), runtime::resolv_conf_with_resolver(&of_host, &wanted)];
    process.replace_resolv_conf(&forms, &resolv_conf(daemon, container)).map_err(failed)
}

fn files(daemon: &Daemon, container: &Container) -> Result<Files> {
    Ok(Files {
        hosts: hosts(daemon, container)?,
        hostname: format!("{}\n", hostname(container)),
        resolv_conf: resolv_conf(daemon, container),
    })
}

/// The servers as the user or the host names them, or the resolver that asks those.
fn resolv_conf(daemon: &Daemon, container: &Container) -> String {
    let (of_host, wanted) = (runtime::host_resolv_conf(), wanted(container));
    // The host's namespace reaches the servers on its loopback.
    if container.network_mode == NetworkMode::Host && wanted == ResolvConf::default() {
        return of_host;
    }
    if daemon.ledger.read(|s| namespaces::resolves(s, &container.id)) {
        runtime::resolv_conf_with_resolver(&of_host, &wanted)
    } else {
        runtime::resolv_conf(&of_host, &wanted)
    }
}

fn wanted(container: &Container) -> ResolvConf {
    let said = &container.files;
    ResolvConf {
        servers: said.dns.clone(),
        search: said.dns_search.clone(),
        options: said.dns_options.clone(),
    }
}

fn hosts(daemon: &Daemon, container: &Container) -> Result<String> {
    let gateway = daemon.ledger.read(|state| host_gateway(state, daemon, container));
    let extra = extra_hosts(&container.files.extra_hosts, gateway)?;
    if container.network_mode == NetworkMode::Host {
        let of_host = fs::read_to_string("/etc/hosts").unwrap_or_default();
        let lines: Vec<_> = extra.iter().map(|(name, addr)| format!("{addr}\t{name}\n")).collect();
        return Ok(of_host + &lines.concat());
    }
    let own = |state: &State| {
        let endpoints = state.endpoints_of_container(&container.id);
        endpoints.into_iter().map(|e| IpAddr::from(e.addr)).collect::<Vec<_>>()
    };
    Ok(runtime::hosts(hostname(container), &daemon.ledger.read(own), &extra))
}

fn hostname(container: &Container) -> &str {
    container.process.as_ref().map_or("", |process| &process.hostname)
}

/// The default network's gateway, as with Docker; without that network the node's address.
fn host_gateway(state: &State, daemon: &Daemon, container: &Container) -> Ipv4Addr {
    let default = state.default_network(&container.node).and_then(|n| n.subnets.first());
    default.map_or_else(|| daemon.facts.read(|h| h.vtep), |subnet| subnet.gateway)
}

/// The host name of a container; one that shares a namespace is called as the container that it is of.
pub(super) fn hostname_of(daemon: &Daemon, container: &Container) -> String {
    let NetworkMode::Container(other) = &container.network_mode else {
        return hostname(container).to_owned();
    };
    daemon.ledger.read(|s| s.containers.get(other).map_or(hostname(container), hostname).to_owned())
}

/// Reads `NAME:ADDRESS`, also `NAME=ADDRESS` and `NAME:host-gateway`.
///
/// # Errors
/// Names what cannot be read.
pub(super) fn extra_hosts(given: &[String], gateway: Ipv4Addr) -> Result<Vec<(String, IpAddr)>> {
    let one = |text: &String| {
        let (name, addr) = text.split_once(['=', ':'])?;
        let addr = if addr == HOST_GATEWAY { gateway.into() } else { bare(addr).parse().ok()? };
        (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| (name.to_owned(), addr))
    };
    let wrong = |text: &String| {
        let line = format!("--add-host '{text}' is not NAME:ADDRESS; give for instance db:192.0.2.7");
        Error::BadRequest(line)
    };
    given.iter().map(|text| one(text).ok_or_else(|| wrong(text))).collect()
}

/// An IPv6 address may stand in brackets.
fn bare(addr: &str) -> &str {
    addr.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(addr)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn hosts_are_read_as_docker_does() {
        let gateway = Ipv4Addr::new(172, 17, 0, 1);
        let read = |text: &str| extra_hosts(&[text.to_owned()], gateway);
        assert_eq!(read("db:192.0.2.7").unwrap(), [("db".to_owned(), IpAddr::from([192, 0, 2, 7]))]);
        assert_eq!(read("db=::1").unwrap()[0].1.to_string(), "::1");
        assert_eq!(read("db:2001:db8::1").unwrap()[0].1.to_string(), "2001:db8::1");
        assert_eq!(read("up:host-gateway").unwrap()[0].1, IpAddr::from(gateway));
        for wrong in ["db", "db:", ":192.0.2.7", "d b:192.0.2.7", "db:nowhere"] {
            assert!(read(wrong).unwrap_err().to_string().contains(wrong), "{wrong}");
        }
    }
}
