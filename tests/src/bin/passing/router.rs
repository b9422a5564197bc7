//! The same done by netfilter: packets for a port of the node are led to a backend elsewhere, under the node's own
//! address, and leave by the interface that they came in by.

use anyhow::Result;
use causeway::kernel::BenchPrograms;
use causeway_lab::{Netns, ip};
use nix::net::if_::if_nametoindex;

use crate::live::{self, Rate};

/// The port that is asked, and the backend's.
const PORT: u16 = 20_000;
const BACKENDS_PORT: u16 = 80;
/// Bytes of a frame.
const FRAME_LEN: usize = 60;

/// A router and what is outside of it.
pub(crate) struct Router {
    outside: Netns,
    _router: Netns,
}

impl Router {
    /// Builds it.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub(crate) fn new(name: &str) -> Result<Self> {
        let (router, outside) = (Netns::create(name)?, Netns::create(&format!("{name}-out"))?);
        for line in LINES {
            ip::words(&router, "ip", &line.replace("OUTSIDE", outside.name()))?;
        }
        ip::words(&outside, "ip", "link set up1 up")?;
        // NAPI, without which a veth takes no live frames.
        ip::words(&router, "ethtool", "-K up0 gro on")?;
        for setting in ["ip_forward=1", "conf.all.send_redirects=0", "conf.up0.send_redirects=0"] {
            ip::words(&router, "sysctl", &format!("-q -w net.ipv4.{setting}"))?;
        }
        for rule in [
            "add table ip nat",
            "add chain ip nat in { type nat hook prerouting priority -100 ; }",
            "add chain ip nat out { type nat hook postrouting priority 100 ; }",
            &format!("add rule ip nat in udp dport {PORT} dnat to 198.51.100.2:{BACKENDS_PORT}"),
            "add rule ip nat out oifname up0 masquerade",
        ] {
            ip::words(&router, "nft", rule)?;
        }
        Ok(Self { outside, _router: router })
    }

    /// Packets a second that come back for the backend.
    ///
    /// # Errors
    /// Where some are lost.
    pub(crate) fn rate(&self, traffic: &[u8], flows: u32, packets: u32) -> Result<Rate> {
        self.outside.run(|| {
            let out = if_nametoindex("up1")?;
            let constants =
                [("OUT", out), ("FLOWS", flows), ("WANTED_PORT", u32::from(BACKENDS_PORT.to_be()))];
            let mut programs = BenchPrograms::load(traffic, &constants)?;
            programs.set("TEMPLATE", template()?)?;
            programs.attach_tcx("arrive", "up1")?;
            // Conversations begin before it counts.
            programs.make("make", out, FRAME_LEN, flows)?;
            programs.set_of_each_cpu("COUNTED", [0_u64; 6])?;
            programs.make("make", out, FRAME_LEN, packets)?;
            live::rate(&programs, packets)
        })?
    }
}

const LINES: &[&str] = &[
    "link add up0 address 02:00:00:00:00:01 type veth peer name up1 netns OUTSIDE",
    "link set up0 up",
    "address add 198.51.100.1/24 dev up0",
    "neigh add 198.51.100.2 lladdr 02:00:00:00:00:02 dev up0 nud permanent",
    "neigh add 198.51.100.254 lladdr 02:00:00:00:00:fe dev up0 nud permanent",
    "route add default via 198.51.100.254",
];

/// A client's datagram, with source port 0.
fn template() -> Result<[u8; live::TEMPLATE]> {
    let builder = etherparse::PacketBuilder::ethernet2([2, 0, 0, 0, 0, 0xfe], [2, 0, 0, 0, 0, 1])
        .ipv4([100, 65, 0, 1], [198, 51, 100, 1], 64)
        .udp(0, PORT);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, &[0; 18])?;
    let mut template = [0; live::TEMPLATE];
    template[..bytes.len()].copy_from_slice(&bytes);
    Ok(template)
}
