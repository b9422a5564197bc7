//! The configuration: `c` the file, `s` what `--store` names, `m` the ports of masqueraded flows.

use std::path::Path;

use causeway::{
    daemon::{Args, Config, MasqueradePorts, decide},
    model::validate_name,
    store::etcd_endpoints,
};

use crate::{is_one_line, text};

/// Reads.
pub fn run(input: &[u8]) {
    match text(input) {
        Some((b'c', file)) => configuration(file),
        Some((b's', spec)) => store(spec),
        Some((b'm', ports)) => masquerade_ports(ports),
        _ => {}
    }
}

/// What is taken can be used, and what is not is refused in one line.
fn configuration(file: &str) {
    match decide(&Args::default(), Path::new("causeway.toml"), file, "host") {
        Ok(config) => usable(&config),
        Err(error) => is_one_line(&error.to_string()),
    }
}

fn usable(config: &Config) {
    validate_name(&config.node).expect("a name");
    config.limits.check().expect("sizes that can be");
    assert!(config.vxlan_port != 0);
    assert!((2..=3600).contains(&config.lease_ttl.as_secs()) && (1..=3600).contains(&config.audit.as_secs()));
    assert_eq!(config.vip_pool, config.vip_pool.trunc());
    assert!(config.masquerade_ports.first() >= 1024 && config.masquerade_ports.count() > 0);
}

/// A member has a host and a port, and the list is what was written.
fn store(spec: &str) {
    let Some((tls, members)) = etcd_endpoints(spec) else { return };
    let scheme = if tls { "etcds" } else { "etcd" };
    assert_eq!(format!("{scheme}://{}", members.join(",")), spec);
    assert!(members.iter().all(|member| member.contains(':')));
}

fn masquerade_ports(written: &str) {
    match written.parse::<MasqueradePorts>() {
        Ok(ports) => {
            assert_eq!(ports.to_string().parse(), Ok(ports));
            assert!(ports.first() >= 1024 && ports.count() > 0);
        }
        Err(error) => assert!(error.to_string().contains(written)),
    }
}
