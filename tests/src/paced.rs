//! Many frames, and each of them arrives: a burst leaves when the one before it is there.
//!
//! The queue of a veth whose far end has XDP takes 256 frames. What does not fit is lost on the way, and neither
//! end can account for it.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::Netns;

/// Frames that leave together.
const BURST: u64 = 125;
/// How long a burst may be under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// Calls `send`, which sends one frame to an interface of a namespace, so many times.
///
/// # Errors
/// If a burst does not arrive.
pub fn paced(receiver: &Netns, interface: &str, many: u64, mut send: impl FnMut() + Send) -> Result<()> {
    receiver.run(move || {
        let mut left = many;
        while left > 0 {
            let burst = left.min(BURST);
            let awaited = received(interface)? + burst;
            (0..burst).for_each(|_| send());
            await_frames(interface, awaited)?;
            left -= burst;
        }
        Ok(())
    })?
}

fn await_frames(interface: &str, awaited: u64) -> Result<()> {
    let begun = Instant::now();
    loop {
        let arrived = received(interface)?;
        if arrived >= awaited {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "{} of a burst's frames are lost on the way", awaited - arrived);
        thread::yield_now();
    }
}

/// Frames that an interface of the thread's namespace has received: the second number of its line in
/// `/proc/net/dev` (proc(5)).
fn received(interface: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/net/dev")?;
    let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix(interface)?.strip_prefix(':'));
    let line = lines.next().with_context(|| format!("there is no interface {interface}"))?;
    line.split_whitespace().nth(1).context("a line without numbers")?.parse().context("frames received")
}
