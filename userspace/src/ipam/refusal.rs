//! Why addresses were not handed out.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::OVERLAY_VNIS;
use crate::model::Driver;

/// Why a network's subnets or an endpoint's address were refused: one line that names the thing
/// and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message is its sentence")]
pub enum Refusal {
    #[error("'{0}' is not a subnet such as 10.1.0.0/24")]
    NotCidr(String),
    #[error("subnet {0} is IPv6, which is not supported yet; give an IPv4 subnet such as 10.1.0.0/24")]
    Ipv6(String),
    #[error("subnet {given} has bits behind its prefix; it should be {meant}")]
    HostBits { given: Ipv4Net, meant: Ipv4Net },
    #[error("ip-range {given} has bits behind its prefix; it should be {meant}")]
    RangeHostBits { given: Ipv4Net, meant: Ipv4Net },
    #[error(
        "subnet {0} is not for containers (loopback, multicast or reserved); give one such as 10.1.0.0/24"
    )]
    NotUnicast(Ipv4Net),
    #[error("subnet {0} is too small: no address is left for a container; give a shorter prefix")]
    TooSmall(Ipv4Net),
    #[error("subnet {given} overlaps {other} of network '{network}'; choose another or remove that network")]
    OverlapsNetwork { given: Ipv4Net, other: Ipv4Net, network: String },
    #[error("subnets {0} and {1} of the request overlap; give subnets that do not")]
    OverlapsItself(Ipv4Net, Ipv4Net),
    #[error("subnet {given} overlaps {pool}, where services get their virtual addresses; choose another")]
    OverlapsVips { given: Ipv4Net, pool: Ipv4Net },
    #[error(
        "virtual addresses would come from {pool}, which overlaps {other} of network '{network}'; set `vip_pool` in the configuration to addresses that no network has"
    )]
    VipsOverlap { pool: Ipv4Net, other: Ipv4Net, network: String },
    #[error("all virtual addresses of {0} are in use; remove a service")]
    VipsExhausted(Ipv4Net),
    #[error("no subnet{size} is free in {pools}; give one with --subnet")]
    PoolExhausted { size: String, pools: &'static str },
    #[error("ip-range {0} is inside none of the network's subnets; give the --subnet that contains it")]
    RangeOutside(Ipv4Net),
    #[error("subnet {0} has two ip-ranges; give one")]
    TwoRanges(Ipv4Net),
    #[error("gateway {0} is inside none of the network's subnets; give the --subnet that contains it")]
    GatewayOutside(Ipv4Addr),
    #[error("subnet {0} has two gateways; give one")]
    TwoGateways(Ipv4Net),
    #[error("gateway {addr} is the network or broadcast address of {subnet}; choose another")]
    GatewayReserved { addr: Ipv4Addr, subnet: Ipv4Net },
    #[error(
        "auxiliary address {name}={addr} is inside none of the network's subnets; give the --subnet that contains it"
    )]
    AuxOutside { name: String, addr: Ipv4Addr },
    #[error("auxiliary address {name}={addr} is the gateway; choose another for one of them")]
    AuxIsGateway { name: String, addr: Ipv4Addr },
    #[error(
        "all addresses of network '{0}' are in use; remove a container or create a network with a larger subnet"
    )]
    Exhausted(String),
    #[error("address {addr} is inside none of the subnets of network '{network}' ({subnets})")]
    AddressOutside { addr: Ipv4Addr, network: String, subnets: String },
    #[error("address {addr} is the {role} of network '{network}'; choose another")]
    AddressReserved { addr: Ipv4Addr, network: String, role: String },
    #[error("address {addr} of network '{network}' is in use; choose another")]
    AddressTaken { addr: Ipv4Addr, network: String },
    #[error(
        "VNI {0} is not one of {first} to {last}; choose one of them",
        first = OVERLAY_VNIS.start(),
        last = OVERLAY_VNIS.end()
    )]
    VniOutOfRange(u32),
    #[error("VNI {0} is in use; choose another or let one be chosen")]
    VniTaken(u32),
    #[error("VNI {0} is given twice; every subnet needs its own")]
    VniTwice(u32),
    #[error("{vnis} VNIs are given for {subnets} subnets; give at most one for each")]
    TooManyVnis { vnis: usize, subnets: usize },
    #[error("all VNIs for subnets of {0} networks are in use; remove a network")]
    VnisExhausted(Driver),
    #[error("option {key}={value} is not {expected}")]
    OptionValue { key: String, value: String, expected: &'static str },
    #[error("option 'encrypted' is not supported yet; create the network without it")]
    Encrypted,
    #[error("option '{key}' is not known to {driver} networks; they take {known}")]
    OptionUnknown { key: String, driver: Driver, known: String },
    #[error("no bridge device '{0}' is made: networks share the interface cw-host; leave the option out")]
    NoBridgeDevice(String),
}
