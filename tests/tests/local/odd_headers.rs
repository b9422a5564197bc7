//! Packets of a container whose headers are odd: IP options, tiny fragments, wrong lengths and checksums, redirects.
//! None reaches who would be harmed; each is counted, by the dataplane or by the kernel that it is left to.

use std::{collections::BTreeMap, net::Ipv4Addr};

use causeway_lab::{Netns, ip};
use etherparse::{
    IpFragOffset, IpNumber, Ipv4Header, Ipv4Options,
    checksum::Sum16BitWords,
    icmpv4::{CODE_REDIRECT_FOR_HOST, TYPE_REDIRECT},
};

use super::{
    figures::{counted, drops_since},
    hostile::{EAR, Scene},
};

/// Packets of each of the many kinds.
const MANY: u64 = 10_000;

/// Loose source route (RFC 791 §3.1) by way of an address, and the end of the list.
fn source_route(by: Ipv4Addr) -> Ipv4Options {
    let [a, b, c, d] = by.octets();
    Ipv4Options::from([131, 7, 4, a, b, c, d, 0])
}

/// A datagram to the ear, with a checksum that says that there is none.
fn datagram() -> Vec<u8> {
    let [port, length] = [EAR, 8 + 5].map(u16::to_be_bytes);
    [&port[..], &port, &length, &[0, 0], b"a lie"].concat()
}

/// A redirect (RFC 792) to the liar, about what somebody sends to `about`.
fn redirect(gateway: Ipv4Addr, from: Ipv4Addr, about: Ipv4Addr) -> Vec<u8> {
    let quoted = Ipv4Header::new(8, 64, IpNumber::UDP, from.octets(), about.octets()).unwrap();
    let mut message = vec![TYPE_REDIRECT, CODE_REDIRECT_FOR_HOST, 0, 0];
    message.extend(gateway.octets());
    quoted.write(&mut message).unwrap();
    message.extend([0; 8]);
    let sum = Sum16BitWords::new().add_slice(&message).ones_complement();
    message[2..4].copy_from_slice(&sum.to_ne_bytes());
    message
}

/// An IPv4 packet of the liar's.
struct Odd {
    header: Ipv4Header,
    payload: Vec<u8>,
}

impl Odd {
    fn new(scene: &Scene, to: Ipv4Addr) -> Self {
        let payload = datagram();
        let length = u16::try_from(payload.len()).unwrap();
        let header = Ipv4Header::new(length, 64, IpNumber::UDP, scene.own.octets(), to.octets()).unwrap();
        Self { header, payload }
    }

    fn with_payload(mut self, protocol: IpNumber, payload: Vec<u8>) -> Self {
        self.header.protocol = protocol;
        self.header.set_payload_len(payload.len()).unwrap();
        Self { payload, ..self }
    }

    fn with_options(mut self, options: Ipv4Options) -> Self {
        self.header.options = options;
        let length = self.payload.len();
        self.header.set_payload_len(length).unwrap();
        self
    }

    /// The first eight bytes of it, and more is said to follow.
    fn first_fragment(mut self) -> Self {
        self.payload.truncate(8);
        self.header.more_fragments = true;
        self.header.set_payload_len(8).unwrap();
        self
    }

    /// What follows the first eight bytes.
    fn last_fragment(mut self) -> Self {
        self.payload.drain(..8);
        self.header.fragment_offset = IpFragOffset::try_new(1).unwrap();
        self.header.set_payload_len(self.payload.len()).unwrap();
        self
    }

    /// The frame, to its next hop.
    fn frame(mut self, scene: &Scene) -> Vec<u8> {
        self.header.header_checksum = self.header.calc_header_checksum();
        let mut frame = scene.ethernet(self.header.destination.into());
        self.header.write_raw(&mut frame).unwrap();
        frame.extend(self.payload);
        frame
    }
}

/// Bytes of Ethernet's header: where IP's begins.
const IP: usize = 14;

/// Sends one frame many times; nobody hears it, the dataplane drops none, and a kernel counts all.
fn is_refused_there(scene: &Scene, frame: &[u8], by: &Netns, (protocol, counter): (&str, &str)) {
    let (before, refused) = (scene.stage.drops(), counted(by, protocol, counter));
    (0..MANY).for_each(|_| scene.liar.send(frame).unwrap());
    assert_eq!(counted(by, protocol, counter) - refused, MANY, "{protocol} {counter}");
    assert_eq!(drops_since(&before, &scene.stage.drops()), BTreeMap::new());
    scene.is_silent();
}

