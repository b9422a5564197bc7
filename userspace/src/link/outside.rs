//! The host's end of a pair: made ready, and taken away with its peer.

use std::{
    io,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use nix::net::if_::if_nametoindex;
use rtnetlink::{
    LinkUnspec,
    packet_route::{RouteNetlinkMessage, link::LinkAttribute},
};

use super::{
    conversation::Conversation,
    error::{Doing, LinkError},
    ipv6, offload,
};

/// How often an interface that is being deleted is looked for.
const LOOK: Duration = Duration::from_micros(100);

/// Sets an interface of the calling thread's namespace up, without IPv6 and without segmentation of
/// datagrams ([`super::disable_ipv6`], [`super::segment_datagrams`]), and gives it an alias that says whose it
/// is ([`super::Interface::alias`]). It blocks.
///
/// # Errors
/// Where it is missing or the kernel refuses.
pub fn set_up_outside(name: &str, ifindex: u32, alias: &str) -> Result<(), LinkError> {
    let on = |action: &str| format!("{action} on interface {name}");
    ipv6::switch_off(name).doing(|| on("turn IPv6 off"))?;
    offload::switch_off(name).doing(|| on("turn UDP segmentation off"))?;
    let alias = LinkAttribute::IfAlias(alias.to_owned());
    let up = LinkUnspec::new_with_index(ifindex).up().append_extra_attribute(alias).build();
    let set = Conversation::open().and_then(|kernel| kernel.ask(RouteNetlinkMessage::SetLink(up), 0));
    set.doing(|| on("set up"))
}

/// Deletes an interface of the calling thread's namespace, and with a veth its peer; returns as soon as
/// nobody finds it any more. The kernel answers only when its last trace is gone, which takes it some
/// grace periods (RCU) more; a thread of its own waits for that, and holds `held` meanwhile. No error where it is
/// gone already.
///
/// # Errors
/// Where the kernel refuses.
pub fn delete_outside(name: &str, held: impl Send + 'static) -> Result<(), LinkError> {
    let Ok(ifindex) = if_nametoindex(name) else { return Ok(()) };
    let (ended, end) = mpsc::channel();
    let delete = move || {
        let deleted = delete(ifindex);
        drop(held);
        drop(ended.send(deleted));
    };
    let doing = || format!("delete interface {name}");
    thread::Builder::new().name("delete".to_owned()).spawn(delete).doing(doing)?;
    loop {
        match end.recv_timeout(LOOK) {
            Ok(answer) => return answer.doing(doing),
            Err(RecvTimeoutError::Timeout) if if_nametoindex(name) == Ok(ifindex) => {}
            Err(_) => return Ok(()),
        }
    }
}

fn delete(ifindex: u32) -> io::Result<()> {
    let link = LinkUnspec::new_with_index(ifindex).build();
    match Conversation::open()?.ask(RouteNetlinkMessage::DelLink(link), 0) {
        Err(gone) if gone.raw_os_error() == Some(libc::ENODEV) => Ok(()),
        other => other,
    }
}
