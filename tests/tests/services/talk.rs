//! Conversations with [`super::server`], from sockets of a namespace.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    time::Duration,
};

use causeway_lab::Netns;

use super::cast::PORT;

/// How long an answer may take; on one machine it comes within milliseconds, or never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Who answered, and under which address it saw us.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Answer {
    pub(crate) server: String,
    pub(crate) seen_as: String,
}

fn answer(line: &str) -> io::Result<Answer> {
    let mut words = line.split_whitespace().map(str::to_owned);
    match (words.next(), words.next()) {
        (Some(server), Some(seen_as)) => Ok(Answer { server, seen_as }),
        _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("no answer: '{line}'"))),
    }
}

/// A connection from a namespace to [`PORT`].
pub(crate) fn connect(netns: &Netns, to: Ipv4Addr) -> io::Result<TcpStream> {
    let to = SocketAddr::from((to, PORT));
    let stream = netns.run(|| TcpStream::connect_timeout(&to, PATIENCE)).map_err(io::Error::other)??;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// One question on a connection.
pub(crate) fn on(stream: &TcpStream) -> io::Result<Answer> {
    (&*stream).write_all(b"question\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    answer(&line)
}

/// One question on a connection of its own.
pub(crate) fn ask(netns: &Netns, to: Ipv4Addr) -> io::Result<Answer> {
    on(&connect(netns, to)?)
}

/// Who answers on so many connections, in order.
pub(crate) fn who(netns: &Netns, to: Ipv4Addr, times: usize) -> Vec<String> {
    (0..times).map(|_| ask(netns, to).unwrap().server).collect()
}

/// A UDP socket of a namespace that gives up receiving after a while.
pub(crate) fn udp(netns: &Netns) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))).unwrap().unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A connected one, to [`PORT`].
pub(crate) fn udp_to(netns: &Netns, to: Ipv4Addr) -> UdpSocket {
    let socket = udp(netns);
    socket.connect((to, PORT)).unwrap();
    socket
}

/// One datagram on a connected socket, and its answer.
pub(crate) fn exchange(socket: &UdpSocket) -> io::Result<Answer> {
    socket.send(b"question")?;
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer)?;
    answer(&String::from_utf8_lossy(&buffer[..length]))
}

/// One datagram on a socket that is not connected, its answer, and from where it says to come.
pub(crate) fn exchange_with(socket: &UdpSocket, to: Ipv4Addr) -> io::Result<(Answer, SocketAddr)> {
    socket.send_to(b"question", (to, PORT))?;
    let mut buffer = [0; 512];
    let (length, from) = socket.recv_from(&mut buffer)?;
    Ok((answer(&String::from_utf8_lossy(&buffer[..length]))?, from))
}
