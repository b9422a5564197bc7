//! What the daemon is told: the command line before the configuration file before the defaults.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use causeway_common::names;
use ipnet::Ipv4Net;
use serde::Deserialize;

use super::{Args, MasqueradePorts, Mesh, Xdp};
use crate::{
    model::{InvalidName, Sizes, WrongSize, validate_name},
    store::Access,
};

/// Where the configuration file is looked for when none is named.
const DEFAULT_FILE: &str = "/etc/causeway/causeway.toml";

/// Everything decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The node's name.
    pub node: String,
    /// `--underlay`; `None`: the default route's interface.
    pub underlay: Option<String>,
    /// `--store`.
    pub store: String,
    /// `[etcd]`: TLS and user.
    pub etcd: Access,
    /// `--state-dir`.
    pub state_dir: PathBuf,
    /// `--run-dir`.
    pub run_dir: PathBuf,
    /// `--bpf-dir`.
    pub bpf_dir: PathBuf,
    /// `--metrics`.
    pub metrics: Option<SocketAddr>,
    /// `--accept-empty-store`.
    pub accept_empty_store: bool,
    /// `--docker-plugin`.
    pub docker: Option<DockerConfig>,
    /// UDP port of VXLAN; the same on all nodes.
    pub vxlan_port: u16,
    /// How long the node counts as alive without a sign of life.
    pub lease_ttl: Duration,
    /// Between two comparisons of maps and interfaces with what they should be.
    pub audit: Duration,
    /// Where services' addresses come from; what the cluster's first service was given counts for all.
    pub vip_pool: Ipv4Net,
    /// Whether sockets are seen at `connect` and `sendmsg`; without, services and names take the way of
    /// packets, and the host's own processes do not reach published ports by its own addresses.
    pub socket_hooks: bool,
    /// By whom the uplink's frames are met where some port is published on every node.
    pub xdp: Xdp,
    /// Whether they are met also where none is.
    pub xdp_always: bool,
    /// The ports that masqueraded flows get; flows that began under others end when they change.
    pub masquerade_ports: MasqueradePorts,
    /// Ports that every node answers on.
    pub mesh: Mesh,
    /// Sizes of tables.
    pub limits: Sizes,
}

/// How Docker's engine is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerConfig {
    /// `--docker-plugin-socket`: the engine calls the driver by its file's name.
    pub plugin: PathBuf,
    /// `--docker-socket`.
    pub engine: PathBuf,
}

/// Seconds that a node without a sign of life counts as alive where nothing else is said: it is renewed three
/// times within them, so that neither a lost packet, nor the election of another leader (etcd: 1 to 2 seconds),
/// nor a restart of the daemon makes a living node seem dead.
const LEASE_TTL: u64 = 5;

/// The addresses of services where nothing else is said: outside of what networks get by themselves.
const VIP_POOL: Ipv4Net = Ipv4Net::new_assert(std::net::Ipv4Addr::new(10, 255, 0, 0), 16);

impl Config {
    /// Where each container has a directory of its own.
    pub fn containers_dir(&self) -> PathBuf {
        self.state_dir.join("containers")
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what was expected; the reason names key and line.
    #[error("{}: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What and where.
        reason: String,
    },
    /// The node's name cannot be one.
    #[error("--node: {0}")]
    Node(#[from] InvalidName),
    /// There is no name to take.
    #[error("the hostname cannot be read ({0}); name the node with --node")]
    NoHostname(String),
    /// A value out of its range.
    #[error("{key} = {value} cannot be: {expected}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// Its value.
        value: u64,
        /// What it may be.
        expected: &'static str,
    },
    /// Services' addresses cannot come from there.
    #[error(
        "vip_pool = '{0}' cannot be: give a network such as 10.255.0.0/16, with a prefix of 8 to 28 bits"
    )]
    VipPool(Ipv4Net),
}

/// The configuration file. A key that nobody knows is refused by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    node: Option<String>,
    underlay: Option<String>,
    store: Option<String>,
    #[serde(alias = "state-dir")]
    state_dir: Option<PathBuf>,
    #[serde(alias = "run-dir")]
    run_dir: Option<PathBuf>,
    #[serde(alias = "bpf-dir")]
    bpf_dir: Option<PathBuf>,
    metrics: Option<SocketAddr>,
    #[serde(alias = "accept-empty-store")]
    accept_empty_store: bool,
    #[serde(alias = "docker-plugin")]
    docker_plugin: bool,
    #[serde(alias = "docker-plugin-socket")]
    docker_plugin_socket: Option<PathBuf>,
    #[serde(alias = "docker-socket")]
    docker_socket: Option<PathBuf>,
    #[serde(alias = "vxlan-port")]
    vxlan_port: Option<u16>,
    /// Seconds.
    #[serde(alias = "lease-ttl")]
    lease_ttl: Option<u64>,
    /// Seconds.
    #[serde(alias = "audit-seconds")]
    audit_seconds: Option<u64>,
    #[serde(alias = "vip-pool")]
    vip_pool: Option<Ipv4Net>,
    #[serde(alias = "socket-hooks")]
    socket_hooks: Option<bool>,
    xdp: Xdp,
    #[serde(alias = "xdp-always")]
    xdp_always: bool,
    #[serde(alias = "masquerade-ports")]
    masquerade_ports: MasqueradePorts,
    etcd: Access,
    mesh: Mesh,
    limits: Sizes,
}

