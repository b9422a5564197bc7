//! Grace periods (RCU) that the network does not wait for.
//!
//! Putting the first program on an interface, and taking an interface away that has one, the kernel waits until no
//! CPU looks at what was there before (`tcx_entry_sync`, include/net/tcx.h). It holds `rtnl` meanwhile, so everybody
//! waits who wants to change anything of the network: ten milliseconds and more for each container. What the kernel
//! itself waits for under `rtnl` it waits for in a hurry, for the price of an interrupt on each CPU (`synchronize_net`,
//! net/core/dev.c); here it is told to do the same for programs, for as long as one goes on or off.
//!
//! The switch is the machine's, `rcu_expedited` (Documentation/RCU/checklist.rst). Where it is on already it is left
//! alone, and a kernel that was told never to hurry (`rcupdate.rcu_normal`) does not.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::failpoint;

const SWITCH: &str = "/sys/kernel/rcu_expedited";
/// Below the run directory; it stands as long as the switch is on by this daemon, so that one that is killed
/// meanwhile puts it back when it starts again.
const NOTE: &str = "rcu-expedited";

/// Who hurries.
#[derive(Debug)]
pub(super) struct GracePeriods {
    switch: PathBuf,
    note: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    hurries: usize,
    switched: bool,
}

/// The kernel hurries until this is dropped.
#[derive(Debug)]
#[must_use = "a hurry that is dropped is over"]
pub(super) struct Hurry(Arc<GracePeriods>);

impl GracePeriods {
    /// Takes back what an earlier daemon of this run directory left.
    pub(super) fn open(run_dir: &Path) -> Arc<Self> {
        Self::of(PathBuf::from(SWITCH), run_dir)
    }

    fn of(switch: PathBuf, run_dir: &Path) -> Arc<Self> {
        let periods = Self { switch, note: run_dir.join(NOTE), state: Mutex::default() };
        if periods.note.exists() {
            periods.switch_off();
        }
        Arc::new(periods)
    }

    /// Begins to hurry, where the machine lets us; where it does not, everything takes longer.
    pub(super) fn hurry(self: &Arc<Self>) -> Hurry {
        let mut state = self.state();
        if state.hurries == 0 {
            state.switched = self.switch_on().unwrap_or(false);
        }
        state.hurries += 1;
        Hurry(Arc::clone(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True where it was off before.
    fn switch_on(&self) -> io::Result<bool> {
        if fs::read_to_string(&self.switch)?.trim() != "0" {
            return Ok(false);
        }
        fs::write(&self.note, "")?;
        failpoint::pass("a hurry is noted");
        let switched = fs::write(&self.switch, "1");
        failpoint::pass("grace periods are in a hurry");
        switched.inspect_err(|_| drop(fs::remove_file(&self.note)))?;
        Ok(true)
    }

    fn switch_off(&self) {
        match fs::write(&self.switch, "0") {
            Ok(()) => drop(fs::remove_file(&self.note)),
            Err(error) => tracing::warn!(path = %self.switch.display(), %error, "stays switched on"),
        }
    }
}

impl Drop for Hurry {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.hurries -= 1;
        if state.hurries == 0 && state.switched {
            self.0.switch_off();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn scene(value: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let switch = dir.path().join("switch");
        fs::write(&switch, value).unwrap();
        (dir, switch)
    }

    fn is(switch: &Path) -> String {
        fs::read_to_string(switch).unwrap().trim().to_owned()
    }

    #[test]
    fn it_is_on_until_nobody_hurries_any_more() {
        let (dir, switch) = scene("0\n");
        let periods = GracePeriods::of(switch.clone(), dir.path());
        let (first, second) = (periods.hurry(), periods.hurry());
        assert_eq!((is(&switch).as_str(), dir.path().join(NOTE).exists()), ("1", true));
        drop(first);
        assert_eq!(is(&switch), "1");
        drop(second);
        assert_eq!((is(&switch).as_str(), dir.path().join(NOTE).exists()), ("0", false));
        drop(periods.hurry());
        assert_eq!(is(&switch), "0");
    }

    #[test]
    fn where_the_machine_hurries_anyway_it_goes_on() {
        let (dir, switch) = scene("1\n");
        let periods = GracePeriods::of(switch.clone(), dir.path());
        drop(periods.hurry());
        assert_eq!(is(&switch), "1");
    }

    #[test]
    fn what_a_killed_daemon_left_on_is_switched_off() {
        let (dir, switch) = scene("1\n");
        fs::write(dir.path().join(NOTE), "").unwrap();
        let _periods = GracePeriods::of(switch.clone(), dir.path());
        assert_eq!((is(&switch).as_str(), dir.path().join(NOTE).exists()), ("0", false));
    }

    #[test]
    fn a_machine_without_the_switch_is_no_trouble() {
        let (dir, _) = scene("0");
        let periods = GracePeriods::of(dir.path().join("none"), dir.path());
        drop(periods.hurry());
        assert!(!dir.path().join(NOTE).exists());
    }
}
