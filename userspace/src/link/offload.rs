//! Segmentation offloads that a tunnel cannot carry off at a container's interface.
//!
//! A program may hand the kernel many datagrams as one (`UDP_SEGMENT`, udp(7); QUIC does), to be cut
//! where the packet leaves. Over a wire that cuts nothing, such as a veth between two nodes on one
//! machine, it would arrive whole, and kernels up to 6.18 cannot cut it any more once the outer
//! headers are off: `bpf_skb_adjust_room` leaves the marks of the tunnel on the packet. So it is cut
//! where it leaves the container. TCP's segmentation is not touched: a socket takes those whole.
//!
//! The same for what a tunnel inside the container sends (VXLAN, GRE, IP in IP): the kernel knows the
//! headers of one tunnel on a packet to be cut, not of two.
//!
//! The messages: Documentation/networking/ethtool-netlink.rst.

use std::{io, path::Path, sync::OnceLock};

use super::{
    error::{Doing, LinkError},
    generic_netlink::{Family, NESTED, NLM_F_ACK, NLM_F_REQUEST, attribute},
};
use crate::runtime::Netns;

/// The message that sets features, and its attributes.
const ETHTOOL_MSG_FEATURES_SET: u8 = 12;
const ETHTOOL_A_FEATURES_HEADER: u16 = 1;
const ETHTOOL_A_FEATURES_WANTED: u16 = 3;
const ETHTOOL_A_HEADER_DEV_NAME: u16 = 2;
const ETHTOOL_A_HEADER_FLAGS: u16 = 3;
const ETHTOOL_A_BITSET_BITS: u16 = 3;
const ETHTOOL_A_BITSET_BITS_BIT: u16 = 1;
const ETHTOOL_A_BITSET_BIT_NAME: u16 = 2;
/// What is switched off, under ethtool's names.
const FEATURES: &[&str] = &[
    "tx-udp-segmentation",
    "tx-udp_tnl-segmentation",
    "tx-udp_tnl-csum-segmentation",
    "tx-gre-segmentation",
    "tx-gre-csum-segmentation",
    "tx-ipxip4-segmentation",
    "tx-ipxip6-segmentation",
];
/// Nobody reads the list of what changed.
const ETHTOOL_FLAG_OMIT_REPLY: u32 = 2;

/// Turns the segmentation of datagrams and of tunnels off on interface `name` of the namespace at
/// `netns`: they are cut before they leave by it. No error where
/// the kernel was built without ethtool's netlink family: nothing else can be asked for there.
///
/// # Errors
/// Where the namespace or the interface is gone.
pub fn segment_datagrams(netns: &Path, name: &str) -> Result<(), LinkError> {
    let doing = || format!("turn UDP segmentation off on interface {name} in {}", netns.display());
    Netns::at(netns)?.run(|| switch_off(name))?.doing(doing)
}

/// In the calling thread's namespace.
pub(super) fn switch_off(name: &str) -> io::Result<()> {
    let Some(ethtool) = ethtool()? else { return Ok(()) };
    let request = (NLM_F_REQUEST | NLM_F_ACK, ETHTOOL_MSG_FEATURES_SET);
    ethtool.ask(request, &feature_off(name)).map(drop)
}

/// Ethtool's family, in the calling thread's namespace. It is built into kernels, so its number is asked for once.
fn ethtool() -> io::Result<Option<Family>> {
    static NUMBER: OnceLock<u16> = OnceLock::new();
    if let Some(number) = NUMBER.get() {
        return Family::numbered(*number).map(Some);
    }
    let family = Family::open("ethtool")?;
    Ok(family.inspect(|family| _ = NUMBER.get_or_init(|| family.number())))
}

/// The attributes of the request: which interface, and the features that are not wanted.
fn feature_off(interface: &str) -> Vec<u8> {
    let name = [interface.as_bytes(), b"\0"].concat();
    let flags = attribute(ETHTOOL_A_HEADER_FLAGS, &ETHTOOL_FLAG_OMIT_REPLY.to_ne_bytes());
    let header = [attribute(ETHTOOL_A_HEADER_DEV_NAME, &name), flags].concat();
    // A bit that is named and has no value is off.
    let bit = |feature: &&str| {
        let name = attribute(ETHTOOL_A_BITSET_BIT_NAME, &[feature.as_bytes(), b"\0"].concat());
        attribute(ETHTOOL_A_BITSET_BITS_BIT | NESTED, &name)
    };
    let bits: Vec<u8> = FEATURES.iter().flat_map(bit).collect();
    let wanted = attribute(ETHTOOL_A_BITSET_BITS | NESTED, &bits);
    [
        attribute(ETHTOOL_A_FEATURES_HEADER | NESTED, &header),
        attribute(ETHTOOL_A_FEATURES_WANTED | NESTED, &wanted),
    ]
    .concat()
}
