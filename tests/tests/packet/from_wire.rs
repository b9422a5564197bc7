//! XDP rows: what the program that meets the uplink's frames does with one, named by its verdict: `XDP_TX`,
//! back out as something else, `XDP_REDIRECT`, into a container, or `XDP_PASS`, untouched, for the other programs.

mod back;
mod forward;
mod home;
mod inward;

use causeway::{
    kernel::{self, Entry, Hook, SkbContext, WireMode},
    plan::Step,
};
use causeway_common::Counter;
use causeway_tests::dataplane::{
    Fixture, ingress,
    local::{self, UPLINK_IFINDEX},
    services, world,
};

use crate::row::{Counts, counted, hex, take_port};

/// `XDP_PASS`.
const PASS: u32 = 2;
/// `XDP_TX`.
const TX: u32 = 3;
/// `XDP_REDIRECT`.
const REDIRECT: u32 = 4;
/// What fits into a page with some room in front of it; larger frames have several, with a driver only.
const ONE_BUFFER: usize = 3000;

/// What becomes of a frame.
enum Fate {
    /// It goes on as it came, and nothing is counted.
    Passes,
    /// It goes out like this, but for a tunnel's source port, and is counted there.
    Leaves(Counter, Vec<u8>),
    /// It goes into a container like this, and is counted there.
    Enters(Counter, Vec<u8>),
}

/// One row of the table.
pub(crate) struct WireRow {
    pub(crate) sentence: &'static str,
    frame: Vec<u8>,
    ifindex: u32,
    changes: Vec<Step>,
    given: Vec<(Hook, Vec<u8>)>,
    /// Since then nothing came for so many ticks.
    silent: u32,
    fate: Fate,
}

impl WireRow {
    /// A frame that passes the program and stays as it is.
    fn passes(sentence: &'static str, frame: Vec<u8>) -> Self {
        Self {
            sentence,
            frame,
            ifindex: UPLINK_IFINDEX,
            changes: Vec::new(),
            given: Vec::new(),
            silent: 0,
            fate: Fate::Passes,
        }
    }

    /// A frame that goes back out, as another one.
    fn leaves(sentence: &'static str, frame: Vec<u8>, road: Counter, after: Vec<u8>) -> Self {
        Self { fate: Fate::Leaves(road, after), ..Self::passes(sentence, frame) }
    }

    /// A frame that goes into a container, as another one.
    fn enters(sentence: &'static str, frame: Vec<u8>, road: Counter, after: Vec<u8>) -> Self {
        Self { fate: Fate::Enters(road, after), ..Self::passes(sentence, frame) }
    }

    /// The tables differ from those of the world with ports of the mesh.
    fn after(mut self, changes: impl IntoIterator<Item = Step>) -> Self {
        self.changes.extend(changes);
        self
    }

    /// It comes in on another interface.
    fn on(mut self, ifindex: u32) -> Self {
        self.ifindex = ifindex;
        self
    }

    /// Another frame came before, and was left to TCX, which has carried it.
    fn given(self, frame: Vec<u8>) -> Self {
        self.given_at(Hook::FromUplink, frame)
    }

    /// Likewise, at another hook.
    fn given_at(mut self, hook: Hook, frame: Vec<u8>) -> Self {
        self.given.push((hook, frame));
        self
    }

    /// Flows were silent for so many ticks before it comes.
    fn after_silence(mut self, ticks: u32) -> Self {
        self.silent = ticks;
        self
    }

    /// Runs the row in each mode; why it does not hold.
    fn run(&self, fixture: &mut Fixture) -> Result<(), String> {
        let fits = |mode: &WireMode| *mode == WireMode::Native || self.frame.len() <= ONE_BUFFER;
        WireMode::ALL.into_iter().filter(fits).try_for_each(|mode| {
            self.check(fixture, mode).map_err(|why| format!("- {} ({mode}): {why}", self.sentence))
        })
    }

