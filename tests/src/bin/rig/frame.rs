//! The frame that all are made from: a small datagram, as it is or as another node has put it into VXLAN.

use std::{net::Ipv4Addr, str::FromStr};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use etherparse::PacketBuilder;

/// Bytes of a datagram's payload: with its headers the smallest frame that Ethernet has, without its checksum.
const PAYLOAD: usize = 18;
/// Where the source port is, and the UDP checksum, of a frame that is not carried.
const PORT_AT: u32 = 34;
const CHECKSUM_AT: u32 = 40;
/// Bytes of the outer headers.
const OUTER: u32 = 50;

/// A MAC address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mac(pub(crate) [u8; 6]);

impl FromStr for Mac {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let bytes: Vec<u8> = text
            .split(':')
            .map(|byte| u8::from_str_radix(byte, 16))
            .collect::<Result<_, _>>()
            .with_context(|| format!("{text} is no MAC"))?;
        let Ok(mac) = bytes.try_into() else { bail!("{text} is no MAC") };
        Ok(Self(mac))
    }
}

/// From whom to whom.
#[derive(Args, Clone, Debug)]
pub(crate) struct Frame {
    /// MAC that it comes from.
    #[arg(long)]
    source_mac: Mac,
    /// MAC that it is for.
    #[arg(long)]
    target_mac: Mac,
    /// Address that it comes from.
    #[arg(long)]
    source: Ipv4Addr,
    /// Address that it is for.
    #[arg(long)]
    target: Ipv4Addr,
    /// Port that it is for.
    #[arg(long)]
    pub(crate) port: u16,
    /// The node that has put it into VXLAN: its MAC and address, the receiving node's, and the VNI.
    #[arg(long, num_args = 5)]
    carried_by: Vec<String>,
}

impl Frame {
    /// Its bytes, with source port 0.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let inner = datagram(
            (self.source_mac, self.target_mac),
            (self.source, self.target),
            (0, self.port),
            &[0; PAYLOAD],
        )?;
        let [mac, node, to_mac, to_node, vni] = &self.carried_by[..] else { return Ok(inner) };
        // RFC 7348: the VNI is there, 24 bits of it.
        let vni: u32 = vni.parse()?;
        let mut payload = vec![8, 0, 0, 0];
        payload.extend((vni << 8).to_be_bytes());
        payload.extend(inner);
        let mut outer = datagram(
            (mac.parse()?, to_mac.parse()?),
            (node.parse()?, to_node.parse()?),
            (0xc123, 4789),
            &payload,
        )?;
        // As both ends send it: without a checksum of its own.
        outer[CHECKSUM_AT as usize..][..2].fill(0);
        Ok(outer)
    }

    /// What the program that makes frames must know of it.
    pub(crate) fn constants(&self) -> [(&'static str, u32); 3] {
        let behind = if self.carried_by.is_empty() { 0 } else { OUTER };
        [("CARRIED", behind), ("PORT_AT", PORT_AT + behind), ("CHECKSUM_AT", CHECKSUM_AT + behind)]
    }
}

fn datagram(
    macs: (Mac, Mac),
    addresses: (Ipv4Addr, Ipv4Addr),
    ports: (u16, u16),
    payload: &[u8],
) -> Result<Vec<u8>> {
    let builder = PacketBuilder::ethernet2(macs.0.0, macs.1.0)
        .ipv4(addresses.0.octets(), addresses.1.octets(), 64)
        .udp(ports.0, ports.1);
    let mut bytes = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut bytes, payload)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{Frame, Mac};

    fn frame(carried_by: &[&str]) -> Frame {
        Frame {
            source_mac: Mac([2, 0, 0, 0, 0, 1]),
            target_mac: "02:00:00:00:00:02".parse().unwrap(),
            source: [10, 0, 0, 1].into(),
            target: [10, 0, 0, 2].into(),
            port: 7777,
            carried_by: carried_by.iter().map(|&word| word.to_owned()).collect(),
        }
    }

    #[test]
    fn a_small_frame_has_sixty_bytes_and_fifty_more_where_it_is_carried() {
        assert_eq!(frame(&[]).bytes().unwrap().len(), 60);
        let carried = frame(&["02:00:00:00:00:0a", "198.18.0.2", "02:00:00:00:00:0b", "198.18.0.1", "4097"]);
        let bytes = carried.bytes().unwrap();
        assert_eq!(bytes.len(), 110);
        assert_eq!(bytes[42..50], [8, 0, 0, 0, 0, 0x10, 0x01, 0]);
        assert_eq!(bytes[40..42], [0, 0]);
        assert_eq!(bytes[50..], frame(&[]).bytes().unwrap());
        assert_eq!(carried.constants().map(|(_, value)| value), [50, 84, 90]);
    }

    #[test]
    fn a_mac_has_six_bytes() {
        assert!("02:00:00:00:00".parse::<Mac>().is_err() && "x".parse::<Mac>().is_err());
    }
}
