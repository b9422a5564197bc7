//! The states of a flow and how long it may be silent in each.
//!
//! States and times are those of the kernel's connection tracking (nf_conntrack_proto_tcp.c,
//! Documentation/networking/nf_conntrack-sysctl.rst), so that what lives through netfilter lives
//! here, and no longer.

/// A tick is 2^30 ns, 1.07 s: the coarse clock shifted, so that no packet pays for a division.
pub const TICK_SHIFT: u32 = 30;

/// A time of the coarse monotonic clock, ns, in ticks.
#[expect(clippy::cast_possible_truncation, reason = "ticks wrap after 146 years")]
#[must_use]
#[inline(always)]
pub const fn ticks(nanoseconds: u64) -> u32 {
    (nanoseconds >> TICK_SHIFT) as u32
}

/// Seconds in ticks; rounded up, so that no flow goes early.
#[must_use]
pub const fn seconds(seconds: u32) -> u32 {
    ticks(seconds as u64 * 1_000_000_000) + 1
}

/// `nf_conntrack_tcp_timeout_syn_sent`.
pub const SYN_SENT: u32 = seconds(120);
/// `nf_conntrack_tcp_timeout_syn_recv`.
pub const SYN_RECEIVED: u32 = seconds(60);
/// `nf_conntrack_tcp_timeout_established`: five days.
pub const ESTABLISHED: u32 = seconds(432_000);
/// `nf_conntrack_tcp_timeout_fin_wait`.
pub const FIN_WAIT: u32 = seconds(120);
/// `nf_conntrack_tcp_timeout_close_wait`.
pub const CLOSE_WAIT: u32 = seconds(60);
/// `nf_conntrack_tcp_timeout_last_ack`.
pub const LAST_ACK: u32 = seconds(30);
/// `nf_conntrack_tcp_timeout_time_wait`.
pub const TIME_WAIT: u32 = seconds(120);
/// `nf_conntrack_tcp_timeout_close`.
pub const CLOSE: u32 = seconds(10);
/// `nf_conntrack_udp_timeout`.
pub const UDP_ONE_WAY: u32 = seconds(30);
/// `nf_conntrack_udp_timeout_stream`.
pub const UDP_BOTH_WAYS: u32 = seconds(120);
/// `nf_conntrack_icmp_timeout`.
pub const ICMP: u32 = seconds(30);

/// Where a conversation stands.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// UDP: no answer yet.
    UdpOneWay = 0,
    /// UDP: answered.
    UdpBothWays = 1,
    /// ICMP echo.
    Echo = 2,
    /// TCP: SYN seen.
    SynSent = 3,
    /// TCP: SYN seen from both sides (simultaneous open, RFC 9293 §3.5).
    BothSynSent = 4,
    /// TCP: SYN answered by SYN+ACK.
    SynReceived = 5,
    /// TCP: data may flow.
    Established = 6,
    /// TCP: FIN seen.
    FinWait = 7,
    /// TCP: FIN acknowledged.
    CloseWait = 8,
    /// TCP: FIN seen from both sides.
    LastAck = 9,
    /// TCP: the last FIN acknowledged.
    TimeWait = 10,
    /// TCP: reset.
    Close = 11,
}

impl State {
    /// Every state, in the order of their numbers.
    pub const ALL: &'static [State] = &[
        Self::UdpOneWay,
        Self::UdpBothWays,
        Self::Echo,
        Self::SynSent,
        Self::BothSynSent,
        Self::SynReceived,
        Self::Established,
        Self::FinWait,
        Self::CloseWait,
        Self::LastAck,
        Self::TimeWait,
        Self::Close,
    ];

    /// Whether the conversation of a state, by its number, is over: both sides have closed it, or one has reset
    /// it. It is remembered only for what is late.
    #[must_use]
    #[inline(always)]
    pub const fn is_over(number: u8) -> bool {
        number >= Self::TimeWait as u8
    }

    /// The state of a number; one that is none's is taken for the state that ends soonest.
    #[must_use]
    #[inline(always)]
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::UdpOneWay,
            1 => Self::UdpBothWays,
            2 => Self::Echo,
            3 => Self::SynSent,
            4 => Self::BothSynSent,
            5 => Self::SynReceived,
            6 => Self::Established,
            7 => Self::FinWait,
            8 => Self::CloseWait,
            9 => Self::LastAck,
            10 => Self::TimeWait,
            _ => Self::Close,
        }
    }

    /// Ticks that a flow may be silent.
    #[must_use]
    #[inline(always)]
    pub const fn timeout(self) -> u32 {
        TIMEOUTS[self as usize]
    }

    /// The same by a state's number: one load, where a choice would be a dozen branches.
    #[must_use]
    #[inline(always)]
    pub const fn timeout_of(number: u8) -> u32 {
        TIMEOUTS[(number & 15) as usize]
    }
}

/// Ticks by the number of a state; what is none's ends soonest.
const TIMEOUTS: [u32; 16] = [
    UDP_ONE_WAY,
    UDP_BOTH_WAYS,
    ICMP,
    SYN_SENT,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT,
    CLOSE_WAIT,
    LAST_ACK,
    TIME_WAIT,
    CLOSE,
    CLOSE,
    CLOSE,
    CLOSE,
    CLOSE,
];
