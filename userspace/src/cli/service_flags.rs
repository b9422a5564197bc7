//! The options that `service create` and `service update` have in common.

use clap::{Args, ValueEnum};

use crate::{api::types, model};

/// Seconds that a client stays with its backend where `--affinity client-ip` does not say.
const AFFINITY: u32 = 10_800;

/// How a service leads to its backends. What is none was not said.
#[derive(Debug, Args)]
pub(super) struct ServiceFlags {
    /// Where its name leads: vip (to its virtual address; new services do) or dnsrr (to its
    /// backends, in any order)
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(super) endpoint_mode: Option<EndpointMode>,
    /// How a backend is chosen: maglev (a change of backends moves few conversations; new services
    /// do) or random; at ports of all nodes always by the client's address and port
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(super) balance: Option<Balance>,
    /// Backends of the client's own node come first, as long as one is live
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(hide_possible_values = true)]
    pub(super) local_first: Option<bool>,
    /// Whether a client stays with its backend: none or client-ip[=SECONDS], three hours if not said;
    /// at ports of all nodes until its backends change
    #[arg(long, value_name = "AFFINITY", value_parser = affinity)]
    pub(super) affinity: Option<u32>,
    /// The way of replies from published ports: symmetric (through the node asked) or dsr (straight)
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(super) return_path: Option<ReturnPath>,
    /// A TCP port that must take connections before a backend gets conversations, or none
    #[arg(long, value_name = "PORT", value_parser = health)]
    pub(super) health_tcp: Option<u16>,
}

/// `--endpoint-mode`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum EndpointMode {
    Vip,
    Dnsrr,
}

/// `--balance`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Balance {
    Maglev,
    Random,
}

/// `--return-path`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ReturnPath {
    Symmetric,
    Dsr,
}

impl From<EndpointMode> for types::EndpointMode {
    fn from(mode: EndpointMode) -> Self {
        match mode {
            EndpointMode::Vip => Self::Vip,
            EndpointMode::Dnsrr => Self::Dnsrr,
        }
    }
}

impl From<Balance> for model::Balance {
    fn from(balance: Balance) -> Self {
        match balance {
            Balance::Maglev => Self::Maglev,
            Balance::Random => Self::Random,
        }
    }
}

impl From<ReturnPath> for model::ReturnPath {
    fn from(path: ReturnPath) -> Self {
        match path {
            ReturnPath::Symmetric => Self::Symmetric,
            ReturnPath::Dsr => Self::Dsr,
        }
    }
}

/// Reads `--affinity none|client-ip[=SECONDS]`: seconds; 0 for `none`.
pub fn affinity(text: &str) -> Result<u32, String> {
    match text.split_once('=') {
        None if text == "none" => Ok(0),
        None if text == "client-ip" => Ok(AFFINITY),
        Some(("client-ip", seconds)) => {
            let number = seconds.parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| format!("'{seconds}' is no time: write seconds, such as client-ip=600"))
        }
        _ => Err("write none, client-ip or client-ip=SECONDS".to_owned()),
    }
}

/// Reads `--health-tcp PORT|none`: a port; 0 for `none`.
pub fn health(text: &str) -> Result<u16, String> {
    let port = if text == "none" { Some(0) } else { text.parse().ok().filter(|port| *port > 0) };
    port.ok_or_else(|| format!("'{text}' is no port: write a number from 1 to 65535, or none"))
}

/// Reads `--weight BACKEND=N`.
pub fn weight(text: &str) -> Result<(String, u16), String> {
    let (backend, number) = text.rsplit_once('=').filter(|(backend, _)| !backend.is_empty()).ok_or(WEIGHT)?;
    let number = number.parse().ok().filter(|number| (1..=1000).contains(number)).ok_or(WEIGHT)?;
    Ok((backend.to_owned(), number))
}

const WEIGHT: &str = "write BACKEND=N, such as server1=2, N from 1 to 1000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affinity_is_off_on_or_a_time() {
        assert_eq!(affinity("none"), Ok(0));
        assert_eq!(affinity("client-ip"), Ok(10_800));
        assert_eq!(affinity("client-ip=600"), Ok(600));
        for text in ["", "client-ip=", "client-ip=0", "client-ip=-1", "client-ip=1h", "cookie", "none=1"] {
            assert!(affinity(text).is_err(), "{text}");
        }
    }

    #[test]
    fn health_is_a_port_or_none() {
        assert_eq!((health("80"), health("none")), (Ok(80), Ok(0)));
        assert!(health("0").is_err() && health("65536").is_err() && health("http").is_err());
    }

    #[test]
    fn weights_have_a_backend_and_are_not_zero() {
        assert_eq!(weight("server1=2"), Ok(("server1".to_owned(), 2)));
        for text in ["server1", "=2", "server1=", "server1=0", "server1=1001", "server1=x"] {
            assert!(weight(text).is_err(), "{text}");
        }
    }
}
