//! The daemon's command line.

use std::path::PathBuf;

use clap::Parser;

const EXAMPLES: &str = "\
Examples:
  causewayd                                          one node, embedded store, uplink of the default route
  causewayd --underlay eth1 --store etcd://10.1.0.5:2379,10.1.0.6:2379
  causewayd --node a --underlay 198.18.0.1 --store etcd://198.18.0.254:2379 \\
            --state-dir /tmp/a/state --run-dir /tmp/a/run --bpf-dir /sys/fs/bpf/a
  causewayd --docker-plugin --store etcd://10.1.0.5:2379   also for `docker network create -d causeway`
  causewayd --cleanup                                leave nothing behind (the daemon must be stopped)
  causewayd keeper --help                            who starts containers for a daemon that is confined

Every option but --config and --cleanup can stand in the configuration file under its own name, with
_ for -; there are also vxlan_port, lease_ttl, audit_seconds (between two comparisons of maps and interfaces with
what they should be, 30), vip_pool (where services' addresses come from), socket_hooks, xdp (auto, native, generic or
off), xdp_always (also where no port is on every node),
masquerade_ports (the ports that conversations with the outside get, \"40000-60999\"), [limits] with
endpoints, attachments, flows, new_flows, services, backends, ring_slots, ingress_ports, tracked and affinities (sizes
of tables, whose use `causeway status` shows), [mesh] with drain_window, and [etcd] with ca, cert and key (PEM files; ca turns TLS on, as etcds://
in --store does with the system's certificates) and user and password_file.

SIGTERM and SIGINT end the daemon; containers and their traffic go on. SIGHUP has it read its configuration again:
audit_seconds, xdp, xdp_always and [mesh] hold at once, the rest from the next start on.";

/// Container networking by eBPF: the daemon of one node.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "causewayd", version, after_long_help = EXAMPLES, disable_help_subcommand = true)]
// Of an option that is given twice the later one holds: who wraps the command can add to it.
#[command(args_override_self = true)]
pub struct Args {
    /// Configuration file (TOML); what is given here goes before what stands there
    /// [default: /etc/causeway/causeway.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// This node's name in the cluster [default: the hostname]
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,
    /// Address or interface on the network between the nodes [default: the default route's interface]
    #[arg(long, value_name = "ADDR|IFACE")]
    pub underlay: Option<String>,
    /// Where desired state is kept: `embedded` for one node, etcd for a cluster [default: embedded]
    #[arg(long, value_name = "embedded|etcd[s]://H:P[,H:P…]")]
    pub store: Option<String>,
    /// What must survive a reboot [default: /var/lib/causeway]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// Socket and what lives as long as the machine runs [default: /run/causeway]
    #[arg(long, value_name = "DIR")]
    pub run_dir: Option<PathBuf>,
    /// Where the dataplane is pinned, on a bpf file system [default: /sys/fs/bpf/causeway]
    #[arg(long, value_name = "DIR")]
    pub bpf_dir: Option<PathBuf>,
    /// Serve counters for Prometheus under http://ADDR/metrics
    #[arg(long, value_name = "ADDR:PORT")]
    pub metrics: Option<std::net::SocketAddr>,
    /// Start although the store does not know this node and containers are here: they are ended and removed
    #[arg(long)]
    pub accept_empty_store: bool,
    /// Serve Docker's engine on this host: its networks of the driver `causeway` are the cluster's
    #[arg(long)]
    pub docker_plugin: bool,
    /// Where the engine looks for the plugin [default: /run/docker/plugins/causeway.sock]
    #[arg(long, value_name = "SOCKET")]
    pub docker_plugin_socket: Option<PathBuf>,
    /// Where the engine's own API is, which tells names and labels [default: /run/docker.sock]
    #[arg(long, value_name = "SOCKET")]
    pub docker_socket: Option<PathBuf>,
    /// Remove every namespace, interface, pin, route and process of this node, and end
    #[arg(long)]
    pub cleanup: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_options_are_consistent() {
        Args::command().debug_assert();
    }
}
