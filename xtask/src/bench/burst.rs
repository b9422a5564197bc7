//! Small datagrams in bursts, each of which is answered once: what a datagram costs from socket to
//! socket, on one core, without a wait for each.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

/// Datagrams in a burst: few enough for any socket's buffer.
const BURST: u8 = 64;
/// How long an answer may take; a burst whose last datagram was lost is not counted.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers the last datagram of every burst, for ever.
pub(super) fn answer(address: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind(address)?;
    let mut datagram = [0; 2];
    loop {
        let (_, from) = socket.recv_from(&mut datagram)?;
        if datagram[1] == BURST - 1 {
            // Refused where the asker has ended.
            let _ = socket.send_to(&datagram, from);
        }
    }
}

/// Median time of a datagram, nanoseconds.
pub(super) fn measure(address: SocketAddr, round: Duration) -> Result<u128> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    // The first burst makes the conversation known; it does not count.
    let _ = burst(&socket, u8::MAX);
    let (begun, mut times) = (Instant::now(), Vec::new());
    for number in (0..u8::MAX).cycle() {
        times.extend(burst(&socket, number).map(|time| time.as_nanos() / u128::from(BURST)));
        if begun.elapsed() > round {
            break;
        }
    }
    ensure!(!times.is_empty(), "{address} answers no datagram");
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// How long a burst took, if its answer came: each bears the burst's number.
fn burst(socket: &UdpSocket, number: u8) -> Option<Duration> {
    let begun = Instant::now();
    for place in 0..BURST {
        socket.send(&[number, place]).ok()?;
    }
    let mut answer = [0; 2];
    while answer != [number, BURST - 1] {
        socket.recv(&mut answer).ok()?;
    }
    Some(begun.elapsed())
}
