//! Endpoints that come and go by the thousand, fifty at a time, over eight addresses: who answers under
//! an address is who has it, and nothing of those who went stays.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use causeway::{
    api::types::{Attach, AttachTarget, ContainerAttach, Wait},
    client::{Client, ClientError},
};
use causeway_common::names;
use causeway_lab::{Netns, ip};

use super::{
    cast::Stage,
    figures::{drops_since, maps_bytes, resident},
};

/// Namespaces that want an address at the same time.
const GUESTS: usize = 50;
/// How often one of them gets one, is asked, and gives it back.
const STAYS: usize = 1000;
/// Stays after which the daemon has whatever it will ever need.
const WARM: usize = 500;
/// Where everybody answers with a name.
const PORT: u16 = 7;
const QUESTION: &[u8] = b"who?";
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// All of it: a bound, not a measure.
const LONGEST: Duration = Duration::from_secs(180);

/// A namespace that answers whoever asks with its name.
struct Guest {
    name: String,
    netns: Netns,
    socket: UdpSocket,
}

impl Guest {
    fn new(stage: &Stage, number: usize) -> Self {
        let name = format!("guest{number}");
        let netns = Netns::create(&format!("{}-{name}", stage.lab.layout().prefix)).unwrap();
        let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT))).unwrap().unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { name, netns, socket }
    }

    fn attached(&self) -> ContainerAttach {
        let network = Attach { network: "few".into(), ip: None, mac: None, aliases: Vec::new() };
        ContainerAttach {
            name: self.name.clone(),
            target: AttachTarget::Netns(self.netns.path()),
            networks: vec![network],
            services: Vec::new(),
            labels: Default::default(),
        }
    }

    /// Its address now.
    fn address(&self) -> Ipv4Addr {
        let own = || {
            nix::ifaddrs::getifaddrs()
                .unwrap()
                .find_map(|one| (one.interface_name == "eth0").then_some(one.address?.as_sockaddr_in()?.ip()))
        };
        self.netns.run(own).unwrap().unwrap()
    }

    /// Answers one question.
    fn answer(&self) {
        let mut heard = [0; 64];
        let (length, from) = self.socket.recv_from(&mut heard).unwrap();
        assert_eq!(heard[..length], *QUESTION);
        self.socket.send_to(self.name.as_bytes(), from).unwrap();
    }

    /// Who answers somebody that asks this address.
    fn is_who_answers(&self, asker: &UdpSocket, addr: Ipv4Addr) {
        asker.send_to(QUESTION, (addr, PORT)).unwrap();
        self.answer();
        let mut name = [0; 64];
        let (length, from) = asker.recv_from(&mut name).unwrap();
        assert_eq!(from, SocketAddr::from((addr, PORT)));
        assert_eq!(&name[..length], self.name.as_bytes(), "{addr} is another's");
    }

    /// Says its name to the outside, and hears it from there.
    fn hears_itself(&self, outside: Ipv4Addr) {
        self.socket.send_to(self.name.as_bytes(), (outside, PORT)).unwrap();
        let mut heard = [0; 64];
        let (length, _) = self.socket.recv_from(&mut heard).unwrap();
        assert_eq!(&heard[..length], self.name.as_bytes(), "another's answer");
    }
}

/// An outside that repeats what it hears, until it hears nothing.
fn echo(socket: &UdpSocket) {
    let mut heard = [0; 64];
    while let Ok((length @ 1.., from)) = socket.recv_from(&mut heard) {
        socket.send_to(&heard[..length], from).unwrap();
    }
}

/// Ends the stays of all when one goes wrong: its address does not come back.
struct Alarm<'s>(&'s AtomicUsize);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fetch_add(2 * STAYS, Ordering::Relaxed);
        }
    }
}

/// Bytes of memory that the node takes.
#[derive(Clone, Copy, Debug)]
struct Memory {
    daemon: u64,
    maps: u64,
}

impl Memory {
    fn of(stage: &Stage) -> Self {
        Self { daemon: resident(stage), maps: maps_bytes(stage) }
    }

    /// Whether it is, by less than a twentieth, what it was.
    const fn is_hardly_more_than(self, before: Self) -> bool {
        self.daemon * 20 < before.daemon * 21 && self.maps * 20 < before.maps * 21
    }
}

/// Fifty namespaces, who asks them, and whom they talk to.
struct Scene {
    stage: Stage,
    client: Client,
    guests: Vec<Guest>,
    asker: Netns,
    outside: Ipv4Addr,
    /// Stays that have begun, and the memory taken when half of them had.
    stays: AtomicUsize,
    warm: OnceLock<Memory>,
}

