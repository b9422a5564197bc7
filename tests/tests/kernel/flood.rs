//! Datagrams sent by a namespace's `lo` while something else is done.

use std::{
    net::UdpSocket,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use causeway_lab::Netns;

/// Does something while packets are sent: how many were, and how many arrived.
pub(crate) fn under_packets(netns: &Netns, act: impl FnOnce()) -> (u64, u64) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let flood = scope.spawn(|| flood(netns, &done));
        {
            let _ends = Ends(&done);
            act();
        }
        flood.join().expect("the sender ends")
    })
}

/// Has the sender end, also where what is done meanwhile fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Sends to a port where somebody listens, until told to stop.
fn flood(netns: &Netns, done: &AtomicBool) -> (u64, u64) {
    let socket = netns.run(|| UdpSocket::bind("127.0.0.1:0")).expect("a namespace").expect("lo is up");
    let target = socket.local_addr().expect("bound");
    socket.set_nonblocking(true).expect("a socket");
    let (mut sent, mut arrived) = (0, 0);
    while !done.load(Ordering::Relaxed) {
        sent += u64::from(socket.send_to(b"x", target).is_ok());
        arrived += u64::from(socket.recv(&mut [0; 8]).is_ok());
    }
    (sent, arrived)
}
