//! Waiting for something to become true, within a bound.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::stop;

/// How often a condition is looked at.
pub const POLL: Duration = Duration::from_millis(10);

/// Asks again and again until `ready` says yes.
///
/// # Errors
/// When the time is over (naming `what` and the last failure of `ready`), or on the wish to stop.
pub fn until(what: &str, within: Duration, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + within;
    loop {
        stop::check()?;
        let answer = ready();
        if matches!(answer, Ok(true)) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let late = format!("{what}: not within {within:?}");
            return match answer {
                Err(error) => Err(error).context(late),
                Ok(_) => bail!(late),
            };
        }
        thread::sleep(POLL);
    }
}

/// Waits for a while, but not past the wish to stop.
///
/// # Errors
/// On the wish to stop.
pub fn pause(length: Duration) -> Result<()> {
    let deadline = Instant::now() + length;
    while let Some(left) = deadline.checked_duration_since(Instant::now()) {
        stop::check()?;
        thread::sleep(left.min(POLL));
    }
    Ok(())
}