/// Reads the configuration file and puts the command line over it.
///
/// # Errors
/// [`ConfigError`], one line each.
pub fn load(args: &Args) -> Result<Config, ConfigError> {
    let file = match &args.config {
        Some(path) => parse(path, &read(path)?)?,
        None => default_file()?,
    };
    merge(args, file, hostname)
}

/// As [`load`], of a configuration file with this text and a host of this name.
///
/// # Errors
/// Those of [`load`].
pub fn decide(args: &Args, path: &Path, text: &str, host: &str) -> Result<Config, ConfigError> {
    merge(args, parse(path, text)?, || Ok(host.to_owned()))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })
}

/// The file at its usual place need not be there, but if it is it counts.
fn default_file() -> Result<File, ConfigError> {
    let path = Path::new(DEFAULT_FILE);
    if path.exists() { parse(path, &read(path)?) } else { Ok(File::default()) }
}

fn parse(path: &Path, text: &str) -> Result<File, ConfigError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map(|s| text[..s.start].matches('\n').count() + 1);
        let place = line.map(|n| format!("line {n}: ")).unwrap_or_default();
        let reason = format!("{place}{}", error.message().replace('\n', " "));
        ConfigError::Invalid { path: path.to_owned(), reason }
    })
}

fn merge(
    args: &Args,
    file: File,
    hostname: impl FnOnce() -> Result<String, ConfigError>,
) -> Result<Config, ConfigError> {
    let node = args.node.clone().or(file.node).map_or_else(hostname, Ok)?;
    validate_name(&node)?;
    let dir = |arg: &Option<PathBuf>, key: Option<PathBuf>, default: &str| {
        arg.clone().or(key).unwrap_or_else(|| default.into())
    };
    Ok(Config {
        node,
        underlay: args.underlay.clone().or(file.underlay),
        store: args.store.clone().or(file.store).unwrap_or_else(|| "embedded".into()),
        etcd: file.etcd,
        state_dir: dir(&args.state_dir, file.state_dir, "/var/lib/causeway"),
        run_dir: dir(&args.run_dir, file.run_dir, "/run/causeway"),
        bpf_dir: dir(&args.bpf_dir, file.bpf_dir, "/sys/fs/bpf/causeway"),
        metrics: args.metrics.or(file.metrics),
        accept_empty_store: args.accept_empty_store || file.accept_empty_store,
        docker: (args.docker_plugin || file.docker_plugin).then(|| DockerConfig {
            plugin: dir(
                &args.docker_plugin_socket,
                file.docker_plugin_socket,
                "/run/docker/plugins/causeway.sock",
            ),
            engine: dir(&args.docker_socket, file.docker_socket, "/run/docker.sock"),
        }),
        vxlan_port: port(file.vxlan_port.unwrap_or(names::DEFAULT_VXLAN_PORT))?,
        lease_ttl: lease_ttl(file.lease_ttl.unwrap_or(LEASE_TTL))?,
        audit: audit(file.audit_seconds.unwrap_or(30))?,
        vip_pool: vip_pool(file.vip_pool.unwrap_or(VIP_POOL))?,
        socket_hooks: file.socket_hooks.unwrap_or(true),
        xdp: file.xdp,
        xdp_always: file.xdp_always,
        masquerade_ports: file.masquerade_ports,
        mesh: file.mesh,
        limits: checked(file.limits)?,
    })
}

/// Unicast addresses, enough of them, and not the host's loopback.
fn vip_pool(pool: Ipv4Net) -> Result<Ipv4Net, ConfigError> {
    let (first, last) = (pool.network(), pool.broadcast());
    let usable = first.octets()[0] != 0 && !first.is_loopback() && last.octets()[0] < 224;
    let good = pool == pool.trunc() && (8..=28).contains(&pool.prefix_len()) && usable;
    good.then_some(pool).ok_or(ConfigError::VipPool(pool))
}

fn port(port: u16) -> Result<u16, ConfigError> {
    let expected = "a UDP port is 1 to 65535";
    let wrong = || ConfigError::OutOfRange { key: "vxlan_port", value: port.into(), expected };
    (port != 0).then_some(port).ok_or_else(wrong)
}

fn lease_ttl(seconds: u64) -> Result<Duration, ConfigError> {
    let expected = "a node's lease lives 2 to 3600 seconds";
    let wrong = || ConfigError::OutOfRange { key: "lease_ttl", value: seconds, expected };
    (2..=3600).contains(&seconds).then(|| Duration::from_secs(seconds)).ok_or_else(wrong)
}

