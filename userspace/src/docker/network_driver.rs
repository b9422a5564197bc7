//! `NetworkDriver.*`

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::{Value, json};

use super::{
    caller::Caller,
    engine::Engine,
    ipam_driver::SPACE,
    messages::{
        Answer, CreateNetwork, Failure, IpamData, OfEndpoint, OfPorts, Options, address, id, read, subnet,
    },
    ports::requests,
};
use crate::{
    daemon::{
        Daemon,
        docker::{self, Naming, Place},
    },
    desired::docker::{Binding, Subnet, Wanted},
    model::Id,
};

/// The option that names the cluster's network.
pub(super) const NETWORK: &str = "causeway.network";
/// Where the engine puts `-o KEY=VALUE` among its own options.
const GENERIC: &str = "com.docker.network.generic";
const INTERNAL: &str = "com.docker.network.internal";
const IPV6: &str = "com.docker.network.enable_ipv6";
/// Beginning of the interfaces' names in a container.
const PREFIX: &str = "eth";

/// Does what the engine asks for.
pub(super) async fn call(
    daemon: &Arc<Daemon>,
    (engine, caller): (&Engine, Caller),
    verb: &str,
    body: &[u8],
) -> Answer {
    match verb {
        "GetCapabilities" => Ok(json!({ "Scope": "local", "ConnectivityScope": "global" })),
        // Asked of drivers of scope `global` alone, by a swarm's manager.
        "AllocateNetwork" => Ok(json!({ "Options": {} })),
        "GwAllocCheck" => Ok(json!({ "SkipIPv4": false, "SkipIPv6": true })),
        "FreeNetwork" | "DiscoverNew" | "DiscoverDelete" => Ok(json!({})),
        "CreateNetwork" => {
            docker::create_network(daemon, binding(&read(body)?)?).await?;
            Ok(json!({}))
        }
        "DeleteNetwork" => {
            docker::delete_network(daemon, &id(&read::<OfEndpoint>(body)?.network_id)?).await?;
            Ok(json!({}))
        }
        "CreateEndpoint" => create_endpoint(daemon, engine, &read(body)?).await,
        "EndpointOperInfo" => Ok(json!({ "Value": {} })),
        "DeleteEndpoint" => {
            docker::delete_endpoint(daemon, &place(&read(body)?)?).await?;
            Ok(json!({}))
        }
        "Join" => join(daemon, caller, &read(body)?).await,
        "Leave" => {
            docker::leave(daemon, &place(&read(body)?)?).await?;
            Ok(json!({}))
        }
        "ProgramExternalConnectivity" => {
            let OfPorts { network_id, endpoint_id, options } = read(body)?;
            let place = Place { network: id(&network_id)?, endpoint: id(&endpoint_id)? };
            docker::publish(daemon, &place, requests(options.ports)?).await?;
            Ok(json!({}))
        }
        "RevokeExternalConnectivity" => {
            docker::revoke(daemon, &place(&read(body)?)?).await?;
            Ok(json!({}))
        }
        _ => Err(Failure::Unknown),
    }
}

fn place(of: &OfEndpoint) -> Result<Place, Failure> {
    Ok(Place { network: id(&of.network_id)?, endpoint: id(&of.endpoint_id)? })
}

/// What the engine says of a new network.
///
/// # Errors
/// Where it asks for what there is not.
pub fn binding(request: &CreateNetwork) -> Result<Binding, Failure> {
    let is = |key: &str| request.options.get(key).is_some_and(|value| value == &Value::Bool(true));
    if is(IPV6) || !request.ipv6_data.is_empty() {
        return Err(Failure::Wrong("IPv6 is not supported yet; leave --ipv6 out".into()));
    }
    let [data] = &request.ipv4_data[..] else {
        let line =
            "a network of Docker's has one IPv4 subnet here; give one --subnet, and no --ipam-driver null";
        return Err(Failure::Wrong(line.into()));
    };
    let mut options = options(&request.options)?;
    let name = options.remove(NETWORK);
    let subnet = subnet_of(data)?;
    Ok(Binding { docker: id(&request.network_id)?, name, subnet, internal: is(INTERNAL), options })
}

/// `-o KEY=VALUE`.
fn options(given: &Options) -> Result<BTreeMap<String, String>, Failure> {
    let Some(Value::Object(generic)) = given.get(GENERIC) else { return Ok(BTreeMap::new()) };
    let text = |(key, value): (&String, &Value)| match value {
        Value::String(value) => Ok((key.clone(), value.clone())),
        other => Err(Failure::Wrong(format!("option {key} is no text but {other}"))),
    };
    generic.iter().map(text).collect()
}

fn subnet_of(data: &IpamData) -> Result<Subnet, Failure> {
    let cidr = subnet(&data.pool)?.ok_or_else(|| Failure::Wrong("the network has no subnet".into()))?;
    let mut aux = BTreeMap::new();
    for (name, addr) in &data.aux_addresses {
        aux.extend(address(addr)?.map(|addr| (name.clone(), addr)));
    }
    Ok(Subnet { cidr, gateway: address(&data.gateway)?, aux, ours: data.address_space == SPACE })
}

