//! Numbered packets go their ways, and are looked at where they arrive.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use causeway_common::faults::{Token, draw};
use causeway_lab::Netns;
use causeway_tests::faults::{
    Faults, Ledger, Witness,
    packet::{self, Read},
};
use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};

/// Between two packets of a stream.
const APART: Duration = Duration::from_millis(10);
/// Between two looks at what has arrived, and at what was told.
const LOOK: Duration = Duration::from_millis(2);
const NEWS: Duration = Duration::from_millis(50);
/// Room for what is received while others have the CPU, bytes.
const ROOM: usize = 16 << 20;
/// What there is of lengths: the longest packet just fits the overlay.
const LENGTHS: usize = 1450 - 28 - packet::SHORTEST + 1;

/// A stream that begins here.
struct Sender {
    stream: u32,
    socket: Arc<UdpSocket>,
    /// Whom it is for, unless the socket is connected.
    to: Option<SocketAddr>,
    next: u32,
}

/// Where streams end; those that are answered go back to whom they come from.
struct Receiver {
    socket: Arc<UdpSocket>,
    /// Streams, and those of their answers.
    streams: Vec<(u32, Option<u32>)>,
    owner: String,
}

/// Everything that is shared by those who send and those who look.
pub(crate) struct Post {
    magic: u32,
    pub(crate) ledger: Mutex<Ledger>,
    senders: Mutex<Vec<Sender>>,
    receivers: Mutex<Vec<Receiver>>,
    over: AtomicBool,
    quiet: AtomicBool,
}

impl Post {
    pub(crate) fn new(magic: u32) -> Self {
        Self {
            magic,
            ledger: Mutex::default(),
            senders: Mutex::default(),
            receivers: Mutex::default(),
            over: AtomicBool::new(false),
            quiet: AtomicBool::new(false),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// A further stream.
    pub(crate) fn stream(&self, name: &str) -> u32 {
        self.ledger().open(name)
    }

    /// A stream begins at a socket; to an address, unless the socket is connected.
    pub(crate) fn send(&self, stream: u32, socket: &Arc<UdpSocket>, to: Option<SocketAddr>) {
        self.senders.lock().unwrap().push(Sender { stream, socket: Arc::clone(socket), to, next: 0 });
    }

    /// Streams end at a socket of somebody's.
    pub(crate) fn receive(&self, owner: &str, socket: Arc<UdpSocket>, streams: Vec<(u32, Option<u32>)>) {
        self.receivers.lock().unwrap().push(Receiver { socket, streams, owner: owner.to_owned() });
    }

    /// Somebody's sockets are closed, as they are when a process dies.
    pub(crate) fn close(&self, owner: &str) {
        self.receivers.lock().unwrap().retain(|receiver| receiver.owner != owner);
    }

    /// Nothing is sent any more.
    pub(crate) fn hush(&self) {
        self.quiet.store(true, Ordering::Relaxed);
    }

    /// Each stream's next packet.
    fn send_once(&self) {
        for sender in self.senders.lock().unwrap().iter_mut() {
            let number = sender.next;
            self.ledger().sends(sender.stream, number);
            match self.deliver(&sender.socket, sender.stream, number, sender.to) {
                Ok(()) => sender.next += 1,
                // What could not be sent has its number still before it.
                Err(_) => self.ledger().unsent(sender.stream, number),
            }
        }
    }

    fn deliver(
        &self,
        socket: &UdpSocket,
        stream: u32,
        number: u32,
        to: Option<SocketAddr>,
    ) -> io::Result<()> {
        let length = packet::SHORTEST + draw(stream, number, 0) as usize % LENGTHS;
        let bytes = packet::write(Token::new(self.magic, stream, number), length);
        match to {
            Some(to) => socket.send_to(&bytes, to)?,
            None => socket.send(&bytes)?,
        };
        Ok(())
    }

    /// Takes in all there is.
    fn look(&self) {
        let mut bytes = [0; 2048];
        for receiver in self.receivers.lock().unwrap().iter() {
            while let Some((length, from)) = next(&receiver.socket, &mut bytes) {
                self.take(receiver, &bytes[..length], from);
            }
        }
    }

    fn take(&self, receiver: &Receiver, bytes: &[u8], from: SocketAddr) {
        let token = match packet::read(bytes, self.magic) {
            Read::Whole(token) => token,
            harmed => return self.ledger().is_wrong(format!("{} got {harmed:?}", receiver.owner)),
        };
        let Some((_, answer)) = receiver.streams.iter().find(|(stream, _)| *stream == token.stream) else {
            return self.ledger().is_wrong(format!("{} got {token:?} of another's", receiver.owner));
        };
        let first = self.ledger().arrives(token);
        if let Some(answer) = answer.filter(|_| first) {
            self.ledger().sends(answer, token.number);
            if self.deliver(&receiver.socket, answer, token.number, Some(from)).is_err() {
                self.ledger().unsent(answer, token.number);
            }
        }
    }
}

/// The next packet that is there; errors about earlier ones are none.
fn next(socket: &UdpSocket, bytes: &mut [u8]) -> Option<(usize, SocketAddr)> {
    loop {
        match socket.recv_from(bytes) {
            Ok(packet) => return Some(packet),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(_) => {}
        }
    }
}

/// A socket of a namespace.
pub(crate) fn socket(netns: &Netns, port: u16) -> Arc<UdpSocket> {
    let socket = netns.run(|| UdpSocket::bind(("0.0.0.0", port))).unwrap().unwrap();
    setsockopt(&socket, RcvBufForce, &ROOM).unwrap();
    socket.set_nonblocking(true).unwrap();
    Arc::new(socket)
}

/// One that is connected.
pub(crate) fn socket_to(netns: &Netns, to: SocketAddr) -> Arc<UdpSocket> {
    let socket = socket(netns, 0);
    netns.run(|| socket.connect(to)).unwrap().unwrap();
    socket
}

/// Those who send, look and listen to what is told, until it is dropped.
pub(crate) struct Clerks {
    post: Arc<Post>,
    threads: Vec<JoinHandle<()>>,
}

impl Clerks {
    pub(crate) fn begin(post: &Arc<Post>, witness: &Arc<Witness>, faults: &[Faults]) -> Self {
        let (witness, faults) = (Arc::clone(witness), faults.to_vec());
        let threads = vec![
            every(post, APART, |post| {
                if !post.quiet.load(Ordering::Relaxed) {
                    post.send_once();
                }
            }),
            every(post, LOOK, Post::look),
            every(post, NEWS, move |post| {
                let told = faults.iter().map(Faults::news).chain([witness.news()]);
                told.for_each(|news| post.ledger().learn(news.unwrap()));
            }),
        ];
        Self { post: Arc::clone(post), threads }
    }
}

impl Drop for Clerks {
    fn drop(&mut self) {
        self.post.over.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

/// Does something again and again, at the same pace however long it takes.
fn every(post: &Arc<Post>, apart: Duration, work: impl Fn(&Post) + Send + 'static) -> JoinHandle<()> {
    let post = Arc::clone(post);
    thread::spawn(move || {
        let mut due = Instant::now();
        while !post.over.load(Ordering::Relaxed) {
            work(&post);
            due = (due + apart).max(Instant::now());
            thread::sleep(due.saturating_duration_since(Instant::now()).max(apart / 4));
        }
    })
}
