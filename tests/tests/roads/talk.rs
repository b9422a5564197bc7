//! Conversations: servers that send back what they get, and clients that compare.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    thread::{self, JoinHandle},
    time::Duration,
};

use causeway_lab::Netns;

/// The longest that one answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a long conversation.
const LONG: usize = 4 << 20;

/// A TCP server in a namespace that answers one client with what it sends; the client's address as
/// the server saw it.
pub(crate) fn serve(netns: &Netns, port: u16) -> JoinHandle<SocketAddr> {
    let listener = netns.run(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap()).unwrap();
    thread::spawn(move || {
        let (mut stream, client) = listener.accept().unwrap();
        let mut reader = stream.try_clone().unwrap();
        drop(io::copy(&mut reader, &mut stream));
        client
    })
}

/// A UDP server in a namespace that answers so many datagrams; the last client's address.
pub(crate) fn serve_udp(netns: &Netns, port: u16, datagrams: usize) -> JoinHandle<SocketAddr> {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    thread::spawn(move || {
        let (mut buffer, mut last) = ([0; 2048], SocketAddr::from(([0; 4], 0)));
        for _ in 0..datagrams {
            let (len, client) = socket.recv_from(&mut buffer).unwrap();
            socket.send_to(&buffer[..len], client).unwrap();
            last = client;
        }
        last
    })
}

/// Connects from a namespace.
pub(crate) fn connect(netns: &Netns, to: (Ipv4Addr, u16)) -> io::Result<TcpStream> {
    let stream = netns.run(|| TcpStream::connect_timeout(&SocketAddr::from(to), PATIENCE)).unwrap()?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Says something and expects it back.
pub(crate) fn echo(stream: &mut TcpStream, text: &[u8]) {
    stream.write_all(text).unwrap();
    let mut back = vec![0; text.len()];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(back, text);
}

/// Sends megabytes and expects them back, byte for byte.
pub(crate) fn echo_much(mut stream: TcpStream) {
    let sent: Vec<u8> = (0..LONG).map(|i| u8::try_from(i * 31 % 251).unwrap_or_default()).collect();
    let mut writer = stream.try_clone().unwrap();
    let copy = sent.clone();
    let sending = thread::spawn(move || {
        writer.write_all(&copy).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut back = Vec::new();
    stream.read_to_end(&mut back).unwrap();
    sending.join().unwrap();
    assert!(back == sent, "{} of {} bytes came back", back.len(), sent.len());
}

/// A UDP socket of a namespace that is connected.
pub(crate) fn connect_udp(netns: &Netns, to: (Ipv4Addr, u16)) -> UdpSocket {
    let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap()).unwrap();
    socket.connect(to).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Says something and expects it back.
pub(crate) fn echo_udp(socket: &UdpSocket) {
    let mut back = [0; 64];
    socket.send(b"over the causeway").unwrap();
    let len = socket.recv(&mut back).unwrap();
    assert_eq!(&back[..len], b"over the causeway");
}
