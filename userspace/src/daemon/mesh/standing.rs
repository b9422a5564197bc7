//! For how long rings have stood: pure, the time is passed in.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use causeway_common::{Ingress, ingress::TRACKED};

use crate::plan::Settled;

/// What is known of rings from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Those that are not settled, with the moment since which each is the current one.
    unsettled: BTreeMap<Ipv4Addr, (Ring, Instant)>,
    /// Those that are, and whose earlier conversations are tracked.
    tracking: BTreeSet<(Ipv4Addr, Ring)>,
}

/// First slot, and how many.
type Ring = (u32, u32);

/// What the dataplane's ports say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The facts for the plan.
    pub(super) settled: BTreeMap<Ipv4Addr, Settled>,
    /// When to look again: the next ring will have stood for long enough; none: when something changes.
    pub(super) next: Option<Instant>,
    /// Some conversations are tracked, or may be.
    pub(super) tracks: bool,
}

impl Standing {
    /// Looks at the ports as they are `now`. `tracked` are the numbers of the services that have tracked
    /// conversations, as they were found after the look before this one: of rings that were settled then it
    /// is known that no others come.
    pub(super) fn look<'p>(
        &mut self,
        ports: impl Iterator<Item = &'p Ingress>,
        tracked: Option<&BTreeSet<u32>>,
        window: Duration,
        now: Instant,
    ) -> Verdict {
        let (mut verdict, mut next) = (Verdict::default(), Self::default());
        for port in ports {
            let (vip, ring) = (Ipv4Addr::from(port.vip), (port.ring, port.slots));
            if port.before_slots != 0 {
                let known = self.unsettled.get(&vip).filter(|(was, _)| *was == ring);
                let (_, since) = *next.unsettled.entry(vip).or_insert(known.copied().unwrap_or((ring, now)));
                verdict.unsettled(vip, ring, since + window, now);
            } else if port.flags & TRACKED != 0 {
                verdict.tracks = true;
                next.tracking.insert((vip, ring));
                let nobody = tracked.is_some_and(|tracked| !tracked.contains(&port.number));
                if nobody && self.tracking.contains(&(vip, ring)) {
                    verdict.settle(vip, ring, false);
                }
            }
        }
        *self = next;
        verdict
    }
}

impl Verdict {
    fn unsettled(&mut self, vip: Ipv4Addr, ring: Ring, at: Instant, now: Instant) {
        self.tracks = true;
        if at <= now {
            self.settle(vip, ring, true);
        } else {
            self.next = Some(self.next.map_or(at, |next| next.min(at)));
        }
    }

    fn settle(&mut self, vip: Ipv4Addr, (ring, slots): Ring, tracked: bool) {
        self.settled.insert(vip, Settled { ring, slots, tracked });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(300);
    const VIP: Ipv4Addr = Ipv4Addr::new(10, 255, 0, 1);

    fn port(ring: u32, before_slots: u32, flags: u16) -> Ingress {
        Ingress { vip: VIP.octets(), number: 7, ring, slots: 512, before_slots, flags, ..Ingress::default() }
    }

    #[test]
    fn a_ring_is_settled_when_it_has_stood_for_the_window() {
        let (mut standing, start) = (Standing::default(), Instant::now());
        let mut look = |ring, after| {
            let ports = [port(ring, 512, 0), port(ring, 512, 0)];
            let verdict = standing.look(ports.iter(), None, WINDOW, start + Duration::from_secs(after));
            (verdict.settled.get(&VIP).copied(), verdict.next.map(|next| (next - start).as_secs()))
        };
        assert_eq!(look(0, 0), (None, Some(300)));
        assert_eq!(look(0, 299), (None, Some(300)));
        assert_eq!(look(512, 299), (None, Some(599)), "another ring begins anew");
        assert_eq!(look(512, 599), (Some(Settled { ring: 512, slots: 512, tracked: true }), None));
    }

    #[test]
    fn a_settled_port_is_tracked_until_nobody_is() {
        let (mut standing, now) = (Standing::default(), Instant::now());
        let tracked = |of: &[u32]| Some(of.iter().copied().collect::<BTreeSet<u32>>());
        let mut look = |port, tracked: Option<BTreeSet<u32>>| {
            let verdict = standing.look([port].iter(), tracked.as_ref(), WINDOW, now);
            assert!(verdict.tracks);
            verdict.settled.get(&VIP).copied()
        };
        look(port(0, 512, 0), None);
        assert_eq!(look(port(0, 0, TRACKED), tracked(&[])), None, "some came since nobody was found");
        assert_eq!(look(port(0, 0, TRACKED), None), None, "nothing is known yet");
        assert_eq!(look(port(0, 0, TRACKED), tracked(&[7])), None);
        let over = Settled { ring: 0, slots: 512, tracked: false };
        assert_eq!(look(port(0, 0, TRACKED), tracked(&[8])), Some(over));
    }

    #[test]
    fn who_was_never_changed_is_not_spoken_of() {
        let mut standing = Standing::default();
        let ports = [port(0, 0, 0)];
        assert_eq!(standing.look(ports.iter(), None, WINDOW, Instant::now()), Verdict::default());
    }
}
