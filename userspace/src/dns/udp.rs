//! Datagrams.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{net::UdpSocket, time::sleep};

use super::{Transport, Verdict, limits::LONGEST_QUERY, receive::Ask, resolver::Resolver};

/// Pause after an error of the socket, which else could be reported without an end.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers until the resolver is stopped.
pub(super) async fn serve(socket: UdpSocket, resolver: Arc<Resolver>) {
    let stopped = resolver.stopped.clone();
    stopped.run_until_cancelled_owned(answer_all(Arc::new(socket), resolver)).await;
}

async fn answer_all(socket: Arc<UdpSocket>, resolver: Arc<Resolver>) {
    let mut buffer = vec![0; LONGEST_QUERY];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((length, from)) => handle(&socket, &resolver, &buffer[..length], from),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

fn handle(socket: &Arc<UdpSocket>, resolver: &Arc<Resolver>, bytes: &[u8], from: SocketAddr) {
    match resolver.receive(bytes, Transport::Udp) {
        Verdict::Silence => {}
        Verdict::Say(reply) => sent(resolver, &socket.try_send_to(&reply, from)),
        Verdict::Ask(ask) => {
            tokio::spawn(forward(socket.clone(), resolver.clone(), *ask, bytes.to_vec(), from));
        }
    }
}

async fn forward(
    socket: Arc<UdpSocket>,
    resolver: Arc<Resolver>,
    ask: Ask,
    query: Vec<u8>,
    from: SocketAddr,
) {
    let answer = resolver.forwarder.forward(&resolver, &ask, &query);
    if let Some(Some(reply)) = resolver.stopped.run_until_cancelled(answer).await {
        sent(&resolver, &socket.send_to(&reply, from).await);
    }
}

/// An answer that does not go out is its client's loss alone: who does not read loses datagrams.
fn sent(resolver: &Resolver, sent: &io::Result<usize>) {
    if sent.is_err() {
        resolver.counters.unsent.count();
    }
}
