//! Segmentation offloads that a tunnel cannot carry off at a container's interface; and aggregation, on.
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
const ETHTOOL_A_BITSET_BIT_VALUE: u16 = 3;
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
/// What is switched on where frames are taken.
const GRO: &str = "rx-gro";
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
    set(name, &[]).map(drop)
}

/// The same, and GRO on: an interface that is the other end of a veth then takes frames ([`settings::FRAMES`]).
///
/// [`settings::FRAMES`]: causeway_common::settings::FRAMES
pub(super) fn switch_off_and_take_frames(name: &str) -> io::Result<()> {
    set(name, &[GRO]).map(drop)
}

/// Tells the container's interface `name` in the namespace at `netns` once more what [`super::Inside`] tells it of
/// segmentation and aggregation, so that it takes frames as they come from a driver; false where the kernel was built without ethtool's netlink family.
///
/// # Errors
/// Where the namespace or the interface is gone.
pub fn take_frames(netns: &Path, name: &str) -> Result<bool, LinkError> {
    let doing = || format!("turn GRO on on interface {name} in {}", netns.display());
    Netns::at(netns)?.run(|| set(name, &[GRO]))?.doing(doing)
}

/// Whether the kernel lets interfaces be told to take frames.
///
/// # Errors
/// Where it cannot be asked.
pub fn can_take_frames() -> Result<bool, LinkError> {
    Ok(ethtool().doing(|| "open ethtool's netlink family")?.is_some())
}

/// Switches features on, and [`FEATURES`] off; false where the kernel was built without ethtool's netlink family.
fn set(name: &str, on: &[&str]) -> io::Result<bool> {
    let Some(ethtool) = ethtool()? else { return Ok(false) };
    let request = (NLM_F_REQUEST | NLM_F_ACK, ETHTOOL_MSG_FEATURES_SET);
    ethtool.ask(request, &features(name, on)).map(|_| true)
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

/// The attributes of the request: which interface, the features that are wanted, and those that are not.
fn features(interface: &str, on: &[&str]) -> Vec<u8> {
    let name = [interface.as_bytes(), b"\0"].concat();
    let flags = attribute(ETHTOOL_A_HEADER_FLAGS, &ETHTOOL_FLAG_OMIT_REPLY.to_ne_bytes());
    let header = [attribute(ETHTOOL_A_HEADER_DEV_NAME, &name), flags].concat();
    // A bit that is named and has no value is off.
    let bit = |feature: &str, value: &[u8]| {
        let name = attribute(ETHTOOL_A_BITSET_BIT_NAME, &[feature.as_bytes(), b"\0"].concat());
        attribute(ETHTOOL_A_BITSET_BITS_BIT | NESTED, &[&name, value].concat())
    };
    let is_on = attribute(ETHTOOL_A_BITSET_BIT_VALUE, &[]);
    let bits = on.iter().map(|feature| bit(feature, &is_on)).chain(FEATURES.iter().map(|f| bit(f, &[])));
    let bits: Vec<u8> = bits.flatten().collect();
    let wanted = attribute(ETHTOOL_A_BITSET_BITS | NESTED, &bits);
    [
        attribute(ETHTOOL_A_FEATURES_HEADER | NESTED, &header),
        attribute(ETHTOOL_A_FEATURES_WANTED | NESTED, &wanted),
    ]
    .concat()
}
