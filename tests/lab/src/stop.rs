//! The wish to stop: set by Ctrl-C, looked at by every wait of the lab.
//!
//! Children run in process groups of their own, so Ctrl-C reaches only the program that the user
//! started; that one then leaves its waits by an error, and the guards remove what was made.

use std::{
    io,
    sync::{
        Arc, LazyLock, Once,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static REQUESTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on (however often it is called) SIGINT, SIGTERM and SIGHUP only set the wish to stop.
///
/// # Errors
/// If the kernel refuses a handler.
pub fn on_signals() -> io::Result<()> {
    static ONCE: Once = Once::new();
    let mut outcome = Ok(());
    ONCE.call_once(|| {
        outcome = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .try_for_each(|signal| signal_hook::flag::register(signal, Arc::clone(&REQUESTED)).map(drop));
    });
    outcome
}

/// True once somebody wishes to stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

/// Fails once somebody wishes to stop.
///
/// # Errors
/// `interrupted`.
pub fn check() -> anyhow::Result<()> {
    anyhow::ensure!(!requested(), "interrupted");
    Ok(())
}
