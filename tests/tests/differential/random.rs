//! Random packets, the same in every run.

use etherparse::{IpDscp, IpEcn, IpFragOffset, IpNumber, Ipv4Header, Ipv4Options};
use rand::{Rng, SeedableRng, rngs::StdRng};

/// Packets a test.
pub(crate) const PACKETS: usize = 1_000_000;

/// Gives a million numbered generators' worth of cases to a check, in one sequence.
pub(crate) fn each(seed: u64, mut check: impl FnMut(&mut StdRng)) {
    let mut rng = StdRng::seed_from_u64(seed);
    for _ in 0..PACKETS {
        check(&mut rng);
    }
}

/// An IPv4 header whose fields are random, with its checksum right.
pub(crate) fn header(rng: &mut StdRng) -> Ipv4Header {
    let options = [0; 40];
    let words = if rng.random_bool(0.8) { 0 } else { rng.random_range(0..=10) };
    let mut header = Ipv4Header {
        dscp: IpDscp::try_new(rng.random_range(0..64)).unwrap_or_default(),
        ecn: IpEcn::try_new(rng.random_range(0..4)).unwrap_or_default(),
        total_len: rng.random(),
        identification: rng.random(),
        dont_fragment: rng.random(),
        more_fragments: rng.random_bool(0.1),
        fragment_offset: IpFragOffset::try_new(if rng.random_bool(0.9) {
            0
        } else {
            rng.random_range(0..8192)
        })
        .unwrap_or_default(),
        time_to_live: rng.random(),
        protocol: IpNumber(if rng.random() { 17 } else { rng.random() }),
        header_checksum: 0,
        source: rng.random(),
        destination: rng.random(),
        options: Ipv4Options::try_from(&options[..words * 4]).unwrap_or_default(),
    };
    header.header_checksum = header.calc_header_checksum();
    header
}

/// Changes a few random bytes, or none.
pub(crate) fn mutate(rng: &mut StdRng, bytes: &mut [u8]) {
    for _ in 0..rng.random_range(0..4) {
        let at = rng.random_range(0..bytes.len());
        bytes[at] = rng.random();
    }
}
