//! The host's interfaces watched: the uplink's MTU, MAC and address, and by which others packets from
//! outside may come in.

use std::sync::{Arc, PoisonError};

use super::{Daemon, heard::Heard, outside};
use crate::{
    kernel::Hook,
    link::{Underlay, container_mtu},
};

/// Looks at the uplink whenever the kernel tells of a change, and at the others when one of them is an
/// interface's, until the task is dropped. One after the other: each has the program that it should.
pub(super) async fn follow(daemon: Arc<Daemon>, mut heard: Heard) {
    let mut trouble = None;
    while heard.all.changed().await.is_ok() {
        let found = daemon.link.underlay(daemon.config.underlay.as_deref()).await;
        let now = found.map_err(|e| e.to_string()).and_then(|underlay| take(&daemon, &underlay)).err();
        if now != trouble {
            match &now {
                Some(line) => tracing::error!("{line}"),
                None => tracing::info!("the uplink is well again"),
            }
            trouble = now;
        }
        if heard.links.has_changed().unwrap_or(false) {
            heard.links.mark_unchanged();
            outside::look_or_say(&daemon).await;
        }
    }
}

/// Takes over what has changed.
fn take(daemon: &Daemon, underlay: &Underlay) -> Result<(), String> {
    let (vtep, ifindex, mtu) = daemon.facts.read(|h| (h.vtep, h.uplink, h.underlay_mtu));
    if underlay.addr != vtep {
        return Err(format!(
            "the uplink {} has changed its address from {vtep} to {}; restart causewayd to take it over",
            underlay.ifname, underlay.addr
        ));
    }
    container_mtu(&underlay.ifname, underlay.mtu).map_err(|e| e.to_string())?;
    if underlay.ifindex != ifindex {
        attach(daemon, underlay, ifindex)?;
    }
    if underlay.mtu != mtu {
        tracing::warn!(
            uplink = underlay.ifname,
            was = mtu,
            now = underlay.mtu,
            "the underlay's MTU has changed; containers that are attached keep theirs until they are made anew"
        );
    }
    daemon.facts.change(|host| {
        host.uplink = underlay.ifindex;
        host.uplink_mac = underlay.mac;
        host.underlay_mtu = underlay.mtu;
    });
    Ok(())
}

/// An interface that was made anew has another index, and no program yet; the old one's link goes.
fn attach(daemon: &Daemon, underlay: &Underlay, old: u32) -> Result<(), String> {
    let mut dataplane = daemon.dataplane.lock().unwrap_or_else(PoisonError::into_inner);
    let attached = dataplane.attach(Hook::FromUplink, &underlay.ifname, underlay.ifindex);
    attached.and_then(|()| dataplane.detach(Hook::FromUplink, old)).map_err(|e| e.to_string())
}
