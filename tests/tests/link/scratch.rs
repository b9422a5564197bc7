//! Two hosts on one wire.

use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use causeway::link::{Link, LinkEvent, events};
use causeway_lab::{Netns, ip::ip};
use futures::{Stream, StreamExt};

/// An empty namespace whose name no other test uses.
pub(crate) fn netns() -> Netns {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    Netns::create(&format!("hC-{}-{number}", std::process::id())).unwrap()
}

pub(crate) fn link(netns: &Netns) -> Link {
    Link::in_netns(&netns.path()).unwrap()
}

/// Runs `work` as the daemon of `netns` would: all of it inside.
pub(crate) fn inside<F: Future<Output = ()>>(netns: &Netns, work: impl FnOnce(Link) -> F + Send) {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { work(Link::here().unwrap()).await });
    };
    netns.run(run).unwrap();
}

/// Host 1 with `wire` 192.0.2.1/24 and its peer, host 2, with `wire` 192.0.2.2/24.
pub(crate) fn hosts() -> (Netns, Netns) {
    let (one, two) = (netns(), netns());
    ip(&one, &format!("link add wire mtu 1500 type veth peer name wire netns {}", two.name())).unwrap();
    for (host, number) in [(&one, 1), (&two, 2)] {
        ip(host, &format!("link set wire address 02:00:00:00:00:0{number} up")).unwrap();
        ip(host, &format!("address add 192.0.2.{number}/24 dev wire")).unwrap();
    }
    (one, two)
}

/// What happens in `netns` from now on.
pub(crate) fn listen(netns: &Netns) -> impl Stream<Item = LinkEvent> + Unpin + use<> {
    let runtime = tokio::runtime::Handle::current();
    netns
        .run(|| {
            let _entered = runtime.enter();
            events().unwrap()
        })
        .unwrap()
}

/// Waits for an event that `wanted` takes.
pub(crate) async fn until<T>(
    events: &mut (impl Stream<Item = LinkEvent> + Unpin),
    wanted: impl Fn(&LinkEvent) -> Option<T>,
) -> T {
    let search = async {
        loop {
            if let Some(found) = wanted(&events.next().await.unwrap()) {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), search).await.unwrap()
}

/// The line of a failure.
pub(crate) fn line<T, E: ToString>(result: Result<T, E>) -> String {
    result.map(drop).unwrap_err().to_string()
}

/// A path where nothing is.
pub(crate) const NOWHERE: &str = "/run/netns/hC-nowhere";

#[tokio::test]
async fn a_namespace_that_is_gone_is_named() {
    let said = line(Link::in_netns(Path::new(NOWHERE)));
    assert!(said.starts_with("network namespace /run/netns/hC-nowhere is gone"), "{said}");
}