#[test]
fn lengths_that_are_wrong_are_dropped() {
    let scene = Scene::of(MANY);
    for to in [scene.victim, scene.stage.lab.client().address()] {
        let sound = Odd::new(&scene, to).frame(&scene);
        let with = |at: usize, bytes: &[u8]| {
            let mut frame = sound.clone();
            frame[at..at + bytes.len()].copy_from_slice(bytes);
            frame
        };
        let [longer, shorter] = [20 + 8 + 6_u16, 19].map(u16::to_be_bytes);
        for frame in [with(IP + 2, &longer), with(IP + 2, &shorter), with(IP, &[0x44]), with(IP, &[0x65])] {
            scene.is_dropped(&frame, "malformed");
        }
    }
}

#[test]
fn checksums_that_are_wrong_are_not_made_right() {
    let scene = Scene::of(MANY);
    let client = scene.stage.lab.client();
    let victim = &scene.stage.netns("victim");
    // On the way to the client it is the switch, whose bridge looks at IP headers (br_netfilter).
    let switch = scene.stage.lab.switch();
    for (to, by, first) in [(scene.victim, victim, victim), (client.address(), &client.netns, switch)] {
        let mut wrong = datagram();
        wrong[6..8].copy_from_slice(&[0xbe, 0xef]);
        let wrong = Odd::new(&scene, to).with_payload(IpNumber::UDP, wrong).frame(&scene);
        is_refused_there(&scene, &wrong, by, ("Udp", "InCsumErrors"));
        let mut header = Odd::new(&scene, to).frame(&scene);
        header[IP + 10] ^= 0x10;
        is_refused_there(&scene, &header, first, ("Ip", "InHdrErrors"));
        let mut longer = datagram();
        longer[5] += 1;
        let longer = Odd::new(&scene, to).with_payload(IpNumber::UDP, longer).frame(&scene);
        is_refused_there(&scene, &longer, by, ("Udp", "InErrors"));
    }
}

#[test]
fn options_take_nobody_anywhere() {
    let scene = Scene::of(MANY);
    let outside = scene.stage.lab.client().address();
    let by_victim = Odd::new(&scene, outside).with_options(source_route(scene.victim));
    scene.is_dropped(&by_victim.frame(&scene), "untranslatable");
    // By way of the victim to the outside: its kernel does not take part.
    let by_victim = Odd::new(&scene, scene.victim).with_options(source_route(outside)).frame(&scene);
    let before = scene.stage.drops();
    (0..MANY).for_each(|_| scene.liar.send(&by_victim).unwrap());
    assert_eq!(drops_since(&before, &scene.stage.drops()), BTreeMap::new());
    scene.is_silent();
}

#[test]
fn tiny_fragments_are_not_put_together_on_the_way() {
    let scene = Scene::of(MANY);
    let outside = scene.stage.lab.client().address();
    scene.is_dropped(&Odd::new(&scene, outside).first_fragment().frame(&scene), "fragment");
    scene.is_dropped(&Odd::new(&scene, outside).last_fragment().frame(&scene), "fragment");
    // Inside a network they are the receiver's to put together: it waits for the rest.
    let first = Odd::new(&scene, scene.victim).first_fragment().frame(&scene);
    is_refused_there(&scene, &first, &scene.stage.netns("victim"), ("Ip", "ReasmReqds"));
}

#[test]
fn nobody_is_redirected() {
    let scene = Scene::of(MANY);
    let victim = scene.stage.netns("victim");
    let outside = scene.stage.lab.client().address();
    let way = || ip::words(&victim, "ip", &format!("route get {outside}")).unwrap();
    let before = way();
    let lie = redirect(scene.own, scene.victim, outside);
    // In the gateway's name, which would be believed; and in its own, which is no gateway's.
    let mut as_gateway = Odd::new(&scene, scene.victim).with_payload(IpNumber::ICMP, lie.clone());
    as_gateway.header.source = scene.gateway.octets();
    scene.is_dropped(&as_gateway.frame(&scene), "spoofed_ip");
    let own = Odd::new(&scene, scene.victim).with_payload(IpNumber::ICMP, lie).frame(&scene);
    is_refused_there(&scene, &own, &victim, ("Icmp", "InRedirects"));
    assert_eq!(way(), before);
    let believed = ip::words(&victim, "ip", "route show cache").unwrap();
    assert_eq!(believed, "");
}
