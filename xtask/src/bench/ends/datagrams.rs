//! Datagrams: one there and back at a time; or many in a burst, of which the last is answered, which says what one
//! costs from socket to socket without a wait for each.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};

use super::told;

/// Round trips before the clock counts.
const WARM_UP: u8 = 250;
/// Datagrams in a burst: few enough for any socket's buffer.
const BURST: u8 = 64;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// Bytes that wait at the server, at most: the first packets of 60,000 conversations at once.
const WAITING: usize = 128 << 20;

/// Answers every datagram but those of a burst, and of those the last, for ever.
pub(super) fn serve(address: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind(address)?;
    // What is not root has the buffer that it has.
    let _ = setsockopt(&socket, RcvBufForce, &WAITING);
    let mut datagram = [0; 64];
    loop {
        let (length, from) = socket.recv_from(&mut datagram)?;
        if length != 2 || datagram[1] == BURST - 1 {
            // Refused where the asker has ended.
            let _ = socket.send_to(&datagram[..length], from);
        }
    }
}

/// Round trips a second, and the median of their time, us. None may be lost.
pub(super) fn measure(address: SocketAddr, round: Duration) -> Result<Vec<f64>> {
    let socket = connected(address)?;
    for byte in 0..WARM_UP {
        once(&socket, byte)?;
    }
    let (begun, mut times) = (Instant::now(), Vec::with_capacity(1 << 18));
    for byte in (0..=u8::MAX).cycle() {
        times.push(once(&socket, byte)?.as_nanos());
        if begun.elapsed() > round {
            break;
        }
    }
    told(times, begun.elapsed())
}

fn connected(address: SocketAddr) -> Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

fn once(socket: &UdpSocket, byte: u8) -> Result<Duration> {
    let (begun, mut answer) = (Instant::now(), [0; 2]);
    socket.send(&[byte])?;
    let length = socket.recv(&mut answer)?;
    ensure!(answer[..length] == [byte], "{:?} came back for {byte}", &answer[..length]);
    Ok(begun.elapsed())
}

/// Median time of a datagram in a burst, us. A burst whose last datagram is lost is not counted.
pub(super) fn measure_bursts(address: SocketAddr, round: Duration) -> Result<Vec<f64>> {
    let socket = connected(address)?;
    // The first burst makes the conversation known; it does not count.
    let _ = burst(&socket, u8::MAX);
    let (begun, mut times) = (Instant::now(), Vec::new());
    for number in (0..u8::MAX).cycle() {
        times.extend(burst(&socket, number).map(|time| time.as_nanos() / u128::from(BURST)));
        if begun.elapsed() > round {
            break;
        }
    }
    Ok(vec![told(times, begun.elapsed())?[1]])
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