    fn check(&self, fixture: &mut Fixture, mode: WireMode) -> Result<(), String> {
        fixture.reset().map_err(|e| e.to_string())?;
        let steps = [local::steps(), services::steps(), ingress::steps(), self.changes.clone()].concat();
        fixture.apply(&steps).map_err(|e| e.to_string())?;
        self.give(fixture)?;
        self.be_silent(fixture)?;
        let before = counted(fixture)?;
        let outcome = fixture.run_xdp(mode, self.ifindex, &self.frame, 1).map_err(|e| e.to_string())?;
        let mut moved = counted(fixture)?;
        moved.iter_mut().for_each(|(name, frames)| *frames -= before[name]);
        moved.retain(|_, frames| *frames != 0);
        let (verdict, mut frame, count) = match &self.fate {
            Fate::Passes => (PASS, self.frame.clone(), Counts::new()),
            Fate::Leaves(road, frame) => (TX, frame.clone(), Counts::from([(road.name(), 1)])),
            // Where there is an skb already, it is TCX's.
            Fate::Enters(..) if mode == WireMode::Generic => (PASS, self.frame.clone(), Counts::new()),
            Fate::Enters(road, frame) => (REDIRECT, frame.clone(), Counts::from([(road.name(), 1)])),
        };
        if outcome.verdict == TX && matches!(self.fate, Fate::Leaves(Counter::ToMesh, _)) {
            take_port(&outcome.frame, &mut frame, 34)?;
        }
        if (outcome.verdict, &moved) != (verdict, &count) {
            return Err(format!(
                "verdict {}, counters {moved:?}; expected {verdict}, {count:?}",
                outcome.verdict
            ));
        }
        if verdict == REDIRECT {
            all_were_seen_now(fixture)?;
        }
        if outcome.frame == frame {
            return Ok(());
        }
        Err(format!("frame\n  {}\nnot\n  {}", hex(&outcome.frame), hex(&frame)))
    }

    fn be_silent(&self, fixture: &mut Fixture) -> Result<(), String> {
        for mut entry in fixture.flows().map_err(|e| e.to_string())? {
            entry.flow.last = kernel::now().wrapping_sub(self.silent);
            fixture.put_flow(&entry).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    fn give(&self, fixture: &Fixture) -> Result<(), String> {
        for (hook, frame) in &self.given {
            let ifindex = if *hook == Hook::FromUplink { UPLINK_IFINDEX } else { world::SENDER_IFINDEX };
            let skb = SkbContext { ifindex, ..SkbContext::default() };
            let given = fixture.test_run(*hook, frame, skb, 1).map_err(|e| e.to_string())?;
            if given.verdict != 7 {
                return Err(format!("what was given at {hook} was not carried: {}", given.verdict));
            }
        }
        Ok(())
    }
}

/// Both directions of all flows were seen in this tick, or in the one before.
fn all_were_seen_now(fixture: &Fixture) -> Result<(), String> {
    let silent = |entry: &Entry| kernel::now().wrapping_sub(entry.flow.last) > 1;
    let silent: Vec<_> = fixture.flows().map_err(|e| e.to_string())?.into_iter().filter(silent).collect();
    if silent.is_empty() { Ok(()) } else { Err(format!("flows would expire: {silent:?}")) }
}

/// All rows.
pub(crate) fn rows() -> Vec<WireRow> {
    [forward::rows(), back::rows(), home::rows(), inward::rows()].into_iter().flatten().collect()
}

fn failures() -> Vec<String> {
    let mut fixture = Fixture::with(world::PORT, world::FLOWS).expect("root, and programs that load");
    rows().iter().filter_map(|row| row.run(&mut fixture).err()).collect()
}

#[test]
fn every_row_of_xdp_holds() {
    let ground = local::ground(&format!("cw-wire-{}", std::process::id())).expect("root, and a namespace");
    let failures = ground.run(failures).expect("the rows are run");
    assert!(failures.is_empty(), "{} rows fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_row_of_xdp_says_its_verdict() {
    for row in rows() {
        let verdict = match row.fate {
            Fate::Passes => "XDP_PASS: ",
            Fate::Leaves(..) => "XDP_TX: ",
            Fate::Enters(..) => "XDP_REDIRECT: ",
        };
        assert!(row.sentence.starts_with(verdict), "{}", row.sentence);
    }
}
