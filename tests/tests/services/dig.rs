//! Questions to the resolver of a container, by `dig`.

use std::time::{Duration, Instant};

use super::cast::Container;

/// What `dig` was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dig {
    /// `NOERROR`, `NXDOMAIN`, …; empty where nobody answered.
    pub(crate) status: String,
    /// Words behind `flags:`.
    pub(crate) flags: String,
    /// The answers: TTL, type and value.
    pub(crate) answers: Vec<(u32, String, String)>,
}

impl Dig {
    /// The values of the answers, sorted.
    pub(crate) fn values(&self) -> Vec<&str> {
        let mut values: Vec<&str> = self.answers.iter().map(|(.., value)| value.as_str()).collect();
        values.sort_unstable();
        values
    }
}

/// Asks 127.0.0.11 in a container's namespace; `words` are a name, a type, options of dig.
pub(crate) fn dig(container: &Container, words: &str) -> Dig {
    let line = format!("dig @127.0.0.11 +noall +comments +answer +tries=1 +time=3 {words}");
    read(&container.run(&line).stdout)
}

/// Asks again until the status is `wanted`; how long it took since `begun`.
pub(crate) fn until(container: &Container, words: &str, wanted: &str, begun: Instant) -> Duration {
    loop {
        let said = dig(container, words);
        if said.status == wanted {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{words} in {}: {said:?}", container.name);
    }
}

fn read(text: &str) -> Dig {
    let behind = |key: &str, end: char| {
        let rest = text.split_once(key).map_or("", |(_, rest)| rest);
        rest.split(end).next().unwrap_or_default().trim().to_owned()
    };
    let answers = text.lines().filter(|line| !line.starts_with(';')).filter_map(record).collect();
    Dig { status: behind("status: ", ','), flags: behind("flags: ", ';'), answers }
}

/// `name. TTL IN TYPE value …`.
fn record(line: &str) -> Option<(u32, String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, ttl, "IN", kind, value @ ..] = &words[..] else { return None };
    Some((ttl.parse().ok()?, (*kind).to_owned(), value.join(" ")))
}
