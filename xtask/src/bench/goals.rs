//! What is to be reached: one table. A row ships where the median of its paired ratios, or of its figures where the
//! goal is one, is on the right side of `ship`; `aim` is what the work is for.

use Bound::{AtLeast, AtMost};

/// Which side of a goal is the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// Higher is better.
    AtLeast,
    /// Lower is better.
    AtMost,
}

impl Bound {
    /// Whether a figure is on the right side.
    pub(super) fn holds(self, figure: f64, goal: f64) -> bool {
        match self {
            AtLeast => figure >= goal,
            AtMost => figure <= goal,
        }
    }

    /// As it is written.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            AtLeast => "≥",
            AtMost => "≤",
        }
    }
}

/// A goal of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    /// The group of benches that measures it.
    pub(super) group: &'static str,
    /// What is measured.
    pub(super) name: &'static str,
    /// Who it is compared with; `None`: the goal is a figure in the row's unit.
    pub(super) peer: Option<&'static str>,
    /// Which side is the right one.
    pub(super) bound: Bound,
    /// What it takes to ship.
    pub(super) ship: f64,
    /// What the work is for.
    pub(super) aim: Option<f64>,
}

const fn ratio(
    group: &'static str,
    name: &'static str,
    peer: &'static str,
    bound: Bound,
    ship: f64,
    aim: Option<f64>,
) -> Goal {
    Goal { group, name, peer: Some(peer), bound, ship, aim }
}

const fn figure(group: &'static str, name: &'static str, ship: f64, aim: f64) -> Goal {
    Goal { group, name, peer: None, bound: AtMost, ship, aim: Some(aim) }
}

/// Ours, where XDP does not meet the uplink's frames.
pub(super) const TCX_ALONE: &str = "causeway, TCX alone";
/// Docker's overlay: a bridge and a vxlan device.
pub(super) const DOCKER: &str = "bridge + vxlan device";
/// Ours as another build has it, where one was given to compare with.
pub(super) const OTHER_BUILD: &str = "causeway, other build";
/// The bare wire from node to node.
pub(super) const WIRE: &str = "bare wire";
/// A vxlan device that is told by eBPF where each packet goes, as in Cilium.
pub(super) const METADATA: &str = "vxlan device by eBPF";
/// Programs that only carry packets, without a look at anything: what the kernel takes for this kind of road.
pub(super) const FLOOR: &str = "floor";
/// Docker's bridge, where both containers are on one node.
pub(super) const BRIDGE: &str = "bridge";
/// Straight to the backend.
pub(super) const NO_VIP: &str = "no VIP";
/// Addresses translated by netfilter.
pub(super) const NFTABLES: &str = "nftables";
/// Docker's process that copies between two connections.
pub(super) const PROXY: &str = "userland proxy";
/// The same road where there is little of everything.
pub(super) const SMALL: &str = "10 services, 10 endpoints";
/// The same steps in C, by clang.
pub(super) const IN_C: &str = "C by clang";
/// Podman's name server.
pub(super) const AARDVARK: &str = "aardvark-dns";

