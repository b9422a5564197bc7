//! What the injector of faults, its witness and the tests that steer them agree on.
//!
//! What becomes of a packet follows from the seed and from its ordinal number at its place, and from nothing
//! else: the same seed decides the same again.

/// Certainty, in the parts that probabilities are given in.
pub const WHOLE: u32 = 1 << 16;

/// Slots of the `DONE` map behind those of [`Disturbance::ALL`]: what could not be told, since nobody fetched news.
pub const MISSED: u32 = 5;

/// What can be done to a packet on its way.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disturbance {
    /// It is gone.
    Drop = 0,
    /// It comes twice.
    Duplicate = 1,
    /// One of its bytes is another.
    Corrupt = 2,
    /// Its end is missing.
    Truncate = 3,
    /// It is held up where little passes at a time; those behind it overtake it.
    Delay = 4,
}

impl Disturbance {
    /// every disturbance, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Drop, Self::Duplicate, Self::Corrupt, Self::Truncate, Self::Delay];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Duplicate => "duplicate",
            Self::Corrupt => "corrupt",
            Self::Truncate => "truncate",
            Self::Delay => "delay",
        }
    }
}

/// What shall be done at one place.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// What all decisions follow from.
    pub seed: u32,
    /// Probability of each disturbance, in parts of [`WHOLE`]; together at most that.
    pub parts: [u32; 5],
    /// The interface whose packets these are.
    pub wire: u32,
    /// The interface behind which packets are held up; 0: none is.
    pub bay: u32,
    /// By what numbered packets of this run are known.
    pub magic: u32,
}

impl Orders {
    /// What is done to the packet of this ordinal number: at most one thing.
    #[inline(always)]
    pub fn decide(&self, ordinal: u32) -> Option<Disturbance> {
        // Without an index: the kernel's programs have nothing to panic with.
        let [drop, duplicate, corrupt, truncate, delay] = self.parts;
        let drawn = draw(self.seed, ordinal, 0) % WHOLE;
        let mut below = drop;
        if drawn < below {
            return Some(Disturbance::Drop);
        }
        below += duplicate;
        if drawn < below {
            return Some(Disturbance::Duplicate);
        }
        below += corrupt;
        if drawn < below {
            return Some(Disturbance::Corrupt);
        }
        below += truncate;
        if drawn < below {
            return Some(Disturbance::Truncate);
        }
        below += delay;
        if drawn < below {
            return Some(Disturbance::Delay);
        }
        None
    }
}

/// A number that follows from a seed, an ordinal number and what it is for (the finalizer of murmur3, twice).
#[inline(always)]
pub const fn draw(seed: u32, ordinal: u32, purpose: u32) -> u32 {
    mixed(mixed(seed ^ purpose.wrapping_mul(0x9e37_79b1)) ^ ordinal.wrapping_mul(0x85eb_ca77))
}

#[inline(always)]
const fn mixed(number: u32) -> u32 {
    let number = (number ^ number >> 16).wrapping_mul(0x85eb_ca6b);
    let number = (number ^ number >> 13).wrapping_mul(0xc2b2_ae35);
    number ^ number >> 16
}

/// By what a numbered packet is known: the first bytes of its payload and, in case a fault hits them, the last.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// The run's.
    pub magic: u32,
    /// Who sends to whom.
    pub stream: u32,
    /// The packet's number among them.
    pub number: u32,
    check: u32,
}

impl Token {
    /// Bytes of a token.
    pub const LEN: usize = 16;

    /// The token of a packet.
    #[inline(always)]
    pub const fn new(magic: u32, stream: u32, number: u32) -> Self {
        Self { magic, stream, number, check: draw(magic, stream, number) }
    }

    /// Whether it is a token of this run, and as it was written.
    #[inline(always)]
    pub const fn is_of(&self, magic: u32) -> bool {
        self.magic == magic && self.check == draw(magic, self.stream, self.number)
    }

    /// As it stands in packets, which never leave the machine.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        words_out([self.magic, self.stream, self.number, self.check])
    }

    /// From a packet.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let [magic, stream, number, check] = words_in(bytes);
        Self { magic, stream, number, check }
    }
}

