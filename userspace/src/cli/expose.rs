//! `--expose PORT[-END][/tcp|udp]`.

use super::{port_range::port_range, protocol};
use crate::api::types::Expose;

/// Reads it.
pub fn expose(text: &str) -> Result<Expose, String> {
    let (ports, protocol) = protocol::split(text)?;
    Ok(Expose { ports: port_range(ports)?, protocol })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::types::PortRange, model::Protocol};

    #[test]
    fn ports_and_a_protocol() {
        assert_eq!(expose("53/udp"), Ok(Expose { ports: PortRange::one(53), protocol: Protocol::Udp }));
        let range = PortRange { first: 80, last: 90 };
        assert_eq!(expose("80-90"), Ok(Expose { ports: range, protocol: Protocol::Tcp }));
        assert!(expose("8080:80").is_err());
    }
}
