//! Servers in their order, the next one before the last has given up: a dead one costs little.

use std::{io, net::SocketAddr};

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep_until};

use super::matching::is_good;
use crate::dns::limits::HEDGE;

/// The first good answer. The next server is asked as well when the last one has not answered within
/// [`HEDGE`], and at once when one has failed or declined. Without a good answer: the last bad one.
pub(super) async fn first_good<F>(servers: &[SocketAddr], ask: impl Fn(SocketAddr) -> F) -> Option<Vec<u8>>
where
    F: Future<Output = io::Result<Vec<u8>>>,
{
    let mut servers = servers.iter();
    let mut asked: FuturesUnordered<F> = servers.next().into_iter().map(|server| ask(*server)).collect();
    let (mut hedge, mut bad) = (Instant::now() + HEDGE, None);
    loop {
        tokio::select! {
            answer = asked.next() => match answer {
                Some(Ok(answer)) if is_good(&answer) => return Some(answer),
                Some(other) => bad = other.ok().or(bad),
                None if servers.len() == 0 => return bad,
                None => {}
            },
            () = sleep_until(hedge), if servers.len() > 0 => {}
        }
        // Whatever it was, no good answer is there: on to the next, if there is one.
        asked.extend(servers.next().map(|server| ask(*server)));
        hedge = Instant::now() + HEDGE;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    const GOOD: u8 = 0;
    const NXDOMAIN: u8 = 3;
    const SERVFAIL: u8 = 2;

    /// What a server does: says this code after so many milliseconds; none: nothing.
    type Deed = Option<(u64, u8)>;

    async fn asked(deeds: &[Deed]) -> (Option<u8>, Duration) {
        let servers: Vec<SocketAddr> =
            (0u16..).zip(deeds).map(|(port, _)| ([127, 0, 0, 1], port).into()).collect();
        let ask = |server: SocketAddr| async move {
            let Some((after, code)) = deeds[usize::from(server.port())] else {
                sleep(Duration::from_secs(4)).await;
                return Err(io::ErrorKind::TimedOut.into());
            };
            sleep(Duration::from_millis(after)).await;
            Ok(vec![0, 0, 0x80, code])
        };
        let began = Instant::now();
        let answer = first_good(&servers, ask).await;
        (answer.map(|bytes| bytes[3]), began.elapsed())
    }

    #[tokio::test]
    async fn a_server_that_is_dead_costs_a_quarter_of_a_second() {
        let (code, took) = asked(&[None, Some((0, GOOD))]).await;
        assert_eq!(code, Some(GOOD));
        assert!(took >= HEDGE && took < Duration::from_secs(1), "{took:?}");
        let (code, took) = asked(&[None, None, Some((0, GOOD))]).await;
        assert_eq!(code, Some(GOOD));
        assert!(took < Duration::from_secs(1), "{took:?}");
    }

    #[tokio::test]
    async fn a_server_that_declines_costs_nothing() {
        let (code, took) = asked(&[Some((0, SERVFAIL)), Some((0, NXDOMAIN))]).await;
        assert_eq!(code, Some(NXDOMAIN));
        assert!(took < HEDGE, "{took:?}");
    }

    #[tokio::test]
    async fn the_first_good_answer_wins() {
        assert_eq!(asked(&[Some((600, GOOD)), Some((0, NXDOMAIN))]).await.0, Some(NXDOMAIN));
        assert_eq!(asked(&[Some((300, GOOD)), Some((500, NXDOMAIN))]).await.0, Some(GOOD));
        assert_eq!(asked(&[Some((300, GOOD)), Some((0, SERVFAIL))]).await.0, Some(GOOD));
    }

    #[tokio::test]
    async fn without_a_good_answer_a_bad_one_counts() {
        assert_eq!(asked(&[Some((0, SERVFAIL)), Some((0, 5))]).await.0, Some(5));
        assert_eq!(asked(&[]).await.0, None);
    }
}
