//! Why a change was refused.

use std::{fmt, net::Ipv4Addr};

use causeway_common::limits;
use ipnet::Ipv4Net;

use super::service;
use crate::{
    api::types::PortRange,
    ipam,
    model::{InvalidName, Mac, Protocol},
};

/// Why a change was refused: one line that names the thing and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message is its sentence")]
pub enum Refusal {
    #[error(transparent)]
    Name(#[from] InvalidName),
    #[error(transparent)]
    Address(#[from] ipam::Refusal),
    #[error("no {what} '{name}'; `causeway {list}` shows what there is")]
    NotFound { what: &'static str, name: String, list: &'static str },
    #[error("'{prefix}' begins the id of several {what}s; give more digits or the name")]
    Ambiguous { what: &'static str, prefix: String },
    #[error("{what} '{name}' exists already; choose another name or remove it first")]
    NameTaken { what: &'static str, name: String },
    #[error("'{0}' means a network that is always there; choose another name")]
    NameReserved(String),
    #[error("network '{name}' exists already, as a bridge network of node '{node}'; choose another name")]
    NameTakenElsewhere { name: String, node: String },
    #[error(
        "network '{0}' is always there: it cannot be removed, and only `causeway run --network {0}` enters it"
    )]
    Predefined(String),
    #[error("network 'bridge' is this node's default network and cannot be removed")]
    DefaultNetwork,
    #[error(
        "no {0} can be chosen on the default network 'bridge'; create a network with `causeway network create`"
    )]
    DefaultTakesNo(&'static str),
    #[error("bridge networks are not supported yet; create '{0}' with -d overlay")]
    Bridge(String),
    #[error("network '{network}' is in use by {users}; remove or detach them first")]
    NetworkInUse { network: String, users: String },
    #[error("network '{0}' is given twice; a container has one endpoint in a network")]
    NetworkTwice(String),
    #[error("MAC address {mac} cannot be used in network '{network}': it is {why}; choose another or none")]
    Mac { mac: Mac, network: String, why: &'static str },
    #[error("no command is given for container '{0}'; name the program to run")]
    NoCommand(String),
    #[error("no network is given for '{0}'; attach it to at least one with --network")]
    NoNetwork(String),
    #[error("container '{0}' is running; stop it first, or remove it with -f")]
    Running(String),
    #[error("container '{0}' is not running")]
    NotRunning(String),
    #[error("container '{0}' has run already; remove it and run it again")]
    HasRun(String),
    #[error("'{0}' is an attached namespace; use `causeway detach {0}`")]
    IsAttachment(String),
    #[error("'{0}' is a container that causeway runs; use `causeway rm {0}`")]
    IsNoAttachment(String),
    #[error("namespace {netns} is attached already, as '{name}'; detach that first")]
    NetnsTaken { netns: String, name: String },
    #[error("container '{container}' is on node '{node}'; ask that node's causewayd")]
    Elsewhere { container: String, node: String },
    #[error("container '{container}' is in network '{network}' already; disconnect it first")]
    ConnectedAlready { container: String, network: String },
    #[error(
        "container '{container}' is not in network '{network}'; `causeway inspect {container}` shows where it is"
    )]
    NotConnected { container: String, network: String },
    #[error(
        "container '{container}' has no network of its own but {whose}; it cannot be connected or disconnected"
    )]
    NoNetworkOfItsOwn { container: String, whose: String },
    #[error(
        "container '{0}' was made to have no network; `causeway network disconnect none {0}` comes before any other"
    )]
    ModeNone(String),
    #[error("--network {0} stands alone; leave out the other networks")]
    ModeAlone(String),
    #[error("{what} belongs to a network of its own, which --network {mode} does not give; leave it out")]
    NotInMode { mode: String, what: &'static str },
    #[error("--network container:{0} names the container itself")]
    OwnNamespace(String),
    #[error("{0} is no range of ports from 1 to 65535; give FIRST-LAST")]
    NoPorts(PortRange),
    #[error(
        "{host} and {container} differ in how many ports they are; give as many of the host as of the container"
    )]
    PortCounts { host: PortRange, container: PortRange },
    #[error("port {port} is published by container '{container}'; choose another or remove that container")]
    PortTaken { port: HostPort, container: String },
    #[error("port {0} is published twice; leave one out")]
    PortTwice(HostPort),
    #[error("port {0} is in use by a process of the host; choose another or end that process")]
    PortInUse(HostPort),
    #[error("{0} is not an address of this host; publish on one that is, or on 0.0.0.0")]
    NoSuchHostAddress(Ipv4Addr),
    #[error("no {count} ports in a row are free among {range}/{protocol} of {addr}; name others, or fewer")]
    PortsExhausted { count: u16, range: PortRange, protocol: Protocol, addr: Ipv4Addr },
    #[error(
        "a node publishes at most {max} ports, those of one address counted twice; publish fewer",
        max = limits::PUBLISHED
    )]
    TooManyPorts,
    #[error(
        "--address is for ports of mode ingress, and port {0} is of mode host: leave it out, or publish on an \
         address with `run -p ADDRESS:{0}:PORT`"
    )]
    AddressOfHostPort(u16),
    #[error("published ports of a node have at most {max} sources; merge some", max = limits::SOURCES)]
    TooManySources,
    #[error(
        "container '{0}' publishes ports, but none of its networks has a way out; add one that is not --internal"
    )]
    PublishedNowhere(String),
    #[error(
        "service names are not resolved on the default network 'bridge'; create a network with `causeway network create`"
    )]
    DefaultHasNoNames,
    #[error(
        "a node knows at most {0} services with virtual addresses; remove one, or raise `services` in the configuration's [limits] on every node"
    )]
    TooManyServices(u32),
    #[error("port 0 cannot be published or probed; give one from 1 to 65535")]
    NoPort,
    #[error("port {port}/{protocol} is published twice by the service; leave one out")]
    ServicePortTwice { port: u16, protocol: Protocol },
    #[error("no port from 30000 to 32767 is left for {0}; name the published port")]
    ServicePortsExhausted(Protocol),
    #[error(
        "port {port} of all nodes is published by service '{service}'; choose another or remove that service"
    )]
    ServicePortTaken { port: String, service: String },
    #[error(
        "port {port} of node '{node}' is published by container '{container}'; choose another or remove that container"
    )]
    PortOfContainer { port: String, container: String, node: String },
    #[error(
        "a service publishes at most {max} ports on all nodes, and a change concerns at most so many; publish fewer, or by another service",
        max = service::MOST_INGRESS_PORTS
    )]
    TooManyIngressPorts,
    #[error(
        "network '{0}' is --internal: its containers answer nobody outside; create the service in another network, or publish nothing"
    )]
    IngressWithoutWayOut(String),
    #[error("endpoint mode dnsrr has no virtual address for the ingress mesh; publish with mode=host")]
    IngressWithoutVip,
    #[error(
        "service '{service}' does not publish port {target}/{protocol} of its backends; `causeway service inspect {service}` shows what it does"
    )]
    NotPublished { service: String, target: u16, protocol: Protocol },
    #[error("weight {weight} is not possible; give one from 1 to {heaviest}, or use --drain")]
    Weight { weight: u16, heaviest: u16 },
    #[error(
        "container '{container}' is no backend of service '{service}'; `causeway service ps {service}` shows who is"
    )]
    NoBackend { container: String, service: String },
    #[error("service '{0}' has no network, so nothing can be behind its name; create one with --network")]
    NoAddressWithoutNetwork(String),
    #[error("service '{service}' is in a bridge network of node '{node}'; its backends run there")]
    ServiceElsewhere { service: String, node: String },
    #[error(
        "service '{service}' is in network '{network}', in which container '{container}' is not; add --network {network}"
    )]
    NotInServiceNetwork { container: String, service: String, network: String },
    #[error("'{0}' is no entry of /etc/hosts such as NAME:IP or NAME:host-gateway")]
    ExtraHost(String),
    #[error("'{0}' cannot stand in /etc/resolv.conf: it is empty or has blanks in it")]
    ResolvConf(String),
    #[error(
        "'{0}' is a container of Docker's; the engine connects, stops and removes it: `docker network connect`, `docker stop {0}`"
    )]
    IsDockers(String),
    #[error(
        "network '{network}' is in use by Docker's engine on {nodes}; `docker network rm` there comes first"
    )]
    InUseByEngines { network: String, nodes: String },
    #[error("no subnet {0} is in use by Docker's networks here; create the network again")]
    NoPool(Ipv4Net),
    #[error(
        "network '{network}' has the subnets {subnets}, and not {given}; leave --subnet out, or give one of them"
    )]
    PoolOfAnother { network: String, subnets: String, given: Ipv4Net },
    #[error("network '{network}' has the gateway {gateway}, and not {given}; leave --gateway out")]
    GatewayOfAnother { network: String, gateway: Ipv4Addr, given: Ipv4Addr },
    #[error(
        "network '{0}' is there already, and its addresses are the whole cluster's; add --ipam-driver causeway \
         --ipam-opt causeway.network={0}"
    )]
    NeedsIpam(String),
    #[error(
        "the addresses of network '{network}' come from Docker's own IPAM on node '{node}', which knows of no other \
         engine; create it anew there with --ipam-driver causeway"
    )]
    IpamOfAnEngine { network: String, node: String },
    #[error(
        "the network's addresses are not those of '{0}'; add --ipam-opt causeway.network={0} to -o causeway.network={0}"
    )]
    IpamOptMissing(String),
    #[error("network '{0}' is a bridge network of one node; Docker's engines join overlay networks")]
    EngineNeedsOverlay(String),
    #[error("this engine has network '{network}' already, as {docker}; a network is joined once")]
    JoinedTwice { network: String, docker: String },
    #[error(
        "network '{0}' has a way out, and --internal says that it should not; leave --internal out, or choose another"
    )]
    NotInternal(String),
    #[error(
        "a network of Docker's has one subnet here; give one --subnet, or create it by `causeway network create`"
    )]
    OneSubnet,
    #[error(
        "the cluster has another network '{name}', with subnet {subnet}; to join it, create this one with \
         --ipam-driver causeway --ipam-opt causeway.network={name} -o causeway.network={name}, else give it \
         another name"
    )]
    NameOfAnother { name: String, subnet: String },
    #[error(
        "subnet {subnet} is network '{network}' of the cluster, and this one is called '{name}'; to join it, say so \
         by -o causeway.network={network} --ipam-opt causeway.network={network}, else choose another subnet"
    )]
    SubnetOfAnother { subnet: String, network: String, name: String },
    #[error(
        "VNIs of networks that Docker makes are chosen here; leave the option out, or create the network by `causeway \
         network create` and join it by its name"
    )]
    VniIsChosen,
    #[error("Docker's network {0} is not known here; remove it by `docker network rm` and create it again")]
    EngineNetworkUnknown(String),
    #[error("Docker's endpoint {0} is not known here; disconnect the container and connect it again")]
    EngineEndpointUnknown(String),
    #[error("endpoint {0} is in another sandbox already; disconnect the container and connect it again")]
    InAnotherSandbox(String),
    #[error("this node is not known to the store; restart causewayd to register it again")]
    NotRegistered,
    #[error(
        "node name '{0}' belongs to another node; start causewayd with another --node, or `causeway node rm {0}`"
    )]
    NodeNameTaken(String),
    #[error(
        "underlay address {vtep} belongs to node '{node}'; use another --underlay, or `causeway node rm {node}`"
    )]
    VtepTaken { vtep: Ipv4Addr, node: String },
    #[error("node '{0}' is alive; stop its causewayd first")]
    NodeAlive(String),
    #[error(
        "node '{node}' still has containers ({containers}), whose addresses are kept for its return; give them up with --force"
    )]
    NodeInUse { node: String, containers: usize },
    #[error(
        "node '{0}' is alive on another machine, and this state directory has its id; remove the file node-id from the copy, to join as a new node"
    )]
    NodeElsewhere(String),
}

