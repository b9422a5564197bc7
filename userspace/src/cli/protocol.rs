//! `/tcp` and `/udp` behind ports.

use crate::model::Protocol;

/// Splits the protocol off the end of `text`; tcp where none is named (Docker's rule).
pub(super) fn split(text: &str) -> Result<(&str, Protocol), String> {
    let (ports, name) = text.split_once('/').unwrap_or((text, ""));
    let protocol = if name.is_empty() { Protocol::Tcp } else { named(name)? };
    Ok((ports, protocol))
}

/// The protocol of this name, in any case.
pub(super) fn named(name: &str) -> Result<Protocol, String> {
    match name.to_ascii_lowercase().as_str() {
        "tcp" => Ok(Protocol::Tcp),
        "udp" => Ok(Protocol::Udp),
        "sctp" => Err("SCTP is not supported: publish tcp or udp".to_owned()),
        _ => Err(format!("'{name}' is no protocol: write tcp or udp")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tcp_goes_without_saying() {
        assert_eq!(split("80"), Ok(("80", Protocol::Tcp)));
        assert_eq!(split("80/"), Ok(("80", Protocol::Tcp)));
        assert_eq!(split("80/TCP"), Ok(("80", Protocol::Tcp)));
        assert_eq!(split("80-90/udp"), Ok(("80-90", Protocol::Udp)));
    }

    #[test]
    fn other_protocols_are_refused_by_name() {
        assert!(split("80/sctp").is_err_and(|e| e.contains("SCTP")));
        assert!(split("80/icmp").is_err_and(|e| e.contains("'icmp'")));
        assert!(split("80/tcp/udp").is_err_and(|e| e.contains("'tcp/udp'")));
    }
}
