//! Clients: one that asks over datagrams, one that holds a stream.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use causeway_lab::Netns;
use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query},
    rr::{Name, RData, RecordType},
};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A query for a name, `.` at its end or not.
pub(crate) fn query(id: u16, name: &str, kind: RecordType) -> Message {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    let mut name = Name::from_ascii(name).unwrap();
    name.set_fqdn(true);
    message.add_query(Query::query(name, kind));
    message
}

/// The query, from a client that takes datagrams so long.
pub(crate) fn with_edns(mut query: Message, takes: u16) -> Message {
    let mut edns = Edns::new();
    edns.set_max_payload(takes);
    query.set_edns(edns);
    query
}

/// Addresses in the answer section.
pub(crate) fn addresses(message: &Message) -> Vec<Ipv4Addr> {
    let address = |data: &RData| match data {
        RData::A(address) => Some(address.0),
        _ => None,
    };
    message.answers.iter().filter_map(|record| address(&record.data)).collect()
}

/// Asks over datagrams.
pub(crate) struct Datagrams {
    socket: UdpSocket,
    next: u16,
}

impl Datagrams {
    /// A client in a namespace.
    pub(crate) fn new(netns: &Netns, server: SocketAddr) -> Self {
        let socket = netns.run(|| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))).unwrap().unwrap();
        socket.connect(server).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, next: 1 }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&self, bytes: &[u8]) {
        self.socket.send(bytes).unwrap();
    }

    /// The next datagram as it came.
    pub(crate) fn receive(&self) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; 65535];
        let length = self.socket.recv(&mut buffer)?;
        buffer.truncate(length);
        Ok(buffer)
    }

    /// A query of the name, and its answer.
    pub(crate) fn ask(&mut self, name: &str, kind: RecordType) -> Message {
        self.next = self.next.wrapping_add(1);
        self.exchange(&query(self.next, name, kind))
    }

    /// A query and its answer; answers to others are passed over.
    pub(crate) fn exchange(&self, query: &Message) -> Message {
        self.send(&query.to_vec().unwrap());
        loop {
            let answer = Message::from_vec(&self.receive().unwrap()).unwrap();
            if answer.metadata.id == query.metadata.id {
                return answer;
            }
        }
    }

    /// How long a query of the name takes, and its answer.
    pub(crate) fn timed(&mut self, name: &str) -> (Message, Duration) {
        let began = Instant::now();
        let answer = self.ask(name, RecordType::A);
        (answer, began.elapsed())
    }
}

/// A stream.
pub(crate) struct Stream(pub(crate) TcpStream);

impl Stream {
    /// Connects from inside a namespace.
    pub(crate) fn new(netns: &Netns, server: SocketAddr) -> Self {
        let stream = netns.run(|| TcpStream::connect(server)).unwrap().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// Sends a query after its length.
    pub(crate) fn send(&mut self, query: &Message) {
        self.0.write_all(&framed(query)).unwrap();
    }

    /// The next answer.
    pub(crate) fn receive(&mut self) -> io::Result<Message> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length)?;
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut answer)?;
        Ok(Message::from_vec(&answer).unwrap())
    }

    /// A query and its answer.
    pub(crate) fn ask(&mut self, name: &str, kind: RecordType) -> Message {
        self.send(&query(7, name, kind));
        self.receive().unwrap()
    }
}

/// A message after its length.
pub(crate) fn framed(message: &Message) -> Vec<u8> {
    let bytes = message.to_vec().unwrap();
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat()
}
