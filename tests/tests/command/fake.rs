//! A daemon that answers what it is told to and remembers what it was asked.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::Response,
};
use causeway::api::stream::Frame;
use causeway_lab::{Output, bins, run};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::UnixListener, runtime::Runtime, sync::watch};

/// An id as the daemon would give.
pub(super) const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// How one request is answered.
#[derive(Clone)]
pub(super) enum Answer {
    /// Status and JSON.
    Json(u16, Value),
    /// 200 and no laggards, a second later.
    Late,
    /// 200 and these frames.
    Frames(Vec<Frame>),
    /// 200, the frame `1` of standard output; once a signal n was asked for twice, the exit 128+n.
    UntilSignalledTwice,
    /// 200, or 101 to an upgrade, and then an end in the middle of a frame.
    Broken,
}

/// A row of what is answered: `METHOD /path`, and how.
pub(super) type Row = (&'static str, Answer);

/// The running fake; its directory goes when it is dropped.
pub(super) struct Fake {
    dir: TempDir,
    heard: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Fake {
    /// Listens and answers by `rows`; what is in no row is refused with 404.
    pub(super) fn answering(rows: impl Into<Vec<Row>>) -> Self {
        let (dir, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Answers {
            rows: rows.into(),
            heard: Arc::clone(&heard),
            kills: watch::channel(vec![]).0,
        });
        let router = Router::new().fallback(move |request| Arc::clone(&answers).answer(request));
        let guard = runtime.enter();
        let listener = UnixListener::bind(dir.path().join("s")).unwrap();
        drop(guard);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { dir, heard, _runtime: runtime }
    }

    /// `causeway` with these arguments, talking to this daemon.
    pub(super) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        command(&self.dir.path().join("s"), arguments)
    }

    /// Runs `causeway` with a line of words.
    pub(super) fn causeway(&self, line: &str) -> Output {
        run::output(&mut self.command(line.split_whitespace()), Duration::from_secs(20)).unwrap()
    }

    /// What was asked, in order: `METHOD /path?query body`.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// `causeway` with these arguments, talking to `socket`.
pub(super) fn command<S: AsRef<OsStr>>(socket: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(bins::directory().unwrap().join("causeway"));
    command.env("CAUSEWAY_HOST", format!("unix://{}", socket.display())).env_remove("COLUMNS");
    command.args(arguments).stdin(Stdio::null()).process_group(0);
    command
}

/// The answer to what made something.
pub(super) fn created(laggards: &[&str]) -> Answer {
    Answer::Json(201, json!({"id": ID, "laggards": laggards}))
}

/// The answer to what changed something.
pub(super) fn changed() -> Answer {
    Answer::Json(200, json!({"laggards": []}))
}

/// A refusal with this message.
pub(super) fn refused(status: u16, message: &str) -> Answer {
    Answer::Json(status, json!({"message": message}))
}

struct Answers {
    rows: Vec<Row>,
    heard: Arc<Mutex<Vec<String>>>,
    kills: watch::Sender<Vec<i32>>,
}

impl Answers {
    async fn answer(self: Arc<Self>, request: Request) -> Response<Body> {
        let key = format!("{} {}", request.method(), request.uri().path());
        let line = format!("{} {}", request.method(), request.uri());
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
        self.remember(format!("{line} {}", String::from_utf8_lossy(&body)).trim().to_owned());
        if let Some(signal) = line.split_once("kill?signal=") {
            self.kills.send_modify(|kills| kills.push(signal.1.parse().unwrap_or(0)));
        }
        let row = self.rows.iter().find(|(known, _)| *known == key);
        match row.map(|(_, answer)| answer.clone()) {
            None => response(404, json!({"message": format!("no row for {key}")}).to_string().into()),
            Some(Answer::Json(status, value)) => response(status, value.to_string().into()),
            Some(Answer::Late) => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                response(200, json!({"laggards": []}).to_string().into())
            }
            Some(Answer::Frames(frames)) => response(200, frames.iter().flat_map(Frame::encode).collect()),
            Some(Answer::UntilSignalledTwice) => self.until_signalled_twice(),
            Some(Answer::Broken) if parts.headers.contains_key("upgrade") => {
                switch(Request::from_parts(parts, Body::empty()))
            }
            Some(Answer::Broken) => response(200, Bytes::from_static(&[1, 0, 0, 0, 0, 0])),
        }
    }

    fn remember(&self, line: String) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn until_signalled_twice(&self) -> Response<Body> {
        let mut kills = self.kills.subscribe();
        let first =
            async { Ok::<_, std::convert::Infallible>(Frame::Stdout(Bytes::from_static(b"1\n")).encode()) };
        let last = async move {
            let signal = kills.wait_for(|kills| kills.len() >= 2).await.map_or(0, |kills| kills[1]);
            Ok(Frame::Exit(128 + signal).encode())
        };
        use futures::{FutureExt as _, StreamExt as _};
        Response::new(Body::from_stream(first.into_stream().chain(last.into_stream())))
    }
}

fn response(status: u16, body: Bytes) -> Response<Body> {
    Response::builder().status(status).body(Body::from(body)).unwrap()
}

/// Switches protocols, then hangs up at once.
fn switch(request: Request) -> Response<Body> {
    tokio::spawn(hyper::upgrade::on(request));
    Response::builder()
        .status(101)
        .header("connection", "upgrade")
        .header("upgrade", "causeway-stream")
        .body(Body::empty())
        .unwrap()
}