/// What happened to a numbered packet.
#[repr(C, align(8))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The packet's stream.
    pub stream: u32,
    /// The packet's number.
    pub number: u32,
    /// The [`Disturbance`]'s number, or [`FREED`].
    pub what: u32,
    /// Freed: the kernel's `skb_drop_reason`. Corrupted: which byte. Truncated: to what length.
    pub reason: u32,
    /// Freed: the inode of the network namespace; 0 where it is not known.
    pub namespace: u32,
    /// Freed: the interface; 0 where it is not known.
    pub ifindex: u32,
    /// Freed: where in the kernel.
    pub location: u64,
}

/// In [`Event::what`]: the kernel dropped it.
pub const FREED: u32 = 16;

impl Event {
    /// Bytes of an event.
    pub const LEN: usize = 32;

    /// From the ring.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let [stream, number, what, reason, namespace, ifindex, low, high] = words_in(bytes);
        let [[a, b, c, d], [e, f, g, h]] = [low.to_ne_bytes(), high.to_ne_bytes()];
        let location = u64::from_ne_bytes([a, b, c, d, e, f, g, h]);
        Self { stream, number, what, reason, namespace, ifindex, location }
    }
}

/// Where the witness finds things in the running kernel's structs, bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    /// `sk_buff.head`.
    pub head: u32,
    /// `sk_buff.network_header`.
    pub network_header: u32,
    /// `sk_buff.tail`.
    pub tail: u32,
    /// `sk_buff.dev`.
    pub dev: u32,
    /// `net_device.ifindex`.
    pub ifindex: u32,
    /// `net_device.nd_net`.
    pub net: u32,
    /// `net.ns.inum`.
    pub inum: u32,
    /// By what numbered packets of this run are known.
    pub magic: u32,
}

/// Whose packets were freed, and why.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FreedKey {
    /// The inode of the network namespace.
    pub namespace: u32,
    /// The kernel's `skb_drop_reason`.
    pub reason: u32,
}

fn words_in<const WORDS: usize, const BYTES: usize>(bytes: &[u8; BYTES]) -> [u32; WORDS] {
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        let mut four = [0; 4];
        four.copy_from_slice(bytes);
        *word = u32::from_ne_bytes(four);
    }
    words
}

fn words_out<const WORDS: usize, const BYTES: usize>(words: [u32; WORDS]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_ne_bytes());
    }
    bytes
}

const _: () = {
    assert!(Disturbance::ALL.len() == MISSED as usize);
    assert!(size_of::<Token>() == Token::LEN);
    assert!(size_of::<Event>() == Event::LEN);
};

#[cfg(test)]
mod tests {
    use super::{Disturbance, Orders, Token, WHOLE};

    const MANY: u32 = 1 << 16;

    fn counts(orders: Orders) -> [u32; 5] {
        let mut counts = [0; 5];
        (0..MANY).filter_map(|ordinal| orders.decide(ordinal)).for_each(|fault| counts[fault as usize] += 1);
        counts
    }

    #[test]
    fn the_same_seed_decides_the_same_and_another_one_does_not() {
        let orders = |seed| Orders { seed, parts: [9000; 5], ..Orders::default() };
        let decided = |seed| (0..MANY).map(move |ordinal| orders(seed).decide(ordinal));
        assert!(decided(7).eq(decided(7)));
        assert!(!decided(7).eq(decided(8)));
    }

    #[test]
    fn faults_are_as_frequent_as_asked_for() {
        let orders = Orders { seed: 1, parts: [6554, 3277, 655, 0, 13107], ..Orders::default() };
        for (counted, wanted) in counts(orders).into_iter().zip(orders.parts) {
            assert!(counted.abs_diff(wanted) <= wanted / 10, "{counted} of {MANY}, not {wanted}");
        }
        assert_eq!(counts(Orders::default()), [0; 5]);
        let certain = Orders { parts: [0, 0, WHOLE, 0, 0], ..Orders::default() };
        assert_eq!(counts(certain), [0, 0, MANY, 0, 0]);
    }

    #[test]
    fn a_token_that_was_hit_is_none() {
        let token = Token::new(7, 2, 9);
        assert!(token.is_of(7) && !token.is_of(8));
        for bit in 0..Token::LEN * 8 {
            let mut bytes = token.to_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!Token::from_bytes(&bytes).is_of(7));
        }
        assert_eq!(Disturbance::ALL.map(|fault| fault as usize), [0, 1, 2, 3, 4]);
    }
}
