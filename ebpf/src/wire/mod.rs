//! Headers as they stand on the wire, by field name; the one bounds check; checksum arithmetic.
//!
//! Every header is made of bytes (alignment 1), so a view is valid wherever a packet begins.

mod checksum;
mod ethernet;
mod frames;
mod ip;
mod lengths;
mod transport;
mod view;
mod words;

pub use checksum::{add_delta, change, delta, fold, invert, replace, sum};
pub use ethernet::{ARP, Ethernet, IPV4, VLAN, VLAN_SERVICE};
pub use frames::{ArpFrame, EncapsulatedFrame, Ipv4Frame, UdpFrame, VxlanFrame};
pub use ip::IpHeader;
pub use lengths::{ETHERNET_LEN, IPV4_LEN, OUTER_LEN, UDP_LEN, VXLAN_LEN};
pub use transport::{
    CarriedFrame, CarriedTcpFrame, Eight, ErrorFrame, ICMP, NoticeFrame, QUOTE, QUOTE_HEADERS, Quote, TCP,
    TRANSPORT, Tcp, TcpErrorFrame, TcpFrame, TransportFrame, UDP,
};
pub use view::{Header, of, view};
pub use words::{blank_flows, copy_mac, copy_outer, mac_words, settle, swap_macs};
