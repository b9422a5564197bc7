//! Names that are not ours: asked of the container's servers, or of the host's.

mod docker;
mod hedge;
mod host;
pub mod matching;
mod road;
mod upstream;

use std::net::SocketAddr;

pub(super) use docker::DockersResolver;
use hickory_proto::op::ResponseCode;
pub(super) use host::HostServers;
pub use host::name_servers;
pub(super) use road::Road;
use tokio::sync::Semaphore;

use super::{
    limits::{FORWARDS, SERVERS},
    open::Opener,
    receive::Ask,
    reply,
    resolver::Resolver,
};

/// The port of other servers.
const PORT: u16 = 53;

/// Asks other servers, for all containers.
#[derive(Debug)]
pub(super) struct Forwarder {
    opener: Opener,
    host: HostServers,
    /// Queries that may wait for an answer at once.
    places: Semaphore,
}

impl Forwarder {
    pub(super) fn new(opener: Opener, host: HostServers) -> Self {
        Self { opener, host, places: Semaphore::new(FORWARDS) }
    }

    /// The answer to a query that is not ours to answer: a server's as it came, whatever its code;
    /// SERVFAIL where none answers; REFUSED where too many wait already.
    pub(super) async fn forward(&self, resolver: &Resolver, ask: &Ask, query: &[u8]) -> Option<Vec<u8>> {
        let counters = &resolver.counters;
        let (Ok(_own), Ok(_all)) = (resolver.forwards.try_acquire(), self.places.try_acquire()) else {
            counters.refused.count();
            return reply::refusal(&ask.request, ResponseCode::Refused);
        };
        let answer = match resolver.client().docker {
            true => self.ask_docker(resolver, ask, query).await,
            false => self.ask_servers(resolver, ask, query).await,
        };
        match answer {
            Some(answer) => {
                let good = matching::is_good(&answer);
                if good { &counters.forwarded } else { &counters.failed }.count();
                Some(answer)
            }
            None => {
                counters.failed.count();
                reply::refusal(&ask.request, ResponseCode::ServFail)
            }
        }
    }

    async fn ask_servers(&self, resolver: &Resolver, ask: &Ask, query: &[u8]) -> Option<Vec<u8>> {
        let (road, servers) = self.servers(resolver);
        let one = |server| upstream::ask(&self.opener, road, server, server, query, ask);
        hedge::first_good(&servers, one).await
    }

    /// Asks the resolver that Docker's engine has in the same namespace. The engine may have been started anew, and
    /// its resolver with it: it is looked for once more where it does not answer.
    async fn ask_docker(&self, resolver: &Resolver, ask: &Ask, query: &[u8]) -> Option<Vec<u8>> {
        for _ in 0..2 {
            let Some((udp, tcp)) = resolver.docker.servers(&resolver.road, resolver.ports).await else {
                continue;
            };
            match upstream::ask(&self.opener, &resolver.road, udp, tcp, query, ask).await {
                Ok(answer) => return Some(answer),
                Err(_) => resolver.docker.forget(),
            }
        }
        None
    }

    /// Whom to ask, and from where: `--dns` from the container's namespace, as whoever gave them must
    /// have meant; the host's from the host's, which reaches also those on its loopback.
    fn servers<'r>(&self, resolver: &'r Resolver) -> (&'r Road, Vec<SocketAddr>) {
        let client = resolver.client();
        if client.servers.is_empty() {
            return (&Road::Host, self.host.servers().into_iter().take(SERVERS).collect());
        }
        (&resolver.road, client.servers.iter().map(|server| (*server, PORT).into()).collect())
    }
}
