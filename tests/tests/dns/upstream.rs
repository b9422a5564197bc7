//! Other name servers, made up: each answers as its script says, and writes down who asked.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{Arc, Mutex},
    thread,
};

use causeway_lab::Netns;
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{RData, Record, rdata::A},
};

use crate::clients::framed;

/// What a server says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// Nothing, though it listens.
    Nothing,
    /// So many addresses, the first of them its own; over datagrams cut to what the client takes.
    Addresses(u16),
    /// This code.
    Code(ResponseCode),
    /// Answers with another id, another name, and then the right one.
    LiesFirst,
}

/// A server that was asked: from where, and under which id.
type Asked = Arc<Mutex<Vec<(SocketAddr, u16)>>>;

/// A name server; it ends with its sockets' namespace.
pub(crate) struct Upstream {
    asked: Asked,
}

impl Upstream {
    /// Listens at port 53 of an address inside a namespace.
    pub(crate) fn start(netns: &Netns, addr: Ipv4Addr, says: Says) -> Self {
        let asked = Asked::default();
        let at = (addr, 53);
        let sockets = netns.run(|| (UdpSocket::bind(at).unwrap(), TcpListener::bind(at).unwrap())).unwrap();
        let (udp, tcp) = sockets;
        let (one, other) = (asked.clone(), asked.clone());
        thread::spawn(move || datagrams(&udp, addr, says, &one));
        thread::spawn(move || streams(&tcp, addr, says, &other));
        Self { asked }
    }

    /// Who asked, in order.
    pub(crate) fn asked(&self) -> Vec<(SocketAddr, u16)> {
        self.asked.lock().unwrap().clone()
    }
}

fn datagrams(socket: &UdpSocket, addr: Ipv4Addr, says: Says, asked: &Asked) {
    let mut buffer = vec![0; 65535];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let query = Message::from_vec(&buffer[..length]).unwrap();
        asked.lock().unwrap().push((from, query.metadata.id));
        let limit = usize::from(query.max_payload().max(512));
        for mut answer in answers(&query, addr, says) {
            while answer.to_vec().unwrap().len() > limit {
                answer.metadata.truncation = true;
                answer.answers.pop();
            }
            let _ = socket.send_to(&answer.to_vec().unwrap(), from);
        }
    }
}

fn streams(listener: &TcpListener, addr: Ipv4Addr, says: Says, asked: &Asked) {
    for stream in listener.incoming() {
        let _ = stream.and_then(|stream| one_stream(stream, addr, says, asked));
    }
}

fn one_stream(mut stream: TcpStream, addr: Ipv4Addr, says: Says, asked: &Asked) -> std::io::Result<()> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut query)?;
    let query = Message::from_vec(&query).unwrap();
    asked.lock().unwrap().push((stream.peer_addr()?, query.metadata.id));
    answers(&query, addr, says).iter().try_for_each(|answer| stream.write_all(&framed(answer)))
}

/// The messages that follow a query.
fn answers(query: &Message, addr: Ipv4Addr, says: Says) -> Vec<Message> {
    match says {
        Says::Nothing => Vec::new(),
        Says::Addresses(count) => vec![addressed(query, addr, count)],
        Says::Code(code) => vec![coded(query, code)],
        Says::LiesFirst => {
            let lie = Ipv4Addr::new(192, 0, 2, 66);
            let mut other_id = addressed(query, lie, 1);
            other_id.metadata.id = query.metadata.id.wrapping_add(1);
            let mut other_name = addressed(query, lie, 1);
            other_name.queries =
                crate::clients::query(0, "other.example", query.queries[0].query_type()).queries;
            vec![other_id, other_name, addressed(query, addr, 1)]
        }
    }
}

fn coded(query: &Message, code: ResponseCode) -> Message {
    let mut answer = Message::error_msg(query.metadata.id, query.metadata.op_code, code);
    answer.queries.clone_from(&query.queries);
    answer
}

fn addressed(query: &Message, addr: Ipv4Addr, count: u16) -> Message {
    let mut answer = coded(query, ResponseCode::NoError);
    let name = query.queries[0].name();
    for n in 0..count {
        let addr = if n == 0 { addr } else { Ipv4Addr::from(0xcb00_0000 + u32::from(n)) };
        answer.add_answer(Record::from_rdata(name.clone(), 60, RData::A(A(addr))));
    }
    answer
}