/// All of them, in the order of the report.
pub(super) const GOALS: &[Goal] = &[
    ratio("overlay", "overlay TCP ping-pong", DOCKER, AtLeast, 1.40, Some(1.50)),
    ratio("overlay", "overlay UDP ping-pong", DOCKER, AtLeast, 1.50, Some(1.65)),
    ratio("overlay", "overlay connect-request-close", DOCKER, AtLeast, 1.48, Some(1.62)),
    ratio("overlay", "overlay TCP ping-pong", WIRE, AtLeast, 0.83, Some(0.90)),
    ratio("overlay", "overlay TCP ping-pong", METADATA, AtLeast, 1.25, Some(1.38)),
    ratio("overlay", "overlay received small packets", DOCKER, AtLeast, 3.0, Some(4.5)),
    ratio("overlay", "overlay TCP 1 flow, wire that segments", DOCKER, AtLeast, 1.0, Some(1.08)),
    ratio("overlay", "overlay TCP 1 flow, wire that segments", WIRE, AtLeast, 0.92, Some(0.97)),
    ratio("overlay", "overlay TCP 1 flow, MTU-sized wire", DOCKER, AtLeast, 1.05, Some(1.12)),
    ratio("local", "same node TCP ping-pong", BRIDGE, AtLeast, 1.18, Some(1.9)),
    ratio("local", "same node TCP 1 flow", BRIDGE, AtLeast, 1.0, Some(3.0)),
    ratio("services", "VIP ping-pong, same node", NO_VIP, AtLeast, 0.98, Some(0.99)),
    ratio("services", "VIP ping-pong, other node", NO_VIP, AtLeast, 0.98, Some(0.99)),
    ratio("services", "VIP connect-request-close, same node", NO_VIP, AtLeast, 0.98, Some(0.99)),
    ratio("services", "VIP connect-request-close, other node", NO_VIP, AtLeast, 0.98, Some(0.99)),
    ratio("services", "VIP connect-request-close, same node", NFTABLES, AtLeast, 1.20, None),
    ratio("services", "VIP connect-request-close, other node", NFTABLES, AtLeast, 1.20, None),
    ratio("nat", "bridge NAT packets, 1 flow", NFTABLES, AtLeast, 2.0, Some(5.0)),
    ratio("nat", "bridge NAT packets, 60,000 flows", NFTABLES, AtLeast, 2.5, Some(6.0)),
    ratio("nat", "published port connect-request-close", PROXY, AtLeast, 3.0, None),
    figure("mesh", "mesh program, 1,000 flows", 45.0, 33.0),
    figure("mesh", "mesh program, 100,000 flows", 55.0, 36.0),
    figure("mesh", "mesh program, 800,000 flows", 75.0, 45.0),
    ratio("mesh", "mesh native XDP packets, 1 flow", NFTABLES, AtLeast, 5.7, Some(6.8)),
    ratio("mesh", "mesh native XDP packets, 60,000 flows", NFTABLES, AtLeast, 7.0, Some(8.5)),
    ratio("mesh", "mesh program, 10,000 services, 1,000,000 endpoints", SMALL, AtMost, 1.15, Some(1.05)),
    figure("tables", "backend change to dataplane, p99", 0.3, 0.06),
    ratio("mesh", "mesh program, time", IN_C, AtMost, 1.10, Some(1.02)),
    ratio("mesh", "mesh program, instructions", IN_C, AtMost, 1.10, Some(1.02)),
    figure("attach", "attach a container, until its first ping", 3.0, 1.5),
    figure("attach", "detach a container", 3.0, 1.0),
    figure("tables", "1,000,000 endpoints into maps", 0.6, 0.48),
    ratio("dns", "DNS answers", AARDVARK, AtLeast, 1.5, Some(2.5)),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{AtLeast, AtMost, Bound, GOALS};

    /// The goals as they were set, row by row: what is compared, the side, "ship" and "aim".
    const SET: &str = "
        overlay TCP ping-pong / bridge + vxlan device / ≥ 1.4 1.5
        overlay UDP ping-pong / bridge + vxlan device / ≥ 1.5 1.65
        overlay connect-request-close / bridge + vxlan device / ≥ 1.48 1.62
        overlay TCP ping-pong / bare wire / ≥ 0.83 0.9
        overlay TCP ping-pong / vxlan device by eBPF / ≥ 1.25 1.38
        overlay received small packets / bridge + vxlan device / ≥ 3 4.5
        overlay TCP 1 flow, wire that segments / bridge + vxlan device / ≥ 1 1.08
        overlay TCP 1 flow, wire that segments / bare wire / ≥ 0.92 0.97
        overlay TCP 1 flow, MTU-sized wire / bridge + vxlan device / ≥ 1.05 1.12
        same node TCP ping-pong / bridge / ≥ 1.18 1.9
        same node TCP 1 flow / bridge / ≥ 1 3
        VIP ping-pong, same node / no VIP / ≥ 0.98 0.99
        VIP ping-pong, other node / no VIP / ≥ 0.98 0.99
        VIP connect-request-close, same node / no VIP / ≥ 0.98 0.99
        VIP connect-request-close, other node / no VIP / ≥ 0.98 0.99
        VIP connect-request-close, same node / nftables / ≥ 1.2 -
        VIP connect-request-close, other node / nftables / ≥ 1.2 -
        bridge NAT packets, 1 flow / nftables / ≥ 2 5
        bridge NAT packets, 60,000 flows / nftables / ≥ 2.5 6
        published port connect-request-close / userland proxy / ≥ 3 -
        mesh program, 1,000 flows / - / ≤ 45 33
        mesh program, 100,000 flows / - / ≤ 55 36
        mesh program, 800,000 flows / - / ≤ 75 45
        mesh native XDP packets, 1 flow / nftables / ≥ 5.7 6.8
        mesh native XDP packets, 60,000 flows / nftables / ≥ 7 8.5
        mesh program, 10,000 services, 1,000,000 endpoints / 10 services, 10 endpoints / ≤ 1.15 1.05
        backend change to dataplane, p99 / - / ≤ 0.3 0.06
        mesh program, time / C by clang / ≤ 1.1 1.02
        mesh program, instructions / C by clang / ≤ 1.1 1.02
        attach a container, until its first ping / - / ≤ 3 1.5
        detach a container / - / ≤ 3 1
        1,000,000 endpoints into maps / - / ≤ 0.6 0.48
        DNS answers / aardvark-dns / ≥ 1.5 2.5";

    #[test]
    fn the_table_says_what_was_set() {
        let said = |goal: &super::Goal| {
            let (peer, sign) = (goal.peer.unwrap_or("-"), goal.bound.sign());
            let aim = goal.aim.map_or_else(|| "-".to_owned(), |aim| aim.to_string());
            format!("{} / {peer} / {sign} {} {aim}", goal.name, goal.ship)
        };
        let set: Vec<&str> = SET.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(GOALS.iter().map(said).collect::<Vec<_>>(), set);
    }

    #[test]
    fn no_row_stands_twice_and_an_aim_is_beyond_its_goal() {
        let rows: BTreeSet<_> = GOALS.iter().map(|goal| (goal.name, goal.peer)).collect();
        assert_eq!(rows.len(), GOALS.len());
        for goal in GOALS {
            assert!(goal.aim.is_none_or(|aim| goal.bound.holds(aim, goal.ship)), "{goal:?}");
        }
    }

    #[test]
    fn a_bound_has_a_right_side() {
        let holds = |bound: Bound, figure| bound.holds(figure, 1.0);
        assert!(holds(AtLeast, 1.0) && holds(AtLeast, 1.1) && !holds(AtLeast, 0.999));
        assert!(holds(AtMost, 1.0) && holds(AtMost, 0.9) && !holds(AtMost, 1.001));
    }
}
