//! Servers in containers' namespaces, which say who they are and under which address they see the client.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
};

use causeway_lab::Netns;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net,
    runtime::{Builder, Runtime},
};

/// Answers each line of a stream, and each datagram, until it is dropped.
pub(crate) struct Server(Option<Runtime>);

impl Server {
    /// Listens by TCP and by UDP on a port of a namespace.
    pub(crate) fn start(netns: &Netns, name: &str, port: u16) -> Self {
        let any = (Ipv4Addr::UNSPECIFIED, port);
        let (streams, datagrams) = netns.run(|| (TcpListener::bind(any), UdpSocket::bind(any))).unwrap();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_io().build().unwrap();
        let guard = runtime.enter();
        let streams = net::TcpListener::from_std(asynchronous(streams.unwrap())).unwrap();
        let datagrams = datagrams.unwrap();
        datagrams.set_nonblocking(true).unwrap();
        let datagrams = net::UdpSocket::from_std(datagrams).unwrap();
        runtime.spawn(listen(name.to_owned(), streams));
        runtime.spawn(echo(name.to_owned(), datagrams));
        drop(guard);
        Self(Some(runtime))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn asynchronous(listener: TcpListener) -> TcpListener {
    listener.set_nonblocking(true).unwrap();
    listener
}

async fn listen(name: String, listener: net::TcpListener) {
    while let Ok((stream, client)) = listener.accept().await {
        tokio::spawn(converse(name.clone(), stream, client));
    }
}

async fn converse(name: String, stream: net::TcpStream, client: SocketAddr) -> io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from).lines();
    while let Some(line) = lines.next_line().await? {
        to.write_all(format!("{name} {client} {line}\n").as_bytes()).await?;
    }
    Ok(())
}

async fn echo(name: String, socket: net::UdpSocket) {
    let mut buffer = vec![0; 65_536];
    loop {
        // What came back of an earlier answer, such as that nobody listens there, is no end.
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else { continue };
        let text = String::from_utf8_lossy(&buffer[..length]);
        let _ = socket.send_to(format!("{name} {client} {text}").as_bytes(), client).await;
    }
}
