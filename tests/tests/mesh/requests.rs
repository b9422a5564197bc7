//! Requests that are made one after the other through every node, and when each began.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddrV4, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use causeway_lab::Netns;

use super::talk::PATIENCE;

/// Who asks too early for anybody to know of a death: so long after it no request may fail.
const KNOWN: Duration = Duration::from_millis(100);

/// Who talked with somebody who dies is told so, and soon: silence for so long is none.
const TOLD: Duration = Duration::from_millis(1500);

/// A request: when it began, how long it took and, if it failed, how.
struct Request {
    begun: Instant,
    took: Duration,
    error: Option<io::Error>,
}

impl Request {
    /// It may fail because of a death if it met it, and if it was told so.
    fn is_excused_by(&self, death: Instant) -> bool {
        self.begun < death + KNOWN && self.begun + self.took >= death && self.took < TOLD
    }
}

/// Requests under way from threads of a namespace, one for each address.
pub(crate) struct Requests {
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<Request>>>,
    deaths: Mutex<Vec<Instant>>,
}

impl Requests {
    pub(crate) fn start(from: &Netns, targets: Vec<SocketAddrV4>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ask = |to| {
            let (over, from) = (Arc::clone(&over), Netns::open(from.name()).unwrap());
            thread::spawn(move || from.run(|| ask_on(to, &over)).unwrap())
        };
        let threads = targets.into_iter().map(ask).collect();
        Self { threads, over, deaths: Mutex::default() }
    }

    /// A backend died at this moment: requests that were under way, or began before it was known, may fail.
    pub(crate) fn may_fail_about(&self, death: Instant) {
        self.deaths.lock().unwrap().push(death);
    }

    /// Ends them; how many were answered. None may have failed otherwise.
    pub(crate) fn finish(self) -> usize {
        self.over.store(true, Ordering::Release);
        let all: Vec<Request> = self.threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
        let deaths = self.deaths.into_inner().unwrap();
        println!("requests failed until {:?} after a death", slowest(&all, &deaths));
        for Request { begun, took, error } in
            all.iter().filter(|r| !deaths.iter().any(|d| r.is_excused_by(*d)))
        {
            let late = deaths.iter().filter(|death| *death < begun).max().map(|death| *begun - *death);
            assert!(error.is_none(), "{error:?} after {took:?}; it began {late:?} after the last death");
        }
        all.iter().filter(|request| request.error.is_none()).count()
    }
}

/// How long after a death requests began that failed of it, the longest times first. A request is the last
/// death's that it lived to see: of the next one it may fail, too, that began long after the one before.
fn slowest(all: &[Request], deaths: &[Instant]) -> Vec<Duration> {
    let late = |request: &Request| {
        let ended = request.begun + request.took;
        let death = deaths.iter().filter(|death| **death <= ended).max()?;
        request.begun.checked_duration_since(*death)
    };
    let mut times: Vec<Duration> = all.iter().filter(|r| r.error.is_some()).filter_map(late).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    times.truncate(5);
    times
}

fn ask_on(to: SocketAddrV4, over: &AtomicBool) -> Vec<Request> {
    let mut all = Vec::new();
    while !over.load(Ordering::Acquire) {
        let begun = Instant::now();
        let error = page(to).err();
        all.push(Request { begun, took: begun.elapsed(), error });
    }
    all
}

/// Fetches a page on a connection of its own.
fn page(to: SocketAddrV4) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&to.into(), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let good = answer.starts_with("HTTP/1.1 200");
    good.then_some(()).ok_or_else(|| io::Error::other(format!("answered '{answer}'")))
}
