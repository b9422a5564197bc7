//! Faults on purpose, by a seed: packets on a wire, interfaces, processes.
//!
//! [`Faults`] disturbs packets, since not every kernel has netem: programs of TCX drop, duplicate, corrupt,
//! truncate and delay what comes over a wire. Whatever they do is counted, and told if it is done to a packet that is
//! numbered by a [`Token`](causeway_common::faults::Token). [`Witness`] sees what the kernel drops, and why: between
//! them no numbered packet is lost without a name. [`Schedule`] draws faults of every kind.

mod btf;
mod ledger;
pub mod packet;
mod reasons;
mod schedule;
mod witness;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, Result};
use causeway::kernel::Disturbing;
use causeway_common::faults::{Disturbance, Event, MISSED, Orders};
use causeway_lab::{Netns, bins, ip};
use nix::net::if_::if_nametoindex;

pub use ledger::{Account, Ledger};
pub use reasons::Reasons;
pub use schedule::{Fault, Schedule, seed};
pub use witness::{Freed, Witness, inode};

/// What passes the bay: little at a time, so that a packet is held up while those behind it are not.
const BUCKET: &str = "tbf rate 1mbit burst 2kb limit 256kb";

/// The compiled programs.
///
/// # Errors
/// If they are not built.
fn object() -> Result<Vec<u8>> {
    let beside = bins::directory()?.parent().map(|target| target.join("ebpf/causeway-ebpf-faults"));
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let own = own.map(|root| root.join("target/ebpf/causeway-ebpf-faults"));
    let places: Vec<PathBuf> = beside.into_iter().chain(own).collect();
    let object = places.iter().find_map(|place| fs::read(place).ok());
    object.context("the programs that disturb packets are not built: run `cargo xtask build`")
}

/// How often each thing was done at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; 5]);

impl Counts {
    /// How often this was done.
    pub fn of(self, what: Disturbance) -> u64 {
        self.0[what as usize]
    }

    /// How often anything was done.
    pub fn sum(self) -> u64 {
        self.0.iter().sum()
    }
}

/// Disturbs what comes over a wire, until it is dropped. Nothing is disturbed before something is asked for.
///
/// What is corrupted is recognised by whoever looks at checksums, if the sender wrote one: where senders leave that
/// to hardware (`ethtool -K … tx on`) there is none on a veth.
#[derive(Clone)]
pub struct Faults(Arc<Mutex<Place>>);

struct Place {
    programs: Disturbing,
    orders: Orders,
    netns: Netns,
    /// The near end of the bay, once there is one.
    bay: Option<String>,
}

impl Faults {
    /// At what comes in by an interface of a namespace, by a seed.
    ///
    /// # Errors
    /// If the programs are not built or the kernel refuses them.
    pub fn on(netns: &Netns, interface: &str, seed: u64) -> Result<Self> {
        let mut programs = Disturbing::load(&object()?)?;
        let netns = Netns::open(netns.name())?;
        let wire = netns.run(|| attach(&mut programs, "disturb", interface))??;
        // A seed of 32 bits is enough for what follows: all bits of the given one count.
        let [a, b, c, d, e, f, g, h] = seed.to_ne_bytes();
        let seed = u32::from_ne_bytes([a ^ e, b ^ f, c ^ g, d ^ h]);
        let orders = Orders { seed, wire, ..Orders::default() };
        Ok(Self(Arc::new(Mutex::new(Place { programs, orders, netns, bay: None }))))
    }

    /// Numbered packets are those of this run.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn tell_of(&self, magic: u32) -> Result<()> {
        let mut place = self.place();
        place.orders.magic = magic;
        place.obey()
    }

    /// So many of 65,536 packets are dropped.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn drop(&self, parts: u32) -> Result<()> {
        self.disturb(Disturbance::Drop, parts)
    }

    /// So many of 65,536 packets come twice.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn duplicate(&self, parts: u32) -> Result<()> {
        self.disturb(Disturbance::Duplicate, parts)
    }

    /// Of so many of 65,536 packets one byte is another.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn corrupt(&self, parts: u32) -> Result<()> {
        self.disturb(Disturbance::Corrupt, parts)
    }

    /// Of so many of 65,536 packets the end is missing.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn truncate(&self, parts: u32) -> Result<()> {
        self.disturb(Disturbance::Truncate, parts)
    }

    /// So many of 65,536 packets are held up by a token bucket, while those behind them are not.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn delay(&self, parts: u32) -> Result<()> {
        self.disturb(Disturbance::Delay, parts)
    }

    /// Any of these.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn disturb(&self, what: Disturbance, parts: u32) -> Result<()> {
        let mut place = self.place();
        if what == Disturbance::Delay && parts > 0 {
            place.dig_bay()?;
        }
        place.orders.parts[what as usize] = parts;
        place.obey()
    }

    /// Nothing is disturbed any more; what is held up still goes on.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn calm(&self) -> Result<()> {
        let mut place = self.place();
        place.orders.parts = [0; 5];
        place.obey()
    }

    /// What was asked for.
    pub fn orders(&self) -> Orders {
        self.place().orders
    }

    /// How often each thing was done.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn counts(&self) -> Result<Counts> {
        let done = self.place().programs.done()?;
        let mut counts = Counts::default();
        counts.0.copy_from_slice(&done[..MISSED as usize]);
        Ok(counts)
    }

    /// What was done to numbered packets since it was asked for last.
    ///
    /// # Errors
    /// If some of it is lost, since it was asked for too late.
    pub fn news(&self) -> Result<Vec<Event>> {
        news(&mut self.place().programs)
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Attaches a program in the thread's namespace; the interface's number.
fn attach(programs: &mut Disturbing, program: &str, interface: &str) -> Result<u32> {
    programs.attach(program, interface).with_context(|| interface.to_owned())?;
    Ok(if_nametoindex(interface)?)
}

/// What programs have told.
fn news(programs: &mut Disturbing) -> Result<Vec<Event>> {
    let events = programs.news();
    anyhow::ensure!(programs.done()?[MISSED as usize] == 0, "events are lost: they were asked for too late");
    Ok(events)
}

impl Place {
    fn obey(&mut self) -> Result<()> {
        let Self { programs, orders, .. } = self;
        Ok(programs.order(*orders)?)
    }

    /// A veth of which one end lets little pass at a time, and the other puts it where it came from.
    fn dig_bay(&mut self) -> Result<()> {
        if self.bay.is_some() {
            return Ok(());
        }
        let (near, far) = (format!("bay{}", self.orders.wire), format!("yab{}", self.orders.wire));
        ip::ip(&self.netns, &format!("link add {near} mtu 65535 type veth peer name {far} mtu 65535"))?;
        self.bay = Some(near.clone());
        for end in [&near, &far] {
            ip::ip(&self.netns, &format!("link set {end} up"))?;
        }
        ip::words(&self.netns, "tc", &format!("qdisc add dev {near} root {BUCKET}"))?;
        let Self { programs, netns, .. } = self;
        netns.run(|| attach(programs, "release", &far))??;
        self.orders.bay = self.netns.run(|| if_nametoindex(near.as_str()))??;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(bay) = &self.bay {
            // Its namespace may be gone, and the bay with it.
            let _ = ip::ip(&self.netns, &format!("link del {bay}"));
        }
    }
}