fn audit(seconds: u64) -> Result<Duration, ConfigError> {
    let expected = "1 to 3600 seconds lie between two audits";
    let wrong = || ConfigError::OutOfRange { key: "audit_seconds", value: seconds, expected };
    (1..=3600).contains(&seconds).then(|| Duration::from_secs(seconds)).ok_or_else(wrong)
}

fn checked(sizes: Sizes) -> Result<Sizes, ConfigError> {
    let wrong =
        |w: WrongSize| ConfigError::OutOfRange { key: w.key, value: w.value.into(), expected: w.expected };
    sizes.check().map(|()| sizes).map_err(wrong)
}

/// The host's name up to its first dot: a node's name is one label.
fn hostname() -> Result<String, ConfigError> {
    let name = nix::unistd::gethostname().map_err(|e| ConfigError::NoHostname(e.to_string()))?;
    let name = name.to_string_lossy();
    Ok(name.split('.').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn merged(args: &Args, text: &str) -> Result<Config, ConfigError> {
        decide(args, Path::new("c.toml"), text, "host")
    }

    #[test]
    fn defaults_are_the_manuals() {
        let config = merged(&Args::default(), "").unwrap();
        assert_eq!(config.node, "host");
        assert_eq!(config.store, "embedded");
        assert_eq!(config.run_dir, Path::new("/run/causeway"));
        assert_eq!(config.vxlan_port, 4789);
        assert_eq!(config.limits, Sizes::default());
        assert_eq!((config.xdp, config.xdp_always, config.mesh.drain_window), (Xdp::Auto, false, 300));
        assert_eq!((config.vip_pool.to_string().as_str(), config.socket_hooks), ("10.255.0.0/16", true));
    }

    #[test]
    fn docker_is_served_where_that_is_asked_for() {
        assert_eq!(merged(&Args::default(), "docker_socket = '/run/other.sock'\n").unwrap().docker, None);
        let config = merged(&Args::default(), "docker_plugin = true\n").unwrap();
        let docker = DockerConfig {
            plugin: "/run/docker/plugins/causeway.sock".into(),
            engine: "/run/docker.sock".into(),
        };
        assert_eq!(config.docker, Some(docker));
    }

    #[test]
    fn flags_go_before_the_file() {
        let args = Args { node: Some("flag".into()), ..Args::default() };
        let text = "node = 'file'\nunderlay = 'eth1'\nvxlan_port = 8472\nmasquerade_ports = '50000-50099'\n[etcd]\nca = '/ca'\n[limits]\nendpoints = 100\n";
        let config = merged(&args, text).unwrap();
        assert_eq!(config.node, "flag");
        assert_eq!(config.underlay.as_deref(), Some("eth1"));
        assert_eq!(config.vxlan_port, 8472);
        assert_eq!((config.masquerade_ports.first(), config.masquerade_ports.count()), (50_000, 100));
        assert_eq!(config.etcd.ca.as_deref(), Some(Path::new("/ca")));
        assert_eq!(config.limits.endpoints, 100);
        assert_eq!(config.limits.attachments, causeway_common::limits::ATTACHMENTS);
    }

    #[test]
    fn what_cannot_be_is_refused_in_one_line_that_names_it() {
        let refused = |text: &str| merged(&Args::default(), text).unwrap_err().to_string();
        for (text, named) in [
            ("node = 'a'\ncolour = 'red'\n", "colour"),
            ("[limits]\nbananas = 1\n", "bananas"),
            ("[mesh]\ndrain_window = -1\n", "line 2"),
            ("[etcd]\npasswort_file = 'x'\n", "passwort_file"),
            ("vxlan_port = 0\n", "vxlan_port"),
            ("lease_ttl = 1\n", "lease_ttl"),
            ("audit_seconds = 0\n", "audit_seconds"),
            ("node = 'a b'\n", "a b"),
            ("docker_plugin = 'yes'\n", "line 1"),
            ("[limits]\nattachments = 0\n", "attachments"),
            ("[limits]\ntracked = 16777217\n", "tracked"),
            ("[limits]\nbackends = 65537\n", "2 to 65536"),
            ("[limits]\nring_slots = 1000\n", "a multiple of 32"),
            ("[limits]\nring_slots = 256\n", "512 to 268435456"),
            ("node = \n", "line 1"),
            ("vip_pool = '10.255.0.1/16'\n", "10.255.0.1/16"),
            ("vip_pool = '10.255.0.0/30'\n", "10.255.0.0/30"),
            ("vip_pool = '127.0.0.0/8'\n", "127.0.0.0/8"),
            ("vip_pool = '224.0.0.0/16'\n", "224.0.0.0/16"),
            ("vip_pool = 'many'\n", "line 1"),
            ("socket_hooks = 'no'\n", "line 1"),
            ("masquerade_ports = '60999-40000'\n", "60999-40000"),
            ("node = 'a'\nxdp = 'fast'\n", "fast"),
            ("xdp_always = 'yes'\n", "line 1"),
        ] {
            let line = refused(text);
            assert!(line.contains(named) && !line.contains('\n'), "{text}: {line}");
        }
        assert!(refused("node = 'a'\ncolour = 'red'\n").contains("line 2"));
    }
}
