//! Numbered packets that go on while something else goes wrong.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::cast::Container;

/// Pause between two packets.
const PAUSE: Duration = Duration::from_millis(2);
/// Ports where packets arrive count from here, one a sender.
const PORT: u16 = 7000;

/// Packets from one container to another, one after the other, until it is asked how many arrived.
pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    sender: JoinHandle<u32>,
    receiver: JoinHandle<Vec<u32>>,
    name: String,
}

impl Traffic {
    pub(crate) fn between(from: &Container, to: &Container) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let address = SocketAddr::from((to.ip, PORT + u16::from(from.ip.octets()[3])));
        let (source, sink) = (from.udp(0), to.udp(address.port()));
        let sender = thread::spawn({
            let stop = Arc::clone(&stop);
            move || send(&source, address, &stop)
        });
        let receiver = thread::spawn({
            let stop = Arc::clone(&stop);
            move || receive(&sink, &stop)
        });
        Self { stop, sender, receiver, name: format!("{} to {}", from.name, to.name) }
    }

    /// Ends it; each packet must have arrived once and in order. Gives how many there were.
    pub(crate) fn assert_whole(self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        let sent = self.sender.join().unwrap();
        let received = self.receiver.join().unwrap();
        let lost = (0..sent).filter(|number| received.binary_search(number).is_err()).count();
        assert!(received.is_sorted(), "{}: out of order", self.name);
        assert_eq!((lost, received.len()), (0, sent as usize), "{}: lost, or twice", self.name);
        sent
    }
}

fn send(from: &UdpSocket, to: SocketAddr, stop: &AtomicBool) -> u32 {
    let mut number: u32 = 0;
    while !stop.load(Ordering::Relaxed) {
        // What cannot be sent does not arrive: it counts as lost.
        let _ = from.send_to(&number.to_be_bytes(), to);
        number += 1;
        thread::sleep(PAUSE);
    }
    number
}

/// Takes in all there is, and a little longer than the sender sends.
fn receive(at: &UdpSocket, stop: &AtomicBool) -> Vec<u32> {
    let (mut numbers, mut buffer) = (Vec::new(), [0; 4]);
    loop {
        match at.recv(&mut buffer) {
            Ok(4) => numbers.push(u32::from_be_bytes(buffer)),
            Ok(length) => panic!("a packet of {length} bytes"),
            Err(_) if stop.load(Ordering::Relaxed) => return numbers,
            Err(_) => {}
        }
    }
}
