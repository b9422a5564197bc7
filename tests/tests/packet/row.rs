//! What a row is, and how it is run.

use std::collections::BTreeMap;

use causeway::{
    kernel::{Hook, KernelError, Outcome, SkbContext},
    plan::Step,
};
use causeway_common::{Counter, DropReason, Road};
use causeway_tests::dataplane::{Fixture, ingress, local, services, world};

/// What a hook may say of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// `TCX_NEXT`: not ours.
    Next = -1,
    /// `TCX_DROP`.
    Drop = 2,
    /// `TCX_REDIRECT`.
    Redirect = 7,
}

/// A counter that moves by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moved {
    Carried(Counter),
    Drop(DropReason),
}

impl Moved {
    fn name(self) -> &'static str {
        match self {
            Self::Carried(counter) => counter.name(),
            Self::Drop(reason) => reason.name(),
        }
    }
}

/// What happened before the packet, in this order.
enum Earlier {
    Packet(Hook, Vec<u8>, Verdict),
    Change(Vec<Step>),
}

/// One row of the table.
pub(crate) struct Row {
    pub(crate) sentence: &'static str,
    hook: Hook,
    packet: Vec<u8>,
    skb: SkbContext,
    runs: u32,
    port: u16,
    changes: Vec<Step>,
    earlier: Vec<Earlier>,
    flows: u32,
    closed: Option<Road>,
    verdict: Verdict,
    after: Vec<u8>,
    /// The outer source port is a hash's; it is checked to be dynamic and else left out.
    hashed_port: bool,
    pub(crate) moved: Vec<Moved>,
}

impl Row {
    /// A packet that passes a hook; without more, it is not ours and stays as it is.
    pub(crate) fn new(hook: Hook, sentence: &'static str, packet: Vec<u8>) -> Self {
        Self {
            sentence,
            hook,
            after: packet.clone(),
            packet,
            skb: SkbContext::default(),
            runs: 1,
            port: world::PORT,
            changes: Vec::new(),
            earlier: Vec::new(),
            flows: world::FLOWS,
            closed: None,
            verdict: Verdict::Next,
            hashed_port: false,
            moved: Vec::new(),
        }
    }

    /// The skb is of another kind.
    pub(crate) fn skb(mut self, skb: SkbContext) -> Self {
        self.skb = skb;
        self
    }

    /// The tables differ from the world's.
    pub(crate) fn after(mut self, change: Step) -> Self {
        self.changes.push(change);
        self
    }

    /// The world has an outside ([`local`]); what comes from there comes in on its uplink.
    pub(crate) fn local(mut self) -> Self {
        self.changes = local::steps();
        self.skb = skb(self.hook);
        self
    }

    /// Another packet passed before, and was carried.
    pub(crate) fn given(mut self, hook: Hook, packet: Vec<u8>) -> Self {
        self.earlier.push(Earlier::Packet(hook, packet, Verdict::Redirect));
        self
    }

    /// Another packet came before, and was dropped.
    pub(crate) fn refused(mut self, hook: Hook, packet: Vec<u8>) -> Self {
        self.earlier.push(Earlier::Packet(hook, packet, Verdict::Drop));
        self
    }

    /// The world has services too ([`services`]), and the sender a socket that was led to one.
    pub(crate) fn services(self) -> Self {
        let mut row = self.local();
        row.changes.extend(services::steps());
        row
    }

    /// The services have ports of the mesh ([`ingress`]).
    pub(crate) fn ingress(self) -> Self {
        let mut row = self.services();
        row.changes.extend(ingress::steps());
        row
    }

    /// Its sender is told that nobody answers.
    pub(crate) fn comes_back_refused(mut self, after: Vec<u8>) -> Self {
        self.moved.push(Moved::Drop(DropReason::NoBackend));
        self.redirects(Counter::RefusedTold, after)
    }

    /// The tables changed when other packets had passed.
    pub(crate) fn then(mut self, change: impl IntoIterator<Item = Step>) -> Self {
        self.earlier.push(Earlier::Change(change.into_iter().collect()));
        self
    }

    /// The table of answered flows takes so many directions.
    pub(crate) fn flows(mut self, flows: u32) -> Self {
        self.flows = flows;
        self
    }

    /// The program of a road is not there.
    pub(crate) fn without(mut self, road: Road) -> Self {
        self.closed = Some(road);
        self
    }

    /// It goes back as the message that it is too big.
    pub(crate) fn comes_back_too_big(mut self, after: Vec<u8>) -> Self {
        self.moved.push(Moved::Drop(DropReason::TooBig));
        self.redirects(Counter::TooBigTold, after)
    }

    /// It goes back as the message that its time to live ran out.
    pub(crate) fn comes_back_expired(mut self, after: Vec<u8>) -> Self {
        self.moved.push(Moved::Drop(DropReason::TtlExpired));
        self.redirects(Counter::ExpiredTold, after)
    }

    /// The cluster has another VXLAN port.
    pub(crate) fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The packet passes the hook twice.
    pub(crate) fn twice(mut self) -> Self {
        self.runs = 2;
        self
    }

    /// It is dropped for this reason, untouched.
    pub(crate) fn drops(mut self, reason: DropReason) -> Self {
        self.verdict = Verdict::Drop;
        self.moved.push(Moved::Drop(reason));
        self
    }

    /// It was taken out of VXLAN before it was dropped.
    pub(crate) fn becomes(mut self, inner: &[u8]) -> Self {
        self.after = inner.to_vec();
        self
    }