impl Scene {
    fn set() -> Self {
        let stage = Stage::new();
        // The asker has the ninth address, the gateway is beyond them all.
        let network = "--subnet 10.88.0.0/24 --ip-range 10.88.0.8/29 --gateway 10.88.0.1 few";
        stage.node().cw(&format!("network create -d bridge {network}")).unwrap();
        stage.run("asker", "--network few --ip 10.88.0.100", "exec sleep 900");
        let host = format!("unix://{}", stage.lab.layout().node_dir(1).join("run/causeway.sock").display());
        Self {
            client: Client::new(&host).unwrap(),
            guests: (0..GUESTS).map(|number| Guest::new(&stage, number)).collect(),
            asker: stage.netns("asker"),
            outside: stage.lab.client().address(),
            stays: AtomicUsize::new(0),
            warm: OnceLock::new(),
            stage,
        }
    }

    /// Comes and goes until there were enough stays.
    fn come_and_go(&self, guest: &Guest) {
        let bound = || UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let asker = self.asker.run(bound).unwrap();
        asker.set_read_timeout(Some(PATIENCE)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (wait, _alarm) = (Wait { timeout: 30 }, Alarm(&self.stays));
        loop {
            let number = self.stays.fetch_add(1, Ordering::Relaxed);
            if number >= STAYS {
                return;
            }
            if number == WARM {
                self.warm.set(Memory::of(&self.stage)).unwrap();
            }
            while let Err(refusal) = runtime.block_on(self.client.attach(&guest.attached(), wait)) {
                assert!(is_full(&refusal), "{refusal}");
                assert!(
                    self.stays.load(Ordering::Relaxed) < 2 * STAYS,
                    "somebody did not give an address back"
                );
                thread::sleep(Duration::from_millis(100));
            }
            guest.is_who_answers(&asker, guest.address());
            guest.hears_itself(self.outside);
            runtime.block_on(self.client.detach(&guest.name, wait)).unwrap();
        }
    }

    /// Interfaces and pinned links of the node, and entries of its tables.
    fn things(&self) -> Vec<String> {
        let node = &self.stage.node().netns;
        let layout = self.stage.lab.layout().bpf_dir(1).join(names::LAYOUT);
        let mut things: Vec<String> =
            ip::words(node, "ip", "-br link").unwrap().lines().map(str::to_owned).collect();
        let links = fs::read_dir(layout.join("links")).unwrap().flatten();
        things.extend(links.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        for map in [names::ATTACHMENTS, names::ENDPOINTS_V4, names::FLOWS_V4, names::FLOWS_NEW_V4] {
            let path = layout.join("maps").join(map);
            let dump = ip::words(node, "bpftool", &format!("-j map dump pinned {}", path.display())).unwrap();
            let entries: Vec<serde_json::Value> = serde_json::from_str(&dump).unwrap();
            things.push(format!("{} entries of {map}", entries.len()));
        }
        things.push(self.stage.node().cw("ps -a -q").unwrap());
        things.sort();
        things
    }
}

fn is_full(refusal: &ClientError) -> bool {
    refusal.to_string().contains("address")
}

#[test]
fn a_thousand_stays_at_eight_addresses_mix_nobody_up_and_leave_nothing() {
    let scene = Scene::set();
    let outside = &scene.stage.lab.client().netns;
    let ear = outside.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT))).unwrap().unwrap();
    let (before, drops, begun) = (scene.things(), scene.stage.drops(), Instant::now());
    thread::scope(|scope| {
        scope.spawn(|| echo(&ear));
        let guests: Vec<_> =
            scene.guests.iter().map(|guest| scope.spawn(|| scene.come_and_go(guest))).collect();
        let ended: Vec<_> = guests.into_iter().map(thread::ScopedJoinHandle::join).collect();
        outside
            .run(|| UdpSocket::bind(("127.0.0.1", 0))?.send_to(&[], ("127.0.0.1", PORT)))
            .unwrap()
            .unwrap();
        assert!(ended.iter().all(Result::is_ok), "see above");
    });
    let (took, warm) = (begun.elapsed(), *scene.warm.get().unwrap());
    let now = Memory::of(&scene.stage);
    println!("{STAYS} stays in {took:?}; bytes taken after {WARM} of them: {warm:?}; now: {now:?}");
    assert!(took < LONGEST, "{took:?}");
    assert_eq!(scene.things(), before);
    assert!(now.is_hardly_more_than(warm), "it grew from {warm:?} to {now:?}");
    println!("{:?}", drops_since(&drops, &scene.stage.drops()));
}
