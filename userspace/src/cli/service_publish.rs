//! `-p` of services, as Docker reads it.
//!
//! ```text
//! published=8080,target=80,protocol=tcp,mode=ingress    the long form, in any order
//! 8080,target=80                                        the first field may be the published port alone
//! 8080:80/tcp                                           the short form
//! 80                                                    the backends' port; the published one is chosen
//! 8000-8010:80-90, 8000-8001:80                         as many pairs, in order; several to one
//! ```

mod long;
mod short;
#[cfg(test)]
mod tests;

use super::{port_range::port_range, protocol};
use crate::{api::types::ServicePublish, model::Protocol};

/// What one `-p` publishes: a range is several ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports(Vec<ServicePublish>);

/// A backends' port, for `--publish-rm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its number.
    pub port: u16,
    /// tcp or udp.
    pub protocol: Protocol,
}

/// Reads one `-p`.
pub fn ports(text: &str) -> Result<Ports, String> {
    let is_long = text.contains(['=', ',']);
    if is_long { long::ports(text).map(|port| Ports(vec![port])) } else { short::ports(text).map(Ports) }
}

/// All that several of them publish, in order.
pub fn all(given: &[Ports]) -> Vec<ServicePublish> {
    given.iter().flat_map(|ports| &ports.0).copied().collect()
}

/// Reads one `--publish-rm TARGET[/PROTOCOL]`.
pub fn target(text: &str) -> Result<Target, String> {
    let (text, protocol) = protocol::split(text)?;
    Ok(Target { port: one(text)?, protocol })
}

/// One port, not 0.
fn one(text: &str) -> Result<u16, String> {
    let range = port_range(text)?;
    if range.first == range.last {
        Ok(range.first)
    } else {
        Err(format!("'{text}' is several ports: write one"))
    }
}