async fn create_endpoint(daemon: &Arc<Daemon>, engine: &Engine, of: &OfEndpoint) -> Answer {
    let Place { network, endpoint } = place(of)?;
    if !of.interface.address_ipv6.is_empty() {
        return Err(Failure::Wrong("IPv6 is not supported yet; leave --ip6 out".into()));
    }
    see_name(daemon, engine, &network).await?;
    let mac = of.interface.mac_address.trim();
    let wanted = Wanted {
        id: endpoint,
        addr: address(&of.interface.address)?,
        mac: if mac.is_empty() {
            None
        } else {
            let mac = mac.to_ascii_lowercase().parse();
            Some(mac.map_err(|error: crate::model::InvalidMac| Failure::Wrong(error.to_string()))?)
        },
    };
    let made = docker::create_endpoint(daemon, &network, wanted.clone()).await?;
    // What the engine has said it must not be told.
    let mut interface = serde_json::Map::new();
    if wanted.mac.is_none() {
        interface.insert("MacAddress".into(), made.mac.to_string().into());
    }
    if wanted.addr.is_none() {
        interface.insert("Address".into(), format!("{}/{}", made.addr, made.prefix_len).into());
    }
    Ok(json!({ "Interface": interface }))
}

/// Sees that the network is the one that it is called, before anybody is in it: the engine says what it calls a
/// network only once it is made.
async fn see_name(daemon: &Arc<Daemon>, engine: &Engine, network: &Id) -> Result<(), Failure> {
    let doubtful = match docker::naming(daemon, network) {
        Naming::Named | Naming::Unbound => return Ok(()),
        Naming::Unnamed => false,
        Naming::Doubtful => true,
    };
    match engine.network_name(network).await {
        Ok(Some(name)) => Ok(docker::name_network(daemon, network, &name).await?),
        Ok(None) | Err(_) if !doubtful => Ok(()),
        Ok(None) => Err(Failure::Wrong(format!("Docker has no network {} any more", network.short()))),
        Err(error) => Err(Failure::Wrong(format!(
            "whether the network is the cluster's is seen by its name, which the engine does not tell: {error}; name \
             it by -o {NETWORK}=NAME and --ipam-opt {NETWORK}=NAME"
        ))),
    }
}

async fn join(daemon: &Arc<Daemon>, caller: Caller, of: &OfEndpoint) -> Answer {
    let sandbox = Path::new(&of.sandbox_key);
    if !sandbox.is_absolute() {
        return Err(Failure::Wrong(format!("'{}' is no sandbox", of.sandbox_key)));
    }
    let joined = docker::join(daemon, &place(of)?, caller.path(sandbox)).await?;
    let route = |(dest, hop): &(ipnet::Ipv4Net, std::net::Ipv4Addr)| json!({ "Destination": dest, "RouteType": 0, "NextHop": hop });
    Ok(json!({
        "InterfaceName": { "SrcName": joined.ifname, "DstPrefix": PREFIX },
        "Gateway": joined.gateway.map(|addr| addr.to_string()).unwrap_or_default(),
        "StaticRoutes": joined.routes.iter().map(route).collect::<Vec<_>>(),
        // Otherwise the engine would add a bridge of its own as the way out.
        "DisableGatewayService": joined.gateway.is_none(),
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn request(change: impl FnOnce(&mut Value)) -> Result<Binding, Failure> {
        let mut body = json!({
            "NetworkID": "a".repeat(64),
            "Options": {
                "com.docker.network.enable_ipv6": false,
                "com.docker.network.generic": { "causeway.network": "shop", "com.docker.network.driver.mtu": "1400" },
            },
            "IPv4Data": [{ "AddressSpace": "causeway", "Pool": "10.9.0.0/24", "Gateway": "10.9.0.1/24",
                           "AuxAddresses": { "printer": "10.9.0.9/24" } }],
            "IPv6Data": null,
        });
        change(&mut body);
        binding(&read(body.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn a_network_is_read_as_the_engine_writes_it() {
        let read = request(|_| {}).unwrap();
        assert_eq!(read.name.as_deref(), Some("shop"));
        assert_eq!(read.options, [("com.docker.network.driver.mtu".to_owned(), "1400".to_owned())].into());
        assert_eq!(read.subnet.cidr.to_string(), "10.9.0.0/24");
        assert_eq!(read.subnet.gateway.unwrap().to_string(), "10.9.0.1");
        assert_eq!(read.subnet.aux["printer"].to_string(), "10.9.0.9");
        assert!(read.subnet.ours && !read.internal);
        let other = request(|body| body["IPv4Data"][0]["AddressSpace"] = "LocalDefault".into()).unwrap();
        assert!(!other.subnet.ours);
        let internal = request(|body| body["Options"]["com.docker.network.internal"] = true.into()).unwrap();
        assert!(internal.internal);
    }

    #[test]
    fn what_there_is_not_is_refused_by_its_name() {
        let line = |change: fn(&mut Value)| request(change).unwrap_err().to_string();
        assert!(line(|b| b["Options"]["com.docker.network.enable_ipv6"] = true.into()).contains("--ipv6"));
        assert!(line(|b| b["IPv4Data"] = Value::Null).contains("--subnet"));
        assert!(line(|b| b["IPv4Data"][0]["Pool"] = "fd00::/64".into()).contains("fd00::/64"));
        assert!(line(|b| b["NetworkID"] = "x".into()).contains("'x'"));
        assert!(line(|b| b["Options"]["com.docker.network.generic"]["n"] = 1.into()).contains("option n"));
    }
}
