//! Streams: messages, each after its length (RFC 1035 §4.2.2), several to a connection (RFC 7766).

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use super::{
    Transport, Verdict,
    limits::{IDLE, LONGEST_QUERY},
    resolver::Resolver,
};

/// Pause after an error of the listener, such as too many open files.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers until the resolver is stopped.
pub(super) async fn serve(listener: TcpListener, resolver: Arc<Resolver>) {
    let stopped = resolver.stopped.clone();
    stopped.run_until_cancelled_owned(accept_all(listener, resolver)).await;
}

async fn accept_all(listener: TcpListener, resolver: Arc<Resolver>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let Ok(place) = resolver.connections.clone().try_acquire_owned() else {
            resolver.counters.turned_away.count();
            continue;
        };
        let resolver = resolver.clone();
        tokio::spawn(async move {
            let _place = place;
            // A client that breaks off, or is too slow, has only its own connection to lose.
            let _ = resolver.stopped.run_until_cancelled(converse(stream, &resolver)).await;
        });
    }
}

/// One query after the other until the client ends, says nothing for long, or breaks the rules.
async fn converse(mut stream: TcpStream, resolver: &Resolver) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut query = Vec::new();
    while timeout(IDLE, read(&mut stream, &mut query)).await?? {
        let reply = match resolver.receive(&query, Transport::Tcp) {
            Verdict::Silence => return Ok(()),
            Verdict::Say(reply) => Some(reply),
            Verdict::Ask(ask) => resolver.forwarder.forward(resolver, &ask, &query).await,
        };
        if let Some(reply) = reply {
            timeout(IDLE, stream.write_all(&framed(&reply))).await??;
        }
    }
    Ok(())
}

/// Reads one message; false where the client has ended, or announces what no query is.
async fn read(stream: &mut TcpStream, query: &mut Vec<u8>) -> io::Result<bool> {
    let length = usize::from(stream.read_u16().await?);
    if length > LONGEST_QUERY {
        return Ok(false);
    }
    query.resize(length, 0);
    stream.read_exact(query).await?;
    Ok(true)
}

/// A message after its length; no message of ours is longer than the two bytes can say.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), &message[..usize::from(length)]].concat()
}
