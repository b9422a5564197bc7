//! `published=P,target=T,protocol=tcp|udp,mode=ingress|host`. Fields come in any order, in any case; of
//! two with one name the later counts (Docker's rules).

use super::{super::protocol, one};
use crate::{
    api::types::ServicePublish,
    model::{PortMode, Protocol},
};

/// Reads it.
pub(super) fn ports(text: &str) -> Result<ServicePublish, String> {
    let mut target = None;
    let mut port =
        ServicePublish { published: None, target: 0, protocol: Protocol::Tcp, mode: PortMode::Ingress };
    for (place, field) in text.to_ascii_lowercase().split(',').enumerate() {
        match name_and_value(place, field)? {
            ("published", "0" | "") => port.published = None,
            ("published", value) => port.published = Some(one(value)?),
            ("target", value) => target = Some(one(value)?),
            ("protocol", value) => port.protocol = protocol::named(value)?,
            ("mode", value) => port.mode = mode(value)?,
            (name, _) => {
                return Err(format!("there is no field '{name}': use published, target, protocol, mode"));
            }
        }
    }
    port.target = target.ok_or("the backends' port is missing: write target=PORT")?;
    Ok(port)
}

/// Where the first field has no name, it is the published port.
fn name_and_value(place: usize, field: &str) -> Result<(&str, &str), String> {
    match field.split_once('=') {
        Some(both) => Ok(both),
        None if place == 0 && !field.is_empty() => Ok(("published", field)),
        None => Err(format!("'{field}' is no field: write NAME=VALUE, such as target=80")),
    }
}

fn mode(text: &str) -> Result<PortMode, String> {
    match text {
        "ingress" => Ok(PortMode::Ingress),
        "host" => Ok(PortMode::Host),
        _ => Err(format!("'{text}' is no mode: write mode=ingress or mode=host")),
    }
}
