//! VXLAN packets that come in, aggregated by the kernel where there is another node to send them.
//!
//! What is aggregated bears the marks of its tunnel, which kernels up to 6.18 leave on it when a program takes the
//! outer headers off (`bpf_skb_adjust_room` knows no `BPF_F_ADJ_ROOM_DECAP_L4_UDP`). A container's socket takes it
//! whole. Answers out of the mesh leave the node again, and hardware that cuts tunnels' packets would cut them
//! wrong: they must not be aggregated, and are not where XDP in the driver carries them on, which is before that.
//! So while ports are published on every node, and the driver does not meet the uplink's frames or there is another
//! way out, nothing is.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{Daemon, outside, wire};
use crate::{
    desired::State,
    kernel::WireMode,
    link::{CW_VXLAN, LinkError},
};

/// How often is looked whether all is as it should be: XDP comes and goes without a word.
const PAUSE: Duration = Duration::from_secs(5);
/// The same where the kernel has refused.
const LONG_PAUSE: Duration = Duration::from_secs(60);

/// On what it depends, as far as that can be seen without asking the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Situation {
    /// There is another node.
    has_others: bool,
    /// Some port is published on every node.
    has_ports: bool,
    /// By whom the uplink's frames are met.
    met: Option<WireMode>,
}

impl Situation {
    fn of(daemon: &Daemon) -> Self {
        let look = |state: &State| (has_others(state), wire::is_wanted(state));
        let (has_others, has_ports) = daemon.ledger.read(look);
        Self { has_others, has_ports, met: daemon.wire.met().mode }
    }
}

/// Why packets are taken as they come.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Single {
    /// There is nobody who sends any.
    NobodySends,
    /// Answers out of the mesh may leave the node by other hands than the driver's.
    Passes,
    /// The kernel does not.
    Refused(String),
}

/// Sees to it until the task is dropped; `links` changes with the host's interfaces.
pub(super) async fn follow(daemon: Arc<Daemon>, mut links: watch::Receiver<u64>) {
    let mut changes = daemon.ledger.mirror.changed();
    let (mut settled, mut known, mut due) = (None, None, Instant::now());
    loop {
        let situation = Situation::of(&daemon);
        if settled != Some(situation) {
            let now = settle(&daemon, situation).await;
            if known.as_ref() != Some(&now) {
                say(now.as_ref());
            }
            due = Instant::now() + if is_refused(now.as_ref()) { LONG_PAUSE } else { PAUSE };
            (settled, known) = (Some(situation), Some(now));
        }
        let is_refused = known.as_ref().is_some_and(|known| is_refused(known.as_ref()));
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            // What was refused was made first and taken back, and that is told as well: not to be answered.
            Ok(()) = links.changed(), if !is_refused => settled = None,
            () = sleep_until(due) => settled = None,
        }
    }
}

const fn is_refused(now: Option<&Single>) -> bool {
    matches!(now, Some(Single::Refused(_)))
}

fn say(now: Option<&Single>) {
    match now {
        None => tracing::info!("VXLAN packets that come in are aggregated"),
        Some(Single::NobodySends) => {}
        Some(Single::Passes) => {
            let reason = "answers out of the mesh may leave the node without the driver's XDP";
            tracing::info!(reason, "VXLAN packets are not aggregated");
        }
        Some(Single::Refused(reason)) => tracing::warn!(reason, "VXLAN packets are not aggregated"),
    }
}

/// Has packets aggregated if they may be; if not, why.
async fn settle(daemon: &Daemon, situation: Situation) -> Option<Single> {
    let settled = match must_be_single(daemon, situation).await {
        Ok(None) => daemon.link.aggregate(daemon.config.vxlan_port).await.map(|()| None),
        Ok(Some(single)) => daemon.link.delete(CW_VXLAN).await.map(|()| Some(single)),
        Err(error) => Err(error),
    };
    settled.unwrap_or_else(|error| Some(Single::Refused(error.to_string())))
}

async fn must_be_single(daemon: &Daemon, situation: Situation) -> Result<Option<Single>, LinkError> {
    let Situation { has_others, has_ports, met } = situation;
    if !has_others {
        return Ok(Some(Single::NobodySends));
    }
    let passes = has_ports && (met != Some(WireMode::Native) || !outside::is_uplink_alone(daemon).await?);
    Ok(passes.then_some(Single::Passes))
}

fn has_others(state: &State) -> bool {
    state.nodes.len() > 1
}
