//! `IpamDriver.*`: a pool is a subnet of a network of the cluster's, and is called by its CIDR.

use std::sync::Arc;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::{
    messages::{Answer, Failure, OfPool, address, read, subnet},
    network_driver::NETWORK,
};
use crate::{
    daemon::{Daemon, docker},
    desired::docker::PoolWish,
};

/// The one address space that there is: the cluster's.
pub(super) const SPACE: &str = "causeway";
/// The option that tells what an address is for, and its value for a gateway's; also where a pool's is told.
const KIND: &str = "RequestAddressType";
const GATEWAY: &str = "com.docker.network.gateway";

/// Does what the engine asks for.
pub(super) async fn call(daemon: &Arc<Daemon>, verb: &str, body: &[u8]) -> Answer {
    match verb {
        // What was handed out stands in the store: the engine need not tell it again when it starts.
        "GetCapabilities" => Ok(json!({ "RequiresMACAddress": false, "RequiresRequestReplay": false })),
        "GetDefaultAddressSpaces" => {
            Ok(json!({ "LocalDefaultAddressSpace": SPACE, "GlobalDefaultAddressSpace": SPACE }))
        }
        "RequestPool" => request_pool(daemon, &read(body)?).await,
        "ReleasePool" => {
            docker::release_pool(daemon, pool(&read(body)?)?).await?;
            Ok(json!({}))
        }
        "RequestAddress" => request_address(daemon, &read(body)?).await,
        "ReleaseAddress" => {
            let of: OfPool = read(body)?;
            if let Some(addr) = address(&of.address)? {
                docker::release_address(daemon, pool(&of)?, addr).await?;
            }
            Ok(json!({}))
        }
        _ => Err(Failure::Unknown),
    }
}

/// Which pool is meant.
fn pool(of: &OfPool) -> Result<Ipv4Net, Failure> {
    subnet(&of.pool_id)?.ok_or_else(|| Failure::Wrong("no pool is named".into()))
}

fn text<'o>(of: &'o OfPool, key: &str) -> Option<&'o str> {
    of.options.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

async fn request_pool(daemon: &Arc<Daemon>, of: &OfPool) -> Answer {
    if of.v6 {
        return Err(Failure::Wrong("IPv6 is not supported yet; leave --ipv6 out".into()));
    }
    if let Some(unknown) = of.options.keys().find(|key| *key != NETWORK) {
        return Err(Failure::Wrong(format!("--ipam-opt {unknown} is not known; there is {NETWORK}=NAME")));
    }
    let network = text(of, NETWORK).map(str::to_owned);
    let wish = PoolWish { subnet: subnet(&of.pool)?, range: subnet(&of.sub_pool)?, network };
    let pooled = docker::request_pool(daemon, wish).await?;
    let gateway = pooled.gateway.map(|addr| format!("{addr}/{}", pooled.subnet.prefix_len()));
    let data: Value = gateway.map_or_else(|| json!({}), |gateway| json!({ GATEWAY: gateway }));
    Ok(json!({ "PoolID": pooled.subnet, "Pool": pooled.subnet, "Data": data }))
}

async fn request_address(daemon: &Arc<Daemon>, of: &OfPool) -> Answer {
    let (pool, wanted) = (pool(of)?, address(&of.address)?);
    let address = match text(of, KIND) {
        Some(GATEWAY) => docker::request_gateway(daemon, pool, wanted).await?,
        _ => docker::request_address(daemon, pool, wanted).await?,
    };
    Ok(json!({ "Address": address, "Data": {} }))
}
