//! A wire between two namespaces, over which numbered packets go.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, UdpSocket},
    process, thread,
    time::Duration,
};

use causeway_common::faults::{Disturbance, FREED, Token};
use causeway_lab::{Netns, ip};
use causeway_tests::faults::{
    Faults, Witness, inode,
    packet::{self, Read},
};
use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};

/// Packets of a run.
pub(crate) const PACKETS: u32 = 2000;
const PORT: u16 = 7000;
const HERE: Ipv4Addr = Ipv4Addr::new(198, 18, 7, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(198, 18, 7, 2);
/// How long nothing comes before nothing more is expected.
const SILENCE: Duration = Duration::from_millis(500);

/// What came over the wire.
#[derive(Default)]
pub(crate) struct Arrived {
    /// Numbers of packets that are as they were sent, in their order.
    pub(crate) whole: Vec<u32>,
    pub(crate) harmed: usize,
    pub(crate) unknown: usize,
}

/// The wire; what comes out at its far end can be disturbed.
pub(crate) struct Wire {
    pub(crate) faults: Faults,
    witness: Witness,
    magic: u32,
    sender: UdpSocket,
    receiver: UdpSocket,
    far: Netns,
    _near: Netns,
}

impl Wire {
    pub(crate) fn lay(seed: u64) -> Self {
        let name = |end: &str| format!("cwf{}-{end}-{:x}", process::id(), rand::random::<u16>());
        let (near, far) = (Netns::create(&name("a")).unwrap(), Netns::create(&name("b")).unwrap());
        let pair = format!("link add eth0 type veth peer name eth0 netns {}", far.name());
        ip::ip(&near, &pair).unwrap();
        for (netns, own, other) in [(&near, HERE, THERE), (&far, THERE, HERE)] {
            // Every checksum is written, and nobody asks for neighbours: all packets are numbered ones.
            ip::words(netns, "ethtool", "-K eth0 tx off").unwrap();
            ip::ip(netns, &format!("address add {own}/24 dev eth0")).unwrap();
            let mac = |last| format!("02:00:00:00:07:{last:02x}");
            ip::ip(netns, &format!("link set eth0 address {} up", mac(own.octets()[3]))).unwrap();
            let lladdr = mac(other.octets()[3]);
            ip::ip(netns, &format!("neigh replace {other} lladdr {lladdr} dev eth0 nud permanent")).unwrap();
        }
        let receiver = far.run(|| UdpSocket::bind((THERE, PORT))).unwrap().unwrap();
        setsockopt(&receiver, RcvBufForce, &(16 << 20)).unwrap();
        receiver.set_read_timeout(Some(SILENCE)).unwrap();
        let sender = near.run(|| UdpSocket::bind((HERE, 0))).unwrap().unwrap();
        let magic = rand::random();
        let witness = Witness::begin(magic).unwrap();
        let faults = Faults::on(&far, "eth0", seed).unwrap();
        faults.tell_of(magic).unwrap();
        Self { faults, witness, magic, sender, receiver, far, _near: near }
    }

    /// Sends one packet to a port.
    pub(crate) fn send(&self, port: u16, number: u32) {
        let bytes = packet::write(Token::new(self.magic, 1, number), 60 + number as usize % 1000);
        // Who was told that nobody listens is told so when it sends next.
        let _ = self.sender.send_to(&bytes, (THERE, port));
    }

    /// A port on which nobody listens.
    pub(crate) fn nobody(&self) -> u16 {
        PORT + 1
    }

    /// Sends all packets of a run; what arrived.
    pub(crate) fn send_all(&self) -> Arrived {
        let arrived = thread::scope(|scope| {
            let receiving = scope.spawn(|| self.receive());
            for number in 0..PACKETS {
                self.send(PORT, number);
                thread::sleep(Duration::from_micros(100));
            }
            receiving.join()
        });
        arrived.unwrap()
    }

    fn receive(&self) -> Arrived {
        let (mut arrived, mut bytes) = (Arrived::default(), [0; 2048]);
        while let Ok(length) = self.receiver.recv(&mut bytes) {
            match packet::read(&bytes[..length], self.magic) {
                Read::Whole(token) => arrived.whole.push(token.number),
                Read::Harmed(_) => arrived.harmed += 1,
                Read::Unknown => arrived.unknown += 1,
            }
        }
        arrived
    }

    /// The numbers of packets to which this was done, as the injector tells it.
    pub(crate) fn told(&self, what: Disturbance) -> Vec<u32> {
        let news = self.faults.news().unwrap().into_iter();
        news.filter(|event| event.what == what as u32).map(|event| event.number).collect()
    }

    /// How many packets the far end dropped for a reason.
    pub(crate) fn freed(&self, reason: &str) -> usize {
        let key = (inode(&self.far).unwrap(), reason.to_owned());
        self.witness.freed().unwrap().get(&key).map_or(0, |count| usize::try_from(*count).unwrap())
    }

    /// Numbers of packets that the kernel dropped, each for a reason that has a name.
    pub(crate) fn freed_numbers(&self) -> BTreeSet<u32> {
        let news = self.witness.news().unwrap().into_iter().filter(|event| event.what == FREED);
        let named = news.inspect(|event| {
            let name = self.witness.reasons.name(event.reason, event.location);
            assert!(!name.starts_with("in "), "packet {} was dropped {name}", event.number);
        });
        named.map(|event| event.number).collect()
    }
}
