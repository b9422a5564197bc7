//! Connections that go on all the time: what is said comes back, byte for byte, however long it takes.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use causeway_common::faults::draw;
use causeway_lab::Netns;

/// Between two questions.
const APART: Duration = Duration::from_millis(20);
/// How long nobody looks whether all is over.
const LOOK: Duration = Duration::from_millis(200);
/// How long a connection may take to come about, and until one is tried again.
const OPENS: Duration = Duration::from_secs(5);
/// The longest that is said at once.
const LONGEST: u32 = 16 * 1024;

/// Answers on a port of a namespace, until it is dropped.
pub(crate) struct Server {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(netns: &Netns, port: u16) -> Self {
        let listener = netns.run(|| TcpListener::bind(("0.0.0.0", port))).unwrap().unwrap();
        listener.set_nonblocking(true).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&over);
        Self { over, thread: Some(thread::spawn(move || accept(&listener, &told))) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn accept(listener: &TcpListener, over: &Arc<AtomicBool>) {
    let mut threads = Vec::new();
    while !over.load(Ordering::Relaxed) {
        if let Ok((stream, _)) = listener.accept() {
            let over = Arc::clone(over);
            threads.push(thread::spawn(move || echo(&stream, &over)));
        }
        thread::sleep(APART);
    }
    threads.into_iter().for_each(|thread| drop(thread.join()));
}

/// Until the other end closes, or all is over.
fn echo(mut stream: &TcpStream, over: &AtomicBool) {
    let mut bytes = vec![0; LONGEST as usize];
    let _ = stream.set_nonblocking(false);
    let _ = stream.set_read_timeout(Some(LOOK));
    while !over.load(Ordering::Relaxed) {
        match stream.read(&mut bytes) {
            Ok(0) => return,
            Ok(length) if stream.write_all(&bytes[..length]).is_err() => return,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
            _ => {}
        }
    }
}

/// A connection that is opened anew where it breaks, which is noted.
pub(crate) struct Talk {
    pub(crate) name: String,
    /// A fault may legitimately break it: it goes by a service, whose node may be taken for dead.
    pub(crate) may_break: bool,
    rounds: Arc<AtomicU64>,
    breaks: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Talk {
    pub(crate) fn begin(name: &str, from: &Netns, to: SocketAddr, may_break: bool) -> Self {
        let (rounds, breaks) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Vec::new())));
        let over = Arc::new(AtomicBool::new(false));
        let netns = Netns::open(from.name()).unwrap();
        let told = (Arc::clone(&rounds), Arc::clone(&breaks), Arc::clone(&over));
        let thread = thread::spawn(move || {
            netns.run(|| converse(to, &told.0, &told.1, &told.2)).unwrap();
        });
        let name = name.to_owned();
        Self { name, may_break, rounds, breaks, over, thread: Some(thread) }
    }

    /// How often what was said came back.
    pub(crate) fn rounds(&self) -> u64 {
        self.rounds.load(Ordering::Relaxed)
    }

    /// How it broke since it was asked for last.
    pub(crate) fn breaks(&self) -> Vec<String> {
        std::mem::take(&mut self.breaks.lock().unwrap())
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn converse(to: SocketAddr, rounds: &AtomicU64, breaks: &Mutex<Vec<String>>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        // One that does not come about is not one that breaks; that it never does is seen by its rounds.
        match TcpStream::connect_timeout(&to, OPENS) {
            Ok(stream) => {
                let ended = talk_on(&stream, rounds, over);
                ended.unwrap_or_else(|error| breaks.lock().unwrap().push(error.to_string()));
            }
            Err(_) => thread::sleep(LOOK),
        }
    }
}

fn talk_on(mut stream: &TcpStream, rounds: &AtomicU64, over: &AtomicBool) -> io::Result<()> {
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_nodelay(true)?;
    let mut heard = vec![0; LONGEST as usize];
    while !over.load(Ordering::Relaxed) {
        let said = said(rounds.load(Ordering::Relaxed));
        stream.write_all(&said)?;
        let heard = &mut heard[..said.len()];
        if !hear(stream, heard, over)? {
            return Ok(());
        }
        if heard != said {
            return Err(io::Error::other("WRONG BYTES came back"));
        }
        rounds.fetch_add(1, Ordering::Relaxed);
        thread::sleep(APART);
    }
    Ok(())
}

/// False: all is over.
fn hear(mut stream: &TcpStream, mut room: &mut [u8], over: &AtomicBool) -> io::Result<bool> {
    while !room.is_empty() {
        match stream.read(room) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => room = &mut room[length..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if over.load(Ordering::Relaxed) {
                    return Ok(false);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// What is said in a round: noise of a length that follows from it, too.
fn said(round: u64) -> Vec<u8> {
    let round = u32::try_from(round).unwrap();
    let length = 1 + draw(round, 0, 1) % LONGEST;
    (0..length.div_ceil(4)).flat_map(|at| draw(round, at, 2).to_ne_bytes()).take(length as usize).collect()
}
