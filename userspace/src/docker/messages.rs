//! What the engine sends, and how it is refused. Go writes `null` for what is empty.

use std::{collections::BTreeMap, net::Ipv4Addr};

use ipnet::Ipv4Net;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::ports::Binding;
use crate::{daemon::Error, model::Id};

/// Why a call was not done: one line.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The daemon did not do it.
    #[error(transparent)]
    Daemon(#[from] Error),
    /// It cannot be understood, or asks for what there is not.
    #[error("{0}")]
    Wrong(String),
    /// There is no such call.
    #[error("causewayd knows no such call; is the engine newer?")]
    Unknown,
    /// It was not done in time.
    #[error("causewayd was not done in time; it goes on, `causeway status` shows what keeps it")]
    Late,
}

impl Failure {
    /// Whether there is no such call.
    pub(super) const fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// What a call answers.
pub(super) type Answer = Result<Value, Failure>;

/// Reads a request.
///
/// # Errors
/// Says what cannot be read.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| Failure::Wrong(format!("the request cannot be read: {error}")))
}

/// An id of the engine's, which is 64 digits.
pub(super) fn id(text: &str) -> Result<Id, Failure> {
    Id::parse(text)
        .ok_or_else(|| Failure::Wrong(format!("'{text}' is no id of the engine's: 64 hexadecimal digits")))
}

/// An address, with or without the length of a prefix; none where the text is empty.
pub(super) fn address(text: &str) -> Result<Option<Ipv4Addr>, Failure> {
    let bare = text.split('/').next().unwrap_or_default();
    let wrong = || Failure::Wrong(format!("'{text}' is no IPv4 address; IPv6 is not supported yet"));
    if bare.is_empty() { Ok(None) } else { bare.parse().map(Some).map_err(|_| wrong()) }
}

/// A subnet; none where the text is empty.
pub(super) fn subnet(text: &str) -> Result<Option<Ipv4Net>, Failure> {
    let wrong = || Failure::Wrong(format!("'{text}' is no IPv4 subnet; IPv6 is not supported yet"));
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| wrong()) }
}

/// Options of any kind, by name.
pub(super) type Options = Map<String, Value>;

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// `NetworkDriver.CreateNetwork`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the engine's own names, documented by Docker")]
pub struct CreateNetwork {
    #[serde(rename = "NetworkID")]
    pub network_id: String,
    #[serde(deserialize_with = "or_default")]
    pub options: Options,
    #[serde(rename = "IPv4Data", deserialize_with = "or_default")]
    pub ipv4_data: Vec<IpamData>,
    #[serde(rename = "IPv6Data", deserialize_with = "or_default")]
    pub ipv6_data: Vec<IpamData>,
}

/// A subnet of a network.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[expect(missing_docs, reason = "the engine's own names, documented by Docker")]
pub struct IpamData {
    pub address_space: String,
    pub pool: String,
    pub gateway: String,
    #[serde(deserialize_with = "or_default")]
    pub aux_addresses: BTreeMap<String, String>,
}

/// What is said of an endpoint by `NetworkDriver.CreateEndpoint`, `.Join` and the like.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OfEndpoint {
    #[serde(rename = "NetworkID")]
    pub(super) network_id: String,
    #[serde(rename = "EndpointID")]
    pub(super) endpoint_id: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) interface: Interface,
    pub(super) sandbox_key: String,
}

/// `NetworkDriver.ProgramExternalConnectivity`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OfPorts {
    #[serde(rename = "NetworkID")]
    pub(super) network_id: String,
    #[serde(rename = "EndpointID")]
    pub(super) endpoint_id: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) options: PortOptions,
}

/// The options of it that are of interest. The engine repeats all ports with most calls: where nobody needs them
/// they are not read, since ten thousand are a megabyte.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PortOptions {
    #[serde(rename = "com.docker.network.portmap", deserialize_with = "or_default")]
    pub(super) ports: Vec<Binding>,
}

/// The interface that an endpoint is to have.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Interface {
    pub(super) address: String,
    #[serde(rename = "AddressIPv6")]
    pub(super) address_ipv6: String,
    pub(super) mac_address: String,
}

/// What is said of a pool by `IpamDriver.RequestPool` and the like.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct OfPool {
    #[serde(rename = "PoolID")]
    pub(super) pool_id: String,
    pub(super) pool: String,
    pub(super) sub_pool: String,
    pub(super) address: String,
    pub(super) v6: bool,
    #[serde(deserialize_with = "or_default")]
    pub(super) options: Options,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn gos_null_is_nothing() {
        let text = br#"{"NetworkID":"a","Options":null,"IPv4Data":null,"IPv6Data":[],"New":1}"#;
        let read: CreateNetwork = read(text).unwrap();
        assert!(read.options.is_empty() && read.ipv4_data.is_empty());
        let endpoint: OfEndpoint = super::read(br#"{"Interface":null}"#).unwrap();
        assert_eq!(endpoint.interface.address, "");
    }

    #[test]
    fn addresses_may_have_prefixes_and_be_missing() {
        assert_eq!(address("10.0.9.2/24").unwrap(), Some([10, 0, 9, 2].into()));
        assert_eq!(address("").unwrap(), None);
        assert!(address("fd00::1/64").unwrap_err().to_string().contains("IPv6"));
        assert_eq!(subnet("10.0.9.0/24").unwrap().unwrap().to_string(), "10.0.9.0/24");
        assert!(id("abc").is_err() && id(&"a".repeat(64)).is_ok());
    }
}
