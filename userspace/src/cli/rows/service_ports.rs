//! The ports of a service in one line, as `docker service ls` writes them: `*:8080->80/tcp`; those of
//! mode host, which Docker leaves out, as `host:8080->80/tcp`. Neighbours are drawn together.

use crate::{
    api::types::PortConfig,
    model::{PortMode, Protocol},
};

/// Ports in a row: the first, and how many more.
struct Group<'p> {
    first: &'p PortConfig,
    more: u16,
}

/// Each group; by mode, protocol and published port.
pub(super) fn written(ports: &[PortConfig]) -> Vec<String> {
    let mut ports: Vec<&PortConfig> = ports.iter().collect();
    ports.sort_by_key(|port| {
        (port.publish_mode == PortMode::Host, port.protocol == Protocol::Udp, port.published_port)
    });
    let mut groups: Vec<Group<'_>> = Vec::new();
    for port in ports {
        match groups.last_mut() {
            Some(last) if last.goes_on_with(port) => last.more += 1,
            _ => groups.push(Group { first: port, more: 0 }),
        }
    }
    groups.iter().map(Group::written).collect()
}

impl Group<'_> {
    fn goes_on_with(&self, port: &PortConfig) -> bool {
        let next = |first: u16| first.checked_add(self.more + 1);
        port.publish_mode == self.first.publish_mode
            && port.protocol == self.first.protocol
            && next(self.first.published_port) == Some(port.published_port)
            && next(self.first.target_port) == Some(port.target_port)
    }

    fn written(&self) -> String {
        let Self { first: PortConfig { protocol, target_port, published_port, publish_mode, .. }, more } =
            self;
        let range =
            |first: u16| if *more == 0 { first.to_string() } else { format!("{first}-{}", first + more) };
        let on = if *publish_mode == PortMode::Host { "host" } else { "*" };
        format!("{on}:{}->{}/{protocol}", range(*published_port), range(*target_port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn port(published_port: u16, target_port: u16, publish_mode: PortMode) -> PortConfig {
        PortConfig {
            protocol: Protocol::Tcp,
            target_port,
            published_port,
            publish_mode,
            sources: Vec::new(),
            addresses: Vec::new(),
        }
    }

    #[test]
    fn neighbours_are_drawn_together() {
        let ports = [
            port(8001, 81, PortMode::Ingress),
            port(8000, 80, PortMode::Ingress),
            port(8002, 80, PortMode::Ingress),
            port(8003, 81, PortMode::Host),
            PortConfig { protocol: Protocol::Udp, ..port(53, 53, PortMode::Ingress) },
        ];
        assert_eq!(
            written(&ports),
            ["*:8000-8001->80-81/tcp", "*:8002->80/tcp", "*:53->53/udp", "host:8003->81/tcp"]
        );
        assert!(written(&[]).is_empty());
    }
}
