//! Numbered packets on their way while something is done: which of them arrive.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, UdpSocket},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow};
use causeway_lab::Netns;
use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};

/// Between two packets.
const APART: Duration = Duration::from_micros(500);
/// How long nothing comes before nothing more is expected.
const SILENCE: Duration = Duration::from_secs(1);
/// Room for what is received while others have the CPU, bytes.
const ROOM: usize = 16 << 20;

/// What became of the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// How many were sent.
    pub sent: u64,
    /// How many of them never arrived.
    pub lost: usize,
}

/// A socket that takes numbered packets.
///
/// # Errors
/// If the port is taken.
pub fn ear(netns: &Netns, port: u16) -> Result<UdpSocket> {
    let ear = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)))??;
    setsockopt(&ear, RcvBufForce, &ROOM).context("room for packets")?;
    ear.set_read_timeout(Some(SILENCE))?;
    Ok(ear)
}

/// Sends numbered packets from a namespace to `ear`, which is reached at `to`, while something is done; their fate,
/// and what came of it.
///
/// # Errors
/// If a packet cannot be sent.
pub fn while_doing<T>(
    from: &Netns,
    ear: &UdpSocket,
    to: (Ipv4Addr, u16),
    act: impl FnOnce() -> T,
) -> Result<(Fate, T)> {
    let done = AtomicBool::new(false);
    let (sent, heard, came) = thread::scope(|scope| {
        let hearing = scope.spawn(|| hear(ear));
        let sending = scope.spawn(|| send(from, to, &done));
        let came = act();
        done.store(true, Ordering::Relaxed);
        (sending.join(), hearing.join(), came)
    });
    let sent = sent.map_err(|_| anyhow!("who sends has panicked"))??;
    let heard = heard.map_err(|_| anyhow!("who hears has panicked"))?;
    let lost = (0..sent).filter(|number| !heard.contains(number)).count();
    Ok((Fate { sent, lost }, came))
}

/// Sends numbers until told to stop; how many.
fn send(from: &Netns, to: (Ipv4Addr, u16), done: &AtomicBool) -> Result<u64> {
    let socket = from.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)))??;
    let mut sent = 0_u64;
    while !done.load(Ordering::Relaxed) {
        socket.send_to(&sent.to_be_bytes(), to).context("a numbered packet")?;
        sent += 1;
        thread::sleep(APART);
    }
    Ok(sent)
}

/// Takes what comes, until nothing comes any more.
fn hear(ear: &UdpSocket) -> BTreeSet<u64> {
    let mut number = [0; 8];
    std::iter::from_fn(|| ear.recv(&mut number).ok().map(|_| u64::from_be_bytes(number))).collect()
}
