//! What of the configuration holds as soon as it is read again, without a restart.

use std::time::Duration;

use super::{Config, Mesh, Xdp};

/// The part of the configuration that can change while the daemon runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tuning {
    /// `audit_seconds`.
    pub(super) audit: Duration,
    /// `xdp`.
    pub(super) xdp: Xdp,
    /// `xdp_always`.
    pub(super) xdp_always: bool,
    /// `[mesh]`.
    pub(super) mesh: Mesh,
}

impl From<&Config> for Tuning {
    fn from(config: &Config) -> Self {
        Self { audit: config.audit, xdp: config.xdp, xdp_always: config.xdp_always, mesh: config.mesh }
    }
}

/// The keys that differ and hold from the next start on only.
pub(super) fn waiting(old: &Config, new: &Config) -> Vec<&'static str> {
    // Whole, so that a key that comes later is not forgotten here.
    let Config {
        node,
        underlay,
        store,
        etcd,
        state_dir,
        run_dir,
        bpf_dir,
        metrics,
        accept_empty_store: _,
        docker,
        vxlan_port,
        lease_ttl,
        audit: _,
        vip_pool,
        socket_hooks,
        xdp: _,
        xdp_always: _,
        masquerade_ports,
        mesh: _,
        limits,
    } = old;
    let differs = [
        ("node", *node != new.node),
        ("underlay", *underlay != new.underlay),
        ("store", *store != new.store),
        ("etcd", *etcd != new.etcd),
        ("state_dir", *state_dir != new.state_dir),
        ("run_dir", *run_dir != new.run_dir),
        ("bpf_dir", *bpf_dir != new.bpf_dir),
        ("metrics", *metrics != new.metrics),
        ("docker_plugin", *docker != new.docker),
        ("vxlan_port", *vxlan_port != new.vxlan_port),
        ("lease_ttl", *lease_ttl != new.lease_ttl),
        ("vip_pool", *vip_pool != new.vip_pool),
        ("socket_hooks", *socket_hooks != new.socket_hooks),
        ("masquerade_ports", *masquerade_ports != new.masquerade_ports),
        ("limits", *limits != new.limits),
    ];
    differs.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
}
