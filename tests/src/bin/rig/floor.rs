//! The floor on one node: programs that look nothing up stay attached as long as this runs.

use std::{net::Ipv4Addr, path::PathBuf, thread};

use anyhow::{Context as _, Result};
use causeway::kernel::BenchPrograms;
use causeway_common::Mac;
use causeway_lab::Netns;
use clap::{Args, Subcommand};
use etherparse::PacketBuilder;
use nix::net::if_::if_nametoindex;

/// VXLAN's port (RFC 7348).
const PORT: u16 = 4789;
/// Ethernet, IPv4, UDP, VXLAN and Ethernet again, in words; and the sum.
const WORDS: usize = 8;
/// The IPv4 header in there, and its fields that depend on the packet: its length and its sum.
const IPV4: std::ops::Range<usize> = 14..34;
const LENGTH: std::ops::Range<usize> = 16..18;
const SUM: std::ops::Range<usize> = 24..26;
/// The UDP header's length and sum; the latter stays zero.
const UDP: std::ops::Range<usize> = 38..42;

/// Hold programs in place that only carry packets, until the end.
#[derive(Args)]
pub(crate) struct Floor {
    /// The object of programs.
    #[arg(long)]
    object: PathBuf,
    /// The node's namespace.
    #[arg(long)]
    node: String,
    #[command(subcommand)]
    road: Road,
}

/// Between whom they carry.
#[derive(Subcommand)]
enum Road {
    /// Two containers of the node, by their interfaces there.
    Across { one: String, other: String },
    /// A container of this node and one of another.
    Between(Between),
}

#[derive(Args)]
struct Between {
    /// The container's interface on the node.
    #[arg(long)]
    veth: String,
    /// The interface to the other node.
    #[arg(long)]
    uplink: String,
    /// MACs of the nodes, and of the containers: here and there each.
    #[arg(long, num_args = 4, value_parser = mac)]
    macs: Vec<Mac>,
    /// Addresses of the nodes, here and there.
    #[arg(long, num_args = 2)]
    vteps: Vec<Ipv4Addr>,
}

impl Floor {
    pub(crate) fn run(self) -> Result<()> {
        let node = Netns::open(&self.node)?;
        let object = std::fs::read(&self.object).with_context(|| self.object.display().to_string())?;
        let _programs = node.run(|| self.road.attach(&object))??;
        loop {
            thread::park();
        }
    }
}

impl Road {
    fn attach(&self, object: &[u8]) -> Result<Vec<BenchPrograms>> {
        match self {
            Self::Across { one, other } => [(one, other), (other, one)]
                .into_iter()
                .map(|(from, into)| {
                    let mut programs = BenchPrograms::load(object, &[("INTO", index(into)?)])?;
                    programs.attach_tcx("across", from)?;
                    Ok(programs)
                })
                .collect(),
            Self::Between(between) => Ok(vec![between.attach(object)?]),
        }
    }
}

impl Between {
    fn attach(&self, object: &[u8]) -> Result<BenchPrograms> {
        let constants = [("INTO", index(&self.veth)?), ("UPLINK", index(&self.uplink)?)];
        let mut programs = BenchPrograms::load(object, &constants)?;
        programs.set("OUTER", self.outer()?)?;
        programs.attach_tcx("wrap", &self.veth)?;
        programs.attach_tcx("unwrap", &self.uplink)?;
        Ok(programs)
    }

    /// What goes before a packet, as it lies in memory, and the sum of its IPv4 header.
    fn outer(&self) -> Result<[u64; WORDS + 1]> {
        let ([here, there, inner_here, inner_there], [from, to]) = (&self.macs[..], &self.vteps[..]) else {
            unreachable!("as many are asked for");
        };
        // VXLAN: a VNI is there, 4097. Behind it, the container's Ethernet header.
        let mut inner = vec![8, 0, 0, 0, 0, 0x10, 1, 0];
        inner.extend([*inner_there, *inner_here].concat());
        inner.extend(0x0800_u16.to_be_bytes());
        let headers =
            PacketBuilder::ethernet2(*here, *there).ipv4(from.octets(), to.octets(), 64).udp(PORT, PORT);
        let mut bytes = Vec::new();
        headers.write(&mut bytes, &inner)?;
        for field in [LENGTH, SUM, UDP] {
            bytes[field].fill(0);
        }
        let sum = bytes[IPV4].as_chunks().0.iter().map(|half| u64::from(u16::from_ne_bytes(*half))).sum();
        let mut words = [sum; WORDS + 1];
        for (word, eight) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*eight);
        }
        Ok(words)
    }
}

fn index(name: &str) -> Result<u32> {
    if_nametoindex(name).with_context(|| name.to_owned())
}

/// Six bytes in hexadecimal.
fn mac(text: &str) -> Result<Mac> {
    let bytes: Vec<u8> =
        text.split(':').map(|byte| u8::from_str_radix(byte, 16)).collect::<Result<_, _>>()?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("a MAC has six bytes"))
}
