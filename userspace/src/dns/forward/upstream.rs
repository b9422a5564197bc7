//! One query to one server.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};

use socket2::{SockAddr, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, UdpSocket},
    time::timeout,
};

use super::{
    matching::{is_answer, is_truncated, with_id},
    road::Road,
};
use crate::dns::{Transport, limits::PATIENCE, open::Opener, receive::Ask, tcp::framed};

/// Longest datagram.
const LONGEST: usize = u16::MAX as usize;

/// Asks a server, which takes datagrams at `server` and connections at `by_stream`, as the client asked us, under an id and from a port of chance; an answer over UDP that
/// was cut short is asked for once more over TCP, and counts as it is where that brings nothing that
/// the client would take.
///
/// # Errors
/// Where the server does not answer in time, or cannot be reached.
pub(super) async fn ask(
    opener: &Opener,
    road: &Road,
    server: SocketAddr,
    by_stream: SocketAddr,
    query: &[u8],
    ask: &Ask,
) -> io::Result<Vec<u8>> {
    let ours = with_id(query, rand::random());
    let answer = match ask.transport {
        Transport::Tcp => timeout(PATIENCE, stream(opener, road, by_stream, &ours)).await??,
        Transport::Udp => {
            let answer = timeout(PATIENCE, datagram(opener, road, server, &ours)).await??;
            whole(opener, road, by_stream, &ours, answer, ask.limit).await
        }
    };
    Ok(with_id(&answer, ask.request.metadata.id.to_be_bytes()))
}

/// The answer itself, or the one without a cut that TCP brings, if the client takes one so long.
async fn whole(
    opener: &Opener,
    road: &Road,
    server: SocketAddr,
    query: &[u8],
    cut: Vec<u8>,
    limit: usize,
) -> Vec<u8> {
    if !is_truncated(&cut) {
        return cut;
    }
    match timeout(PATIENCE, stream(opener, road, server, query)).await {
        Ok(Ok(answer)) if answer.len() <= limit => answer,
        _ => cut,
    }
}

async fn datagram(opener: &Opener, road: &Road, server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let socket = road.open(opener, server, Type::DGRAM).await?;
    // Bound first: a port that connect chooses goes by the address, not by chance.
    socket.bind(&SockAddr::from(any_port(server)))?;
    let socket = UdpSocket::from_std(socket.into())?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; LONGEST];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if let Some(answer) = buffer.get(..length).filter(|answer| is_answer(query, answer)) {
            return Ok(answer.to_vec());
        }
    }
}

async fn stream(opener: &Opener, road: &Road, server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
    let socket = road.open(opener, server, Type::STREAM).await?;
    let mut stream = TcpSocket::from_std_stream(socket.into()).connect(server).await?;
    stream.write_all(&framed(query)).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    if is_answer(query, &answer) { Ok(answer) } else { Err(io::Error::other("another answer")) }
}

/// Any address and any port of the server's family.
fn any_port(server: SocketAddr) -> SocketAddr {
    match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
