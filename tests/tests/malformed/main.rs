//! Malformed and mutated frames into each program: what is forwarded is exactly what an oracle that
//! is not ours would forward, and each frame is counted once, under the right name.

mod frames;
mod local;
mod wire;

use std::collections::BTreeMap;

use causeway::kernel::{Hook, KernelError, SkbContext};
use causeway_common::Counter;
use causeway_tests::dataplane::{
    Fixture,
    oracle::{self, Fate},
};
use rand::{SeedableRng, rngs::StdRng};

/// Frames a program.
const FRAMES: u32 = 100_000;

/// Packets by what became of them: counters' names, and "host" for those left alone.
type Tally = BTreeMap<&'static str, u64>;

fn names(fate: Fate) -> Vec<&'static str> {
    match fate {
        Fate::Host => vec!["host"],
        Fate::Carried(counter) => vec![counter.name()],
        Fate::Dropped(reason) => vec![reason.name()],
        Fate::Told(reason, counter) => vec![reason.name(), counter.name()],
    }
}

/// The verdict that a fate shows as: `TCX_NEXT`, `TCX_REDIRECT`, `TCX_DROP`.
fn verdict(fate: Fate) -> i32 {
    match fate {
        Fate::Host => -1,
        Fate::Carried(_) | Fate::Told(..) => 7,
        Fate::Dropped(_) => 2,
    }
}

/// Runs one frame; `None` where the kernel itself refuses to make an skb of it.
fn run(fixture: &Fixture, hook: Hook, frame: &[u8]) -> Option<i32> {
    match fixture.test_run(hook, frame, SkbContext::default(), 1) {
        Ok(outcome) => Some(outcome.verdict.cast_signed()),
        Err(KernelError::Program(_)) if frame.len() < frames::SHORTEST => None,
        Err(error) => panic!("{error}: {frame:02x?}"),
    }
}

/// Runs all frames; what the oracle expects to be counted.
fn flood(fixture: &Fixture, hook: Hook, seed: u64, fate: fn(&[u8]) -> Fate) -> Tally {
    let (mut rng, mut expected, mut frames) = (StdRng::seed_from_u64(seed), Tally::new(), 0);
    while frames < FRAMES {
        let frame = frames::mutated(&mut rng, hook);
        let fate = fate(&frame);
        if let Some(said) = run(fixture, hook, &frame) {
            assert_eq!(said, verdict(fate), "{hook}, expected {fate:?}: {frame:02x?}");
            for name in names(fate) {
                *expected.entry(name).or_default() += 1;
            }
            frames += 1;
        }
    }
    expected
}

/// What the programs counted.
fn counted(fixture: &Fixture) -> Tally {
    let mut counted = fixture.counters().expect("counters are readable");
    counted.extend(fixture.drops().expect("counters are readable"));
    counted.retain(|_, packets| *packets != 0);
    counted
}

fn holds(hook: Hook, seed: u64, fate: fn(&[u8]) -> Fate) {
    let fixture = Fixture::new().expect("root, and programs that load");
    let mut expected = flood(&fixture, hook, seed, fate);
    let host = expected.remove("host").unwrap_or_default();
    println!("{hook}: {host} left to the host, {expected:?}");
    // Of whom is told something the loss is counted as well.
    let told = [Counter::TooBigTold, Counter::ExpiredTold].map(|told| expected.get(told.name()));
    let told: u64 = told.into_iter().flatten().sum();
    assert_eq!(expected.values().sum::<u64>() - told + host, u64::from(FRAMES));
    assert!(expected.len() > 8, "the frames reach too few ends: {expected:?}");
    assert_eq!(counted(&fixture), expected);
}

#[test]
fn from_container_forwards_nothing_malformed() {
    holds(Hook::FromContainer, 1, oracle::from_container);
}

#[test]
fn from_uplink_forwards_nothing_malformed() {
    holds(Hook::FromUplink, 2, oracle::from_uplink);
}
