//! The host's interfaces watched: the uplink's MTU, MAC and address, and by which others packets from
//! outside may come in.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Daemon, heard::Heard, outside};
use crate::{
    kernel::Hook,
    link::{LinkError, Underlay, container_mtu},
};

/// What is wrong with the uplink, if anything is.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Option<String>>);

impl Trouble {
    /// One line, empty where all is well.
    pub(super) fn line(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }

    /// Notes what is wrong now, and says it once.
    fn note(&self, now: Option<String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now == *known {
            return;
        }
        match &now {
            Some(line) => tracing::error!("{line}"),
            None => tracing::info!("the uplink is well again"),
        }
        *known = now;
    }
}

/// Looks at the uplink whenever the kernel tells of a change, and at the others when one of them is an
/// interface's, until the task is dropped. One after the other: each has the program that it should.
pub(super) async fn follow(daemon: Arc<Daemon>, mut heard: Heard) {
    while heard.all.changed().await.is_ok() {
        look(&daemon).await;
        if heard.links.has_changed().unwrap_or(false) {
            heard.links.mark_unchanged();
            outside::look_or_say(&daemon).await;
        }
    }
}

/// Takes over what has changed about the uplink; what cannot be is noted.
pub(super) async fn look(daemon: &Daemon) {
    let taken = match find(daemon).await {
        Ok(underlay) => take(daemon, &underlay),
        Err(error) => Err(error.to_string()),
    };
    daemon.uplink.note(taken.err());
}

/// The interface that bears the node's address, whatever it is called now: other nodes know the address. Where none
/// does, the one that the configuration names.
async fn find(daemon: &Daemon) -> Result<Underlay, LinkError> {
    let vtep = daemon.facts.read(|host| host.vtep).to_string();
    match daemon.link.underlay(Some(&vtep)).await {
        Err(LinkError::NoUnderlay(_)) => daemon.link.underlay(daemon.config.underlay.as_deref()).await,
        found => found,
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
    is_named_as_configured(daemon, underlay)
}

/// An interface of another name carries on, but would not be found at the next start.
fn is_named_as_configured(daemon: &Daemon, underlay: &Underlay) -> Result<(), String> {
    let configured = daemon.config.underlay.as_deref().filter(|spec| spec.parse::<Ipv4Addr>().is_err());
    match configured {
        Some(name) if name != underlay.ifname => Err(format!(
            "the uplink {name} is called {} now: give it its name back, or change --underlay before causewayd starts again",
            underlay.ifname
        )),
        _ => Ok(()),
    }
}

/// An interface that was made anew has another index, and no program yet; the old one's link goes.
fn attach(daemon: &Daemon, underlay: &Underlay, old: u32) -> Result<(), String> {
    let mut dataplane = daemon.dataplane.lock().unwrap_or_else(PoisonError::into_inner);
    let attached = dataplane.attach(Hook::FromUplink, &underlay.ifname, underlay.ifindex);
    attached.and_then(|()| dataplane.detach(Hook::FromUplink, old)).map_err(|e| e.to_string())
}
