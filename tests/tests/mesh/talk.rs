//! Conversations with [`super::server`], from sockets of a namespace.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream, UdpSocket},
    time::Duration,
};

use causeway_lab::Netns;

/// How long an answer may take; on one machine it comes within milliseconds, or never.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Who answered, and as whom it saw us.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Answer {
    pub(crate) server: String,
    pub(crate) seen_as: SocketAddrV4,
}

fn answer(line: &str) -> io::Result<Answer> {
    let mut words = line.split_whitespace();
    let (server, seen_as) = (words.next(), words.next().and_then(|word| word.parse().ok()));
    match (server, seen_as) {
        (Some(server), Some(seen_as)) => Ok(Answer { server: server.to_owned(), seen_as }),
        _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("no answer: '{line}'"))),
    }
}

/// A connection from a namespace.
pub(crate) fn connect(netns: &Netns, to: SocketAddrV4) -> io::Result<TcpStream> {
    let to = SocketAddr::V4(to);
    let stream = netns.run(|| TcpStream::connect_timeout(&to, PATIENCE)).map_err(io::Error::other)??;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
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
pub(crate) fn ask(netns: &Netns, to: SocketAddrV4) -> io::Result<Answer> {
    on(&connect(netns, to)?)
}

/// A UDP socket of a namespace that gives up receiving after a while.
pub(crate) fn udp(netns: &Netns) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))).unwrap().unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A connected one, which takes answers from there only.
pub(crate) fn udp_to(netns: &Netns, to: SocketAddrV4) -> UdpSocket {
    let socket = udp(netns);
    netns.run(|| socket.connect(to)).unwrap().unwrap();
    socket
}

/// One datagram on a connected socket, and its answer.
pub(crate) fn exchange(socket: &UdpSocket) -> io::Result<Answer> {
    socket.send(b"question")?;
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer)?;
    answer(&String::from_utf8_lossy(&buffer[..length]))
}

/// One datagram on a socket of its own that is not connected; its answer must come from there all the same.
pub(crate) fn send(netns: &Netns, to: SocketAddrV4) -> io::Result<Answer> {
    let socket = udp(netns);
    socket.send_to(b"question", to)?;
    let mut buffer = [0; 512];
    let (length, from) = socket.recv_from(&mut buffer)?;
    if from != SocketAddr::V4(to) {
        return Err(io::Error::other(format!("asked {to}, answered by {from}")));
    }
    answer(&String::from_utf8_lossy(&buffer[..length]))
}
