//! The content of the dataplane's maps as a value that can be computed, read, printed and compared.

use std::collections::BTreeMap;

use causeway_common::{Attachment, Endpoint, EndpointKeyV4, Ipv4, Node, VniInfo};

/// What all maps of configuration hold; counters are not part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// (VNI, address) -> where the endpoint is reached.
    pub endpoints_v4: BTreeMap<EndpointKeyV4, Endpoint>,
    /// Host-side interface index -> the container behind it.
    pub attachments: BTreeMap<u32, Attachment>,
    /// Node index (from 1) -> outer headers towards it.
    pub nodes: BTreeMap<u32, Node>,
    /// VTEP address -> node index.
    pub vteps_v4: BTreeMap<Ipv4, u32>,
    /// VNIs that this node takes part in.
    pub vnis: BTreeMap<u32, VniInfo>,
}
