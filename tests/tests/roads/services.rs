//! Services in the scene: their tables as the daemon would make them, and who answers.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    time::Duration,
};

use causeway::{kernel, plan::Step};
use causeway_common::{Backend, Ipv4, MemberKey, Namespace, Service, node, service};
use causeway_lab::Netns;

use crate::scene::{CONTAINERS, NET, Scene, mac};

/// A service's address.
pub(crate) const VIP: Ipv4 = [10, 255, 0, 7];
/// A backend on another node.
pub(crate) const FAR: Ipv4 = [10, 9, 0, 77];
/// The service's number.
const NUMBER: u32 = 5;
/// Slots of its rings.
const SLOTS: u32 = 256;
/// Where the second one begins.
const LOCAL_RING: u32 = 1024;

impl Scene {
    /// Looks after the namespaces of the containers; the resolver is at these ports of each.
    pub(crate) fn look_after(&mut self, dns_udp: u16, dns_tcp: u16) {
        self.look_after_these((dns_udp, dns_tcp), 0);
    }

    /// Likewise, where the namespaces are of some kind.
    pub(crate) fn look_after_these(&mut self, (dns_udp, dns_tcp): (u16, u16), flags: u32) {
        let namespace = Namespace { dns_udp: dns_udp.to_be_bytes(), dns_tcp: dns_tcp.to_be_bytes(), flags };
        let mut steps = Vec::new();
        for (netns, (_, addr, network)) in [&self.a, &self.b, &self.c].into_iter().zip(CONTAINERS) {
            let cookie = netns.run(kernel::netns_cookie).unwrap().unwrap();
            steps.push(Step::PutNamespace(cookie, namespace));
            steps.push(Step::PutMember(MemberKey { cookie, network, reserved: 0 }, addr));
        }
        self.dataplane.apply(&steps).unwrap();
    }

    /// A service of the first network at [`VIP`], with these backends; its other properties are the
    /// template's.
    pub(crate) fn serve(&mut self, backends: &[Ipv4], template: Service) {
        self.look_after(0, 0);
        let number = if template.number == 0 { NUMBER } else { template.number };
        let backends: BTreeMap<Ipv4, u16> = backends.iter().copied().zip(1..).collect();
        let steps = backends.iter().map(|(addr, i)| put((*i).into(), *addr, service::ACTIVE, number));
        let here = backends.iter().filter(|(addr, _)| **addr != FAR).map(|(_, i)| *i).collect();
        let all = backends.values().copied().collect();
        self.dataplane.apply(&steps.collect::<Vec<_>>()).unwrap();
        self.put_service(Service { network: NET, number, ..template }, [all, here]);
    }

    /// Gives the service other backends, by their indices: all, and none here.
    pub(crate) fn replace_ring(&mut self, backends: &[u16]) {
        let service = self.dataplane.observe().unwrap().services_v4[&VIP];
        self.put_service(service, [backends.to_vec(), Vec::new()]);
    }

    /// The service with rings of these backends in turn.
    fn put_service(&mut self, service: Service, [all, here]: [Vec<u16>; 2]) {
        let slots = |ring: &Vec<u16>| if ring.is_empty() { 0 } else { SLOTS };
        for (first, ring) in [(0, &all), (LOCAL_RING, &here)] {
            let ring: Vec<u16> = ring.iter().copied().cycle().take(slots(ring) as usize).collect();
            self.dataplane
                .apply(&[Step::PutRing(first, ring.into())][..usize::from(slots(&all) != 0)])
                .unwrap();
        }
        let rings = Service {
            ring: 0,
            slots: slots(&all),
            local_ring: LOCAL_RING,
            local_slots: slots(&here),
            ..service
        };
        self.dataplane.apply(&[Step::PutService(VIP, rings)]).unwrap();
    }

    /// Changes how far a backend is, by its index.
    pub(crate) fn mark(&mut self, index: u32, addr: Ipv4, flags: u16) {
        self.dataplane.apply(&[put(index, addr, flags, NUMBER)]).unwrap();
    }
}

fn put(index: u32, addr: Ipv4, flags: u16, service: u32) -> Step {
    let node = if addr == FAR { 1 } else { node::LOCAL };
    Step::PutBackend(index, Backend { addr, vni: NET, node, mac: mac(addr), flags, service })
}

/// Where a UDP socket of a namespace is really connected to: what its own packets will carry.
pub(crate) fn led_to(netns: &Netns, to: SocketAddr) -> SocketAddr {
    netns
        .run(|| {
            let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            let socket = UdpSocket::bind(any).unwrap();
            socket.connect(to).unwrap();
            remote(socket.local_addr().unwrap().port(), to.is_ipv4())
        })
        .unwrap()
}

/// The remote end that the kernel shows of the socket with this local port.
fn remote(port: u16, v4: bool) -> SocketAddr {
    let table = if v4 { "udp" } else { "udp6" };
    let text = std::fs::read_to_string(format!("/proc/thread-self/net/{table}")).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let local = format!(":{port:04X}");
    let row = rows.into_iter().find(|row| row[1].ends_with(&local)).unwrap();
    let (addr, port) = row[2].split_once(':').unwrap();
    let addr = u32::from_str_radix(&addr[addr.len() - 8..], 16).unwrap().swap_bytes();
    (Ipv4Addr::from(addr), u16::from_str_radix(port, 16).unwrap()).into()
}

/// Listens in a namespace for as long as the listener lives.
pub(crate) fn listen(netns: &Netns, port: u16) -> TcpListener {
    netns.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap()).unwrap()
}

/// A UDP socket of a namespace at a port (0: any).
pub(crate) fn udp(netns: &Netns, port: u16) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket
}