    /// It is sent on like this.
    pub(crate) fn redirects(mut self, road: Counter, after: Vec<u8>) -> Self {
        self.verdict = Verdict::Redirect;
        self.moved.push(Moved::Carried(road));
        self.after = after;
        self
    }

    /// It is sent on in VXLAN like this, but for the source port.
    pub(crate) fn encapsulates(self, after: Vec<u8>) -> Self {
        self.encapsulates_as(Counter::ToNode, after)
    }

    /// The same on another road.
    pub(crate) fn encapsulates_as(mut self, road: Counter, after: Vec<u8>) -> Self {
        self.hashed_port = true;
        self.redirects(road, after)
    }

    /// What its dataplane is loaded with: the VXLAN port, and the directions of flows that fit.
    pub(crate) fn needs(&self) -> (u16, u32) {
        (self.port, self.flows)
    }

    /// Runs the row in a dataplane that was loaded for it.
    pub(crate) fn run(&self, fixture: &mut Fixture) -> Result<(), String> {
        self.check(fixture).map_err(|why| format!("- {}: {why}", self.sentence))
    }

    fn check(&self, fixture: &mut Fixture) -> Result<(), String> {
        self.prepare(fixture).map_err(|e| e.to_string())?;
        self.earlier.iter().try_for_each(|earlier| earlier.happen(fixture))?;
        let before = counted(fixture)?;
        let outcome =
            fixture.test_run(self.hook, &self.packet, self.skb, self.runs).map_err(|e| e.to_string())?;
        self.check_verdict(&outcome)?;
        self.check_counters(&before, counted(fixture)?)?;
        self.check_packet(&outcome)
    }

    /// Makes the dataplane what the row needs.
    fn prepare(&self, fixture: &mut Fixture) -> Result<(), KernelError> {
        fixture.reset()?;
        fixture.apply(&self.changes)?;
        services::led().into_iter().try_for_each(|(key, vip)| fixture.note_led(key, vip))?;
        self.closed.map_or(Ok(()), |road| fixture.close_road(road))
    }

    fn check_verdict(&self, outcome: &Outcome) -> Result<(), String> {
        let expected = self.verdict as i32;
        let verdict = outcome.verdict.cast_signed();
        if verdict == expected { Ok(()) } else { Err(format!("verdict {verdict}, not {:?}", self.verdict)) }
    }

    /// The counters moved as often as they are named, all others stood still.
    fn check_counters(&self, before: &Counts, mut after: Counts) -> Result<(), String> {
        after.iter_mut().for_each(|(name, packets)| *packets -= before[name]);
        after.retain(|_, packets| *packets != 0);
        let mut expected = Counts::new();
        for moved in &self.moved {
            *expected.entry(moved.name()).or_default() += 1;
        }
        if after == expected { Ok(()) } else { Err(format!("counters {after:?}, not {expected:?}")) }
    }

    fn check_packet(&self, outcome: &Outcome) -> Result<(), String> {
        let mut expected = self.after.clone();
        if self.hashed_port {
            take_port(&outcome.packet, &mut expected, 34)?;
        }
        if self.runs == 2 && self.hashed_port {
            // What the first pass put on lies 50 bytes further in.
            take_port(&outcome.packet, &mut expected, 84)?;
        }
        if outcome.gso_size != self.skb.gso_size {
            return Err(format!("segments of {} bytes, not {}", outcome.gso_size, self.skb.gso_size));
        }
        if outcome.packet == expected {
            return Ok(());
        }
        Err(format!("packet\n  {}\nnot\n  {}", hex(&outcome.packet), hex(&expected)))
    }
}

impl Earlier {
    fn happen(&self, fixture: &mut Fixture) -> Result<(), String> {
        match self {
            Self::Change(steps) => fixture.apply(steps).map_err(|e| e.to_string()),
            Self::Packet(hook, packet, verdict) => {
                let given = fixture.test_run(*hook, packet, skb(*hook), 1).map_err(|e| e.to_string())?;
                (given.verdict.cast_signed() == *verdict as i32)
                    .then_some(())
                    .ok_or_else(|| format!("what was given at {hook} was no {verdict:?}: {}", hex(packet)))
            }
        }
    }
}

/// Takes over a tunnel's source port, which hangs on a hash that only the kernel knows.
pub(crate) fn take_port(packet: &[u8], expected: &mut [u8], at: usize) -> Result<(), String> {
    let port = packet.get(at..at + 2).ok_or("too short for a tunnel's headers")?;
    if u16::from_be_bytes([port[0], port[1]]) < 0xc000 {
        return Err(format!("source port {port:?} is not of the dynamic range"));
    }
    expected[at..at + 2].copy_from_slice(port);
    Ok(())
}

/// Where a packet comes in: test-run's own interface, or the uplink of the world with an outside.
fn skb(hook: Hook) -> SkbContext {
    let is_outside = matches!(hook, Hook::FromUplink | Hook::FromOutside);
    let ifindex = if is_outside { local::UPLINK_IFINDEX } else { 0 };
    SkbContext { ifindex, ..SkbContext::default() }
}

pub(crate) type Counts = BTreeMap<&'static str, u64>;

/// All counters.
pub(crate) fn counted(fixture: &Fixture) -> Result<Counts, String> {
    let mut counted = fixture.counters().map_err(|e| e.to_string())?;
    counted.extend(fixture.drops().map_err(|e| e.to_string())?);
    Ok(counted)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
