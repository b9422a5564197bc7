//! VXLAN packets that come in, aggregated by the kernel where there is another node to send them.
//!
//! What is aggregated bears the marks of its tunnel, which kernels up to 6.18 leave on it when a program takes the
//! outer headers off (`bpf_skb_adjust_room` knows no `BPF_F_ADJ_ROOM_DECAP_L4_UDP`). A container's socket takes it
//! whole. Answers out of the mesh leave the node again, and hardware that cuts tunnels' packets would cut them
//! wrong: they must not be aggregated, and are not where XDP in the driver carries them on, which is before that.
//! So while ports are published on every node, and the driver does not meet the uplink's frames or there is another
//! way out, nothing is.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{Daemon, outside, wire};
use crate::{desired::State, kernel::WireMode, link::LinkError};

/// How often is looked whether all is as it should be: XDP comes and goes without a word.
const PAUSE: Duration = Duration::from_secs(5);

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
    let (mut changes, mut known) = (daemon.ledger.mirror.changed(), None);
    loop {
        let now = settle(&daemon).await;
        if known.as_ref() != Some(&now) {
            say(now.as_ref());
            known = Some(now);
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            _ = links.changed() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
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
async fn settle(daemon: &Daemon) -> Option<Single> {
    let single = match must_be_single(daemon).await {
        Ok(None) => match daemon.link.aggregate(daemon.config.vxlan_port).await {
            Ok(()) => return None,
            Err(error) => return Some(Single::Refused(error.to_string())),
        },
        Ok(Some(single)) => single,
        Err(error) => Single::Refused(error.to_string()),
    };
    match daemon.link.leave_single().await {
        Ok(()) => Some(single),
        Err(error) => Some(Single::Refused(error.to_string())),
    }
}

async fn must_be_single(daemon: &Daemon) -> Result<Option<Single>, LinkError> {
    if !daemon.ledger.read(has_others) {
        return Ok(Some(Single::NobodySends));
    }
    let passes = daemon.ledger.read(wire::is_wanted)
        && (daemon.wire.met().mode != Some(WireMode::Native) || !outside::is_uplink_alone(daemon).await?);
    Ok(passes.then_some(Single::Passes))
}

fn has_others(state: &State) -> bool {
    state.nodes.len() > 1
}
