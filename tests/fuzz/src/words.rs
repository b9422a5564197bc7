//! The small languages of options' values: `p` -p of a container, `s` -p of a service, `t` --publish-rm, `r` ports,
//! `e` --expose, `=` KEY=VALUE, `n` NAME=IP, `f` --filter, `i` --source, `u` until=, `a` --affinity, `h`
//! --health-tcp, `w` --weight, `d` --dns-search, `o` --dns-option, `x` --add-host, `m` --network.

use std::time::UNIX_EPOCH;

use causeway::{
    api::types::{PortRange, PublishRequest, ServicePublish},
    cli::words,
    model::PortMode,
};

use crate::text;

/// Reads.
pub fn run(input: &[u8]) {
    let Some((kind, text)) = text(input) else { return };
    match kind {
        b'p' => refused_or(words::publish(text), published),
        b's' => refused_or(words::ports(text), |ports| some(words::all(&[ports])).for_each(port)),
        b't' => refused_or(words::target(text), |target| {
            assert_eq!(words::target(&format!("{}/{}", target.port, target.protocol)), Ok(target));
        }),
        b'r' => refused_or(words::port_range(text), |range| {
            assert_eq!(words::port_range(&range.to_string()), Ok(range));
        }),
        b'e' => refused_or(words::expose(text), |said| {
            assert_eq!(words::expose(&format!("{}/{}", said.ports, said.protocol)), Ok(said));
        }),
        b'i' => refused_or(words::source(text), |net| assert_eq!(words::source(&net.to_string()), Ok(net))),
        _ => others(kind, text),
    }
}

fn others(kind: u8, text: &str) {
    match kind {
        b'=' => refused_or(words::pair(text), |(key, value)| {
            assert_eq!(words::pair(&format!("{key}={value}")), Ok((key, value)));
        }),
        b'n' => refused_or(words::named_address(text), |(name, address)| {
            assert_eq!(words::named_address(&format!("{name}={address}")), Ok((name, address)));
        }),
        b'f' => {
            refused_or(text.parse::<words::Filter>(), |f| assert_eq!(format!("{}={}", f.key, f.value), text))
        }
        b'u' => drop(words::until(text, UNIX_EPOCH + std::time::Duration::from_secs(1 << 31))),
        b'a' => refused_or(words::affinity(text), drop),
        b'h' => refused_or(words::health(text), drop),
        b'w' => refused_or(words::weight(text), |(backend, weight)| {
            assert!(!backend.is_empty() && (1..=1000).contains(&weight));
        }),
        b'd' => drop(words::domain(text).map(|domain| assert!(is_word(&domain)))),
        b'o' => drop(words::word(text).map(|word| assert!(is_word(&word)))),
        b'x' => drop(words::host(text).map(|entry| assert_eq!(words::host(&entry), Ok(entry)))),
        b'm' => drop(words::mode(text)),
        _ => {}
    }
}

/// Refusals of what has no line's end itself are one line.
fn refused_or<T>(read: Result<T, String>, check: impl FnOnce(T)) {
    match read {
        Ok(read) => check(read),
        Err(refusal) => assert!(!refusal.is_empty()),
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && !word.contains(char::is_whitespace)
}

/// As long as each other, or several for one; and the same when it is written again.
fn published(request: PublishRequest) {
    let count = |range: PortRange| range.count().expect("a range");
    let ports = count(request.container);
    assert!(request.host.is_none_or(|host| count(host) == ports || ports == 1));
    let address = request.host_ip.map(|address| address.to_string()).unwrap_or_default();
    let host = request.host.map(|host| host.to_string()).unwrap_or_default();
    let written = format!("{address}:{host}:{}/{}", request.container, request.protocol);
    assert_eq!(words::publish(&written), Ok(request));
}

/// Not all of a range's ports, which may be every port that there is: to look at each would take longer than one
/// input may.
fn some(ports: Vec<ServicePublish>) -> impl Iterator<Item = ServicePublish> {
    let apart = 1 + ports.len() / 64;
    ports.into_iter().step_by(apart)
}

/// The long form says all that the short one does.
fn port(port: ServicePublish) {
    let published = port.published.map(|port| port.to_string()).unwrap_or_default();
    let mode = if port.mode == PortMode::Ingress { "ingress" } else { "host" };
    let written =
        format!("published={published},target={},protocol={},mode={mode}", port.target, port.protocol);
    let read = words::ports(&written).map(|ports| words::all(&[ports]));
    assert_eq!(read, Ok(vec![port]));
    assert!(port.target != 0 && port.published != Some(0));
}
