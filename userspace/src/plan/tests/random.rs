//! Random tables.

use causeway_common::{Attachment, Endpoint, EndpointKeyV4, Node, VniInfo};
use proptest::{collection::btree_map, prelude::*};

use super::Tables;

/// Tables with few keys and few values, so that two of them share some, differ in some, lack some.
pub(super) fn any_tables() -> impl Strategy<Value = Tables> {
    let key = (4097..4100_u32, 0..6_u8).prop_map(|(vni, last)| EndpointKeyV4 { vni, addr: [10, 0, 0, last] });
    let endpoint =
        (0..3_u32, 0..3_u32).prop_map(|(node, ifindex)| Endpoint { node, ifindex, ..Endpoint::default() });
    let attachment = (4097..4099_u32).prop_map(|vni| Attachment { vni, ..Attachment::default() });
    let node = (1..3_u32).prop_map(|ifindex| Node { ifindex, ..Node::default() });
    let vni = (4097..4099_u32).prop_map(|network| VniInfo { network, flags: 0 });
    let vtep = (0..5_u8).prop_map(|last| [198, 18, 0, last]);
    (
        btree_map(key, endpoint, 0..12),
        btree_map(0..6_u32, attachment, 0..6),
        btree_map(1..6_u32, node, 0..5),
        btree_map(vtep, 1..6_u32, 0..5),
        btree_map(4097..4102_u32, vni, 0..5),
    )
        .prop_map(|(endpoints_v4, attachments, nodes, vteps_v4, vnis)| Tables {
            endpoints_v4,
            attachments,
            nodes,
            vteps_v4,
            vnis,
        })
}
