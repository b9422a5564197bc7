//! What a container sends: ARP, packets that fit and packets that do not.

use causeway_common::Attachment;
use causeway_ebpf::{
    steps::{
        arp,
        destination::Way,
        ethertype::{self, Kind},
        notice::{self, Notice},
        route::forward,
        size, source,
    },
    wire::{self, ArpFrame, Ethernet, IpHeader as _, NoticeFrame, QUOTE, QUOTE_HEADERS, TransportFrame},
};

use super::{ETHERNET, IP, TRANSPORT, length, tunnel, word};
use crate::checksum;

/// The container.
const FROM: Attachment = Attachment {
    vni: 4097,
    addr: [10, 0, 1, 2],
    mac: [2, 0x42, 10, 0, 1, 2],
    gateway_mac: [2, 0x42, 10, 0, 1, 1],
    gateway: [10, 0, 1, 1],
    mtu: 1450,
    flags: 0,
    ifindex: 0,
};

/// As `from_container` takes a frame apart.
pub(super) fn from_container(mut frame: Vec<u8>, gso: u16) {
    let Some(eth) = wire::of::<Ethernet>(&mut frame) else { return };
    if source::check_mac(eth, &FROM).is_err() {
        return;
    }
    match ethertype::kind(eth) {
        Ok(Kind::Arp) => answer(&mut frame),
        Ok(Kind::Ipv4) => carry(frame, gso),
        Err(_) => {}
    }
}

/// An answer goes back to who asked, and says the MAC of what was asked for.
fn answer(frame: &mut [u8]) {
    let before = frame.to_vec();
    let Some(view) = wire::of::<ArpFrame>(frame) else { return };
    let Ok(asked) = arp::asked(&view.arp, &FROM) else { return };
    assert!(asked != FROM.addr && view.arp.sha == FROM.mac);
    let Ok(mac) = arp::answer(asked, Some([2, 0, 0, 0, 0, 9]), &FROM) else { return };
    arp::reply(view, mac);
    assert_eq!((view.eth.dst, view.eth.src), (FROM.mac, mac));
    assert_eq!((view.arp.tha, view.arp.sha, view.arp.spa), (FROM.mac, mac, asked));
    assert_eq!(frame[42..], before[42..], "nothing else");
}

fn carry(mut frame: Vec<u8>, gso: u16) {
    let size = size::Size { frame: length(&frame), gso: gso.into() };
    let (before, packet) = (frame.clone(), size.packet());
    let Some(view) = tunnel::sound(&mut frame, packet) else { return };
    let headers = size::Headers { ip: view.ip.header_len(), protocol: view.ip.protocol() };
    assert!(word(&before, ETHERNET + 2) <= packet && (20..=packet).contains(&headers.ip));
    through_the_gateway(&mut before.clone());
    match size.check(&headers, FROM.mtu, |at| before.get(at as usize).copied()) {
        Ok(()) => tunnel::to_node(&before, packet.wrapping_mul(0x9e37_79b1)),
        Err(_) => tell(&before, Notice::too_big(gso)),
    }
}

/// A hop less leaves a checksum right that was right.
fn through_the_gateway(frame: &mut [u8]) {
    let is_whole = checksum::holds(&frame[ETHERNET..TRANSPORT]);
    let Some(view) = wire::of::<wire::Ipv4Frame>(frame) else { return };
    let hops = view.ip.hops_left();
    let to = causeway_common::Endpoint::default();
    let passes = forward(&mut view.eth, &mut view.ip, &to, &FROM, Way::Gateway).is_ok();
    assert_eq!(passes, hops > 1);
    assert!(!passes || view.ip.hops_left() + 1 == hops);
    assert!(!is_whole || checksum::holds(&frame[ETHERNET..TRANSPORT]));
}

/// What a sender is told is whole, and of the packet's beginning; who only complains itself is told nothing.
fn tell(frame: &[u8], notice: Notice) {
    let mut copy = frame.to_vec();
    let Some(view) = wire::of::<TransportFrame>(&mut copy) else { return };
    if notice.is_due(view) {
        let is_complaint = frame[ETHERNET + 9] == 1 && matches!(frame[TRANSPORT], 3 | 11 | 12);
        assert!(!is_complaint, "a complaint about a complaint");
    }
    let mut out = frame[..ETHERNET].to_vec();
    out.resize(ETHERNET + QUOTE_HEADERS as usize, 0);
    out.extend(&frame[ETHERNET..]);
    out.resize(ETHERNET + (QUOTE_HEADERS + QUOTE) as usize, 0);
    let quoted = out[ETHERNET + QUOTE_HEADERS as usize..].to_vec();
    for to_container in [true, false] {
        let view = wire::of::<NoticeFrame>(&mut out).expect("room for it");
        if to_container {
            notice::to_container(view, &FROM, notice)
        } else {
            notice::to_outside(view, notice)
        }
        assert!(checksum::holds(&out[ETHERNET..ETHERNET + IP]), "its header's checksum");
        assert!(checksum::holds(&out[TRANSPORT..]), "its own checksum");
        assert_eq!(word(&out, ETHERNET + 2) + 14, length(&out));
        assert_eq!(out[ETHERNET + QUOTE_HEADERS as usize..], quoted);
    }
}
