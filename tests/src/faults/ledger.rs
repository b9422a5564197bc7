//! The accounting rule, packet by packet: whatever was sent has arrived, or there is a name for its loss.

use std::collections::{BTreeMap, BTreeSet};

use causeway_common::faults::{Disturbance, Event, FREED, Token};

use super::Reasons;

/// What became of one packet.
#[derive(Clone, Copy, Default)]
struct Fate {
    sent: bool,
    arrived: u8,
}

/// Packets from one place to another, numbered from 0.
struct Stream {
    name: String,
    fates: Vec<Fate>,
}

/// What is known of all numbered packets of a run.
#[derive(Default)]
pub struct Ledger {
    streams: Vec<Stream>,
    /// What happened to packets on their way, by stream and number.
    events: BTreeMap<(u32, u32), Vec<Event>>,
    /// What arrived and should not have, in words.
    wrong: Vec<String>,
    /// Namespaces in which a packet that the kernel gives up without a reason is lost without a name.
    strict: BTreeSet<u32>,
}

/// The sums of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Packets sent.
    pub sent: u64,
    /// Of these, how many arrived.
    pub arrived: u64,
    /// Of those that did not, how many each name explains.
    pub lost: BTreeMap<String, u64>,
    /// Copies that arrived beside the first, each of them made by the injector.
    pub twice: u64,
    /// Packets that are lost, or came too often, without anybody's having said so.
    pub unnamed: Vec<String>,
}

impl Ledger {
    /// A further stream; its number.
    pub fn open(&mut self, name: &str) -> u32 {
        self.streams.push(Stream { name: name.to_owned(), fates: Vec::new() });
        number(self.streams.len() - 1)
    }

    /// In these namespaces (inodes) the kernel's giving up a packet is no name for its loss, unless it says why.
    pub fn demand_reasons_in(&mut self, namespaces: impl IntoIterator<Item = u32>) {
        self.strict.extend(namespaces);
    }

    /// A packet is about to be sent.
    pub fn sends(&mut self, stream: u32, number: u32) {
        self.fate(stream, number).sent = true;
    }

    /// It could not be sent after all.
    pub fn unsent(&mut self, stream: u32, number: u32) {
        self.fate(stream, number).sent = false;
    }

    /// It arrived as it was sent; whether for the first time.
    pub fn arrives(&mut self, token: Token) -> bool {
        let fate = self.fate(token.stream, token.number);
        fate.arrived = fate.arrived.saturating_add(1);
        fate.arrived == 1
    }

    /// Something arrived that should not have.
    pub fn is_wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// What has arrived and should not have.
    pub fn wrong(&self) -> &[String] {
        &self.wrong
    }

    /// What the injector and the witness tell.
    pub fn learn(&mut self, events: Vec<Event>) {
        for event in events {
            self.events.entry((event.stream, event.number)).or_default().push(event);
        }
    }

    /// How many packets of each stream were numbered so far.
    pub fn marks(&self) -> Vec<u32> {
        self.streams.iter().map(|stream| number(stream.fates.len())).collect()
    }

    /// Streams of which nothing arrived that was sent since.
    pub fn silent_since(&self, marks: &[u32]) -> Vec<&str> {
        let silent = self.streams.iter().zip(marks).filter(|(stream, mark)| {
            let since = stream.fates.get(**mark as usize..).unwrap_or_default();
            !since.iter().any(|fate| fate.arrived > 0)
        });
        silent.map(|(stream, _)| stream.name.as_str()).collect()
    }

    /// The account of all packets numbered between these marks; without any, from the first one.
    pub fn account(&self, from: &[u32], to: &[u32], reasons: &Reasons) -> Account {
        let mut account = Account::default();
        for (id, (stream, to)) in (0..).zip(self.streams.iter().zip(to)) {
            let from = from.get(id as usize).copied().unwrap_or_default();
            let fates = stream.fates.iter().take(*to as usize).skip(from as usize);
            for (number, fate) in (from..).zip(fates).filter(|(_, fate)| fate.sent || fate.arrived > 0) {
                let events = self.events.get(&(id, number)).map_or(&[][..], Vec::as_slice);
                let what = || format!("{} {number}", stream.name);
                enter(&mut account, *fate, &what, || self.name(events, reasons), copies(events));
            }
        }
        account
    }

    /// The name of a loss: what the injector took away, or what the kernel says. A copy that a switch brought to
    /// somebody whom it was not for is nobody's loss.
    fn name(&self, events: &[Event], reasons: &Reasons) -> Option<String> {
        let done = |what: Disturbance| events.iter().any(|event| event.what == what as u32);
        if done(Disturbance::Drop) {
            return Some("injector: drop".to_owned());
        }
        let freed = events
            .iter()
            .filter(|event| event.what == FREED)
            .filter(|event| reasons.says_why(event.reason) || !self.strict.contains(&event.namespace));
        let mut names = freed.map(|event| reasons.name(event.reason, event.location));
        let said = names.rfind(|name| name != "otherhost");
        let harm = [Disturbance::Corrupt, Disturbance::Truncate].into_iter().find(|what| done(*what));
        match (harm, said) {
            (Some(harm), Some(said)) => Some(format!("injector: {}, then {said}", harm.name())),
            // What was hit is what it was known by, or whom it was for.
            (Some(harm), None) => Some(format!("injector: {}", harm.name())),
            (None, said) => said,
        }
    }

    fn fate(&mut self, stream: u32, number: u32) -> &mut Fate {
        let fates = &mut self.streams[stream as usize].fates;
        if fates.len() <= number as usize {
            fates.resize(number as usize + 1, Fate::default());
        }
        &mut fates[number as usize]
    }
}

/// Numbers of streams and packets have 32 bits, and no run comes near that.
fn number(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

/// How many copies the injector made.
fn copies(events: &[Event]) -> u64 {
    events.iter().filter(|event| event.what == Disturbance::Duplicate as u32).count() as u64
}

/// Enters one packet.
fn enter(
    account: &mut Account,
    fate: Fate,
    what: &dyn Fn() -> String,
    name: impl FnOnce() -> Option<String>,
    copies: u64,
) {
    let arrived = u64::from(fate.arrived);
    account.sent += u64::from(fate.sent);
    account.arrived += arrived.min(1);
    account.twice += arrived.saturating_sub(1);
    if arrived > u64::from(fate.sent) + copies {
        account.unnamed.push(format!("{} came {arrived} times", what()));
    }
    if arrived > 0 {
        return;
    }
    match name() {
        Some(name) => *account.lost.entry(name).or_default() += 1,
        None => account.unnamed.push(format!("{} is lost", what())),
    }
}