/// A port of the host, as people write it: `0.0.0.0:80/tcp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// The host's address; 0.0.0.0: every one.
    pub addr: Ipv4Addr,
    /// The port.
    pub port: u16,
    /// tcp or udp.
    pub protocol: Protocol,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.addr, self.port, self.protocol)
    }
}

/// What sort of refusal it is: the API chooses the HTTP status by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong in itself (400).
    Invalid,
    /// Something that it names is not there (404).
    NotFound,
    /// It does not go together with what is there (409).
    Conflict,
}

impl Refusal {
    /// What sort of refusal it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } | Self::NotConnected { .. } | Self::NoBackend { .. } => Kind::NotFound,
            Self::Address(address) => address_kind(address),
            Self::Name(_)
            | Self::Ambiguous { .. }
            | Self::Bridge(_)
            | Self::NetworkTwice(_)
            | Self::Mac { .. }
            | Self::NoCommand(_)
            | Self::NoNetwork(_)
            | Self::NameReserved(_)
            | Self::Predefined(_)
            | Self::DefaultNetwork
            | Self::DefaultTakesNo(_)
            | Self::NoNetworkOfItsOwn { .. }
            | Self::ModeAlone(_)
            | Self::NotInMode { .. }
            | Self::OwnNamespace(_)
            | Self::NoPorts(_)
            | Self::PortCounts { .. }
            | Self::PortTwice(_)
            | Self::NoSuchHostAddress(_)
            | Self::PublishedNowhere(_)
            | Self::ExtraHost(_)
            | Self::DefaultHasNoNames
            | Self::NoPort
            | Self::ServicePortTwice { .. }
            | Self::TooManyIngressPorts
            | Self::IngressWithoutWayOut(_)
            | Self::IngressWithoutVip
            | Self::AddressOfHostPort(_)
            | Self::Weight { .. }
            | Self::NoAddressWithoutNetwork(_)
            | Self::NotInServiceNetwork { .. }
            | Self::ResolvConf(_)
            | Self::IsAttachment(_)
            | Self::IsDockers(_)
            | Self::OneSubnet
            | Self::VniIsChosen
            | Self::IsNoAttachment(_) => Kind::Invalid,
            _ => Kind::Conflict,
        }
    }
}

fn address_kind(refusal: &ipam::Refusal) -> Kind {
    use ipam::Refusal as R;
    match refusal {
        R::OverlapsNetwork { .. }
        | R::PoolExhausted { .. }
        | R::Exhausted(_)
        | R::AddressTaken { .. }
        | R::VniTaken(_)
        | R::OverlapsVips { .. }
        | R::VipsOverlap { .. }
        | R::VipsExhausted(_)
        | R::VnisExhausted(_) => Kind::Conflict,
        _ => Kind::Invalid,
    }
}
