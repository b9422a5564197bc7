//! The uplink's frames met by XDP, as long as some port is published on every node, or always.
//!
//! It costs where it is of no use: a veth's other end no longer sends large TCP segments, some hardware is
//! reset, and generic XDP copies packets. So the program comes with the first such port and goes with the
//! last, unless the configuration wants it at all times (`xdp_always`): containers' datagrams gain from it, too.
//! Where it cannot be, TCX does its work alone.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;

use super::{Daemon, heard::Heard};
use crate::{
    desired::State,
    kernel::{Dataplane, KernelError, WireMode},
};

/// How often is looked whether another mode is possible now: of the other end of a veth nothing is heard.
const PAUSE: Duration = Duration::from_secs(5);
/// Why there is no XDP where nobody needs it.
const UNUSED: &str = "no port is published on every node";

/// `xdp`: by whom the uplink's frames may be met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Xdp {
    /// The driver where it can, else the kernel, else nobody.
    #[default]
    Auto,
    /// The driver, or nobody.
    Native,
    /// The kernel, or nobody.
    Generic,
    /// Nobody.
    Off,
}

impl Xdp {
    /// The modes, the best one first.
    const fn modes(self) -> &'static [WireMode] {
        match self {
            Self::Auto => &[WireMode::Native, WireMode::Generic],
            Self::Native => &[WireMode::Native],
            Self::Generic => &[WireMode::Generic],
            Self::Off => &[],
        }
    }
}

/// By whom the uplink's frames are met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Met {
    /// The mode; none: nobody, and TCX is the first to see them.
    pub(super) mode: Option<WireMode>,
    /// Why it is no better one; empty where there is none.
    pub(super) reason: String,
}

/// What is known of the uplink: its index and its MTU.
type Uplink = (u32, u32);

/// The state of things, for `status`.
#[derive(Debug, Default)]
pub(super) struct Wire(Mutex<Met>);

impl Wire {
    /// By whom frames are met now.
    pub(super) fn met(&self) -> Met {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, met: Met) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *held != met {
            say(&met);
            *held = met;
        }
    }
}

fn say(met: &Met) {
    let reason = &met.reason;
    match met.mode {
        Some(mode) => tracing::info!(%mode, reason, "XDP meets the uplink's frames"),
        None if reason == UNUSED => tracing::info!(reason, "XDP does not meet the uplink's frames"),
        None => tracing::warn!(reason, "XDP does not meet the uplink's frames; TCX does it alone"),
    }
}

/// What was refused before, and is not tried again as long as the uplink is what it was.
type Refused = BTreeMap<(WireMode, Uplink), String>;

/// Sees to it until the task is dropped.
pub(super) async fn follow(daemon: Arc<Daemon>, heard: Heard) {
    let (mut changes, mut facts, mut links) =
        (daemon.ledger.mirror.changed(), daemon.facts.watch(), heard.links);
    let (mut settled, mut refused) = (None, Refused::new());
    let mut tuning = daemon.tuning.subscribe();
    loop {
        let always = daemon.tuning.borrow().xdp_always;
        let now = (always || daemon.ledger.read(is_wanted), uplink(&daemon));
        if settled != Some(now) {
            daemon.wire.set(settle(&daemon, now.0, now.1, &mut refused).await);
            settled = Some(now);
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            _ = facts.changed() => {}
            // Where nothing is told any more, it is looked for when it is time.
            Ok(()) = links.changed() => settled = None,
            _ = tuning.changed() => settled = None,
            () = tokio::time::sleep(PAUSE) => settled = None,
        }
    }
}

fn uplink(daemon: &Daemon) -> Uplink {
    daemon.facts.read(|host| (host.uplink, host.underlay_mtu))
}

/// Whether some port is published on every node.
pub(super) fn is_wanted(state: &State) -> bool {
    state.services.everywhere().next().is_some()
}

/// Has the frames met in the best mode that is possible.
async fn settle(daemon: &Daemon, wanted: bool, uplink: Uplink, refused: &mut Refused) -> Met {
    let xdp = daemon.tuning.borrow().xdp;
    let reason = match (wanted, xdp) {
        (false, _) => Some(UNUSED),
        (true, Xdp::Off) => Some("the configuration says so"),
        _ => None,
    };
    if let Some(reason) = reason {
        return nobody(daemon, reason.to_owned()).await;
    }
    let mut reasons = Vec::new();
    for &mode in xdp.modes() {
        match possible(daemon, mode, uplink, refused).await {
            Ok(()) => return Met { mode: Some(mode), reason: reasons.join("; ") },
            Err(reason) => reasons.push(reason),
        }
    }
    nobody(daemon, reasons.join("; ")).await
}

/// Takes the program off.
async fn nobody(daemon: &Daemon, reason: String) -> Met {
    match with(daemon, Dataplane::detach_xdp).await {
        Ok(()) => Met { mode: None, reason },
        Err(error) => Met { mode: None, reason: format!("{reason}; {error}") },
    }
}

/// Attaches the program in one mode.
async fn possible(
    daemon: &Daemon,
    mode: WireMode,
    uplink: Uplink,
    refused: &mut Refused,
) -> Result<(), String> {
    if let Some(reason) = refused.get(&(mode, uplink)) {
        return Err(reason.clone());
    }
    if mode == WireMode::Native {
        sends(daemon, uplink.0).await?;
    }
    let attached = attach(daemon, mode, uplink.0).await;
    attached.inspect_err(|reason| drop(refused.insert((mode, uplink), reason.clone())))
}

/// Whether frames that the driver is given back get anywhere.
async fn sends(daemon: &Daemon, ifindex: u32) -> Result<(), String> {
    match daemon.link.sends_frames(ifindex).await {
        Ok(true) => returns(daemon, ifindex).await,
        Ok(false) => {
            Err("the uplink's driver cannot send frames by XDP, or the other end of the veth takes \
                          none (ethtool -K … gro on, there)"
                .to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Has frames go back in the way that the driver knows.
async fn returns(daemon: &Daemon, ifindex: u32) -> Result<(), String> {
    let redirects = daemon.link.is_veth(ifindex).await.map_err(|error| error.to_string())?;
    daemon.facts.change(|host| host.local.redirects = redirects);
    Ok(())
}

async fn attach(daemon: &Daemon, mode: WireMode, ifindex: u32) -> Result<(), String> {
    let name = nix::net::if_::if_indextoname(ifindex).map_err(|_| "the uplink is gone".to_owned())?;
    let name = name.to_string_lossy().into_owned();
    with(daemon, move |dataplane| dataplane.attach_xdp(mode, &name, ifindex)).await
}

/// Does something with the dataplane, aside: a driver may take its time.
async fn with<F>(daemon: &Daemon, change: F) -> Result<(), String>
where
    F: FnOnce(&mut Dataplane) -> Result<(), KernelError> + Send + 'static,
{
    let dataplane = Arc::clone(&daemon.dataplane);
    let changed = move || change(&mut dataplane.lock().unwrap_or_else(PoisonError::into_inner));
    let changed = tokio::task::spawn_blocking(changed).await;
    changed.map_err(|e| e.to_string())?.map_err(|e| e.to_string())
}
