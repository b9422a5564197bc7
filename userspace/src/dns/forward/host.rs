//! The host's name servers (resolv.conf(5)), read again when the file changes.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use super::PORT;

/// Asked where the host has no server (Docker's choice).
const FALLBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::new(8, 8, 8, 8)), IpAddr::V4(Ipv4Addr::new(8, 8, 4, 4))];

/// How often the file is looked at, while it is needed.
const LOOK: Duration = Duration::from_secs(1);

/// The host's name servers.
#[derive(Debug)]
pub(crate) struct HostServers {
    file: PathBuf,
    read: Mutex<Option<Read>>,
}

#[derive(Debug)]
struct Read {
    looked: Instant,
    changed: Option<SystemTime>,
    servers: Vec<SocketAddr>,
}

impl HostServers {
    /// Those that `file` names.
    pub(crate) fn of(file: PathBuf) -> Self {
        Self { file, read: Mutex::default() }
    }

    /// Those that it names now, or named a second ago.
    pub(super) fn servers(&self) -> Vec<SocketAddr> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.as_ref().filter(|known| known.looked.elapsed() < LOOK) {
            return known.servers.clone();
        }
        let changed = fs::metadata(&self.file).and_then(|m| m.modified()).ok();
        let known = read.take().filter(|known| known.changed == changed && changed.is_some());
        let servers = known.map_or_else(|| self.read(), |known| known.servers);
        *read = Some(Read { looked: Instant::now(), changed, servers: servers.clone() });
        servers
    }

    fn read(&self) -> Vec<SocketAddr> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let mut servers = name_servers(&text);
        if servers.is_empty() {
            servers = FALLBACK.to_vec();
        }
        servers.into_iter().map(|server| (server, PORT).into()).collect()
    }
}

/// The `nameserver` lines of a resolv.conf(5). An address with a zone (`fe80::1%eth0`) is passed over.
pub fn name_servers(text: &str) -> Vec<IpAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next()?.parse().ok())?
    };
    text.lines().filter_map(server).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_file_is_read_again_when_it_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("resolv.conf");
        fs::write(&file, "# nameserver 9.9.9.9\nnameserver 127.0.0.53\nnameserver fd00::53\nsearch a\n")
            .unwrap();
        let host = HostServers::of(file.clone());
        let first = ["127.0.0.53:53".parse().unwrap(), "[fd00::53]:53".parse().unwrap()];
        assert_eq!(host.servers(), first);
        fs::write(&file, "nameserver 10.0.0.1\n").unwrap();
        assert_eq!(host.servers(), first, "looked at once a second");
        std::thread::sleep(LOOK);
        assert_eq!(host.servers(), ["10.0.0.1:53".parse().unwrap()]);
    }

    #[test]
    fn a_host_without_servers_has_public_ones() {
        let host = HostServers::of("/no/such/file".into());
        assert_eq!(host.servers(), ["8.8.8.8:53".parse().unwrap(), "8.8.4.4:53".parse().unwrap()]);
    }
}
