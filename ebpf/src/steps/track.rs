//! Where a conversation stands after a packet: the state machine of the kernel's connection tracking
//! (nf_conntrack_proto_tcp.c `tcp_conntracks`, nf_conntrack_proto_udp.c), without windows.
//!
//! ```text
//!           SYN          SYN+ACK          ACK           FIN         ACK          FIN      ACK
//!  (none) -----> SynSent -----> SynReceived -> Established -> FinWait -> CloseWait -> LastAck -> TimeWait
//!                                     RST in any of them: Close
//! ```
//!
//! A packet that fits no arrow leaves the state as it is: the ends decide what it means.

use causeway_common::{DropReason, State};

/// TCP: the sender has no more to say.
pub const FIN: u8 = 0x01;
/// TCP: a conversation begins.
pub const SYN: u8 = 0x02;
/// TCP: the conversation is over at once.
pub const RST: u8 = 0x04;
/// TCP: something is acknowledged.
pub const ACK: u8 = 0x10;

/// What a packet means for its conversation. One number, so that it travels in one register: a TCP
/// segment's flags, or a kind above them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Says(u16);

impl Says {
    /// UDP: something.
    pub const DATAGRAM: Self = Self(0x100);
    /// ICMP: an echo is asked for.
    pub const ASK: Self = Self(0x200);
    /// ICMP: an echo is answered.
    pub const ANSWER: Self = Self(0x300);

    /// A TCP segment with these flags.
    #[inline(always)]
    pub const fn segment(flags: u8) -> Self {
        Self(flags as u16)
    }

    /// Whether a TCP segment synchronizes: then its sender says which segments it takes.
    #[inline(always)]
    pub const fn synchronizes(self) -> bool {
        match self.flags() {
            Some(flags) => flags & SYN != 0,
            None => false,
        }
    }

    /// Whether a TCP segment begins a conversation.
    #[inline(always)]
    pub const fn opens(self) -> bool {
        match self.flags() {
            Some(flags) => flags & (SYN | ACK | FIN | RST) == SYN,
            None => false,
        }
    }

    /// A TCP segment's flags; none of anything else.
    #[expect(clippy::cast_possible_truncation, reason = "below the kinds there are the flags")]
    #[inline(always)]
    const fn flags(self) -> Option<u8> {
        if self.0 < Self::DATAGRAM.0 { Some(self.0 as u8) } else { None }
    }
}

/// The state that a conversation begins in. A segment in the middle of one begins it as well, as the
/// kernel's `nf_conntrack_tcp_loose` has it: conversations outlive the table.
#[inline(always)]
pub const fn begin(says: Says) -> Result<State, DropReason> {
    match (says, says.flags()) {
        (Says::DATAGRAM, _) => Ok(State::UdpOneWay),
        (Says::ASK, _) => Ok(State::Echo),
        (_, Some(flags)) => match flags & (SYN | ACK | FIN | RST) {
            SYN => Ok(State::SynSent),
            ACK => Ok(State::Established),
            _ => Err(DropReason::NoFlow),
        },
        _ => Err(DropReason::NoFlow),
    }
}

/// The same where nobody is to be met with silence: a segment that begins nothing is of a conversation that
/// is over, and whoever it is for resets it.
#[inline(always)]
pub const fn begin_or_end(says: Says) -> Result<State, DropReason> {
    match (begin(says), says.flags()) {
        (Err(_), Some(flags)) if flags & RST == 0 => Ok(State::Close),
        (result, _) => result,
    }
}

/// The state after a packet of the original direction, or of the one that answers.
#[inline(always)]
pub const fn next(state: State, says: Says, reply: bool) -> State {
    match (says, says.flags()) {
        (_, Some(flags)) => segment(state, flags, reply),
        (Says::DATAGRAM, _) if reply => State::UdpBothWays,
        _ => state,
    }
}

/// The state after a TCP segment.
#[inline(always)]
const fn segment(state: State, flags: u8, reply: bool) -> State {
    if flags & RST != 0 {
        return State::Close;
    }
    match flags & (SYN | ACK | FIN) {
        SYN => opened(state, reply),
        bits if bits & SYN != 0 => accepted(state, reply),
        bits if bits & FIN != 0 => closed(state),
        ACK => acknowledged(state, reply),
        _ => state,
    }
}

/// Whether a conversation, by its states before and after a packet, has now been answered for good. Of
/// TCP that is a handshake that its opener has completed: SYN+ACKs, and resets, to somebody who never
/// asked do not count, or a flood of SYNs under foreign addresses would fill the table of answered flows
/// (as the kernel's connection tracking spares "assured" entries only).
#[inline(always)]
pub const fn lasts(before: State, after: State, reply: bool) -> bool {
    match after {
        State::SynSent | State::BothSynSent | State::SynReceived | State::Close => false,
        _ => reply || matches!(before, State::SynReceived),
    }
}

/// After a SYN: a conversation that is over begins anew, one that both sides open is known as such.
#[inline(always)]
const fn opened(state: State, reply: bool) -> State {
    match state {
        State::TimeWait | State::Close if !reply => State::SynSent,
        State::SynSent if reply => State::BothSynSent,
        _ => state,
    }
}

/// After a SYN+ACK.
#[inline(always)]
const fn accepted(state: State, reply: bool) -> State {
    match state {
        State::SynSent if reply => State::SynReceived,
        State::BothSynSent => State::SynReceived,
        _ => state,
    }
}

/// After a FIN.
#[inline(always)]
const fn closed(state: State) -> State {
    match state {
        State::SynReceived | State::Established => State::FinWait,
        State::FinWait | State::CloseWait => State::LastAck,
        _ => state,
    }
}

/// After an ACK.
#[inline(always)]
const fn acknowledged(state: State, reply: bool) -> State {
    match state {
        State::SynReceived if !reply => State::Established,
        State::FinWait => State::CloseWait,
        State::LastAck => State::TimeWait,
        _ => state,
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;

    const ORIGINAL: bool = false;
    const REPLY: bool = true;

    /// The states that a conversation goes through.
    fn walk(packets: &[(u8, bool)]) -> Vec<State> {
        let mut state = begin(Says::segment(packets[0].0)).expect("it begins");
        let mut states = vec![state];
        for &(flags, reply) in &packets[1..] {
            state = next(state, Says::segment(flags), reply);
            states.push(state);
        }
        states
    }

    #[test]
    fn a_conversation_lives_and_ends() {
        let packets = [
            (SYN, ORIGINAL),
            (SYN | ACK, REPLY),
            (ACK, ORIGINAL),
            (ACK, REPLY),
            (FIN | ACK, ORIGINAL),
            (ACK, REPLY),
            (FIN | ACK, REPLY),
            (ACK, ORIGINAL),
            (SYN, ORIGINAL),
        ];
        let states = [
            State::SynSent,
            State::SynReceived,
            State::Established,
            State::Established,
            State::FinWait,
            State::CloseWait,
            State::LastAck,
            State::TimeWait,
            State::SynSent,
        ];
        assert_eq!(walk(&packets), states);
    }

    #[test]
    fn a_reset_ends_it_wherever_it_stands() {
        for state in State::ALL {
            assert_eq!(next(*state, Says::segment(RST | ACK), REPLY), State::Close);
        }
    }

    #[test]
    fn both_may_open_it() {
        assert_eq!(
            walk(&[(SYN, ORIGINAL), (SYN, REPLY), (SYN | ACK, ORIGINAL), (ACK, ORIGINAL)])[1..],
            [State::BothSynSent, State::SynReceived, State::Established]
        );
    }

    #[test]
    fn the_answerer_alone_establishes_nothing() {
        assert_eq!(walk(&[(SYN, ORIGINAL), (SYN | ACK, REPLY), (ACK, REPLY)])[2], State::SynReceived);
        assert_eq!(walk(&[(SYN, ORIGINAL), (ACK, REPLY)])[1], State::SynSent);
    }

    #[test]
    fn data_on_the_way_opens_a_conversation_and_an_end_does_not() {
        assert_eq!(begin(Says::segment(ACK | 0x08)), Ok(State::Established));
        for flags in [RST, RST | ACK, FIN, FIN | ACK, SYN | ACK, 0, SYN | FIN] {
            assert_eq!(begin(Says::segment(flags)), Err(DropReason::NoFlow), "{flags:#x}");
        }
        assert_eq!(begin(Says::ANSWER), Err(DropReason::NoFlow));
    }

    #[test]
    fn the_end_of_a_conversation_that_nobody_knows_is_answered_and_a_reset_is_not() {
        assert_eq!(begin_or_end(Says::segment(SYN)), Ok(State::SynSent));
        assert_eq!(begin_or_end(Says::segment(ACK)), Ok(State::Established));
        for flags in [FIN, FIN | ACK, SYN | ACK, 0] {
            assert_eq!(begin_or_end(Says::segment(flags)), Ok(State::Close), "{flags:#x}");
        }
        for flags in [RST, RST | ACK] {
            assert_eq!(begin_or_end(Says::segment(flags)), Err(DropReason::NoFlow), "{flags:#x}");
        }
        assert_eq!(begin_or_end(Says::ANSWER), Err(DropReason::NoFlow));
    }

    #[test]
    fn a_handshake_lasts_when_its_opener_completes_it() {
        let walked = |packets: &[(u8, bool)]| {
            let states = walk(packets);
            let [.., before, after] = states[..] else { panic!("two packets") };
            lasts(before, after, packets[packets.len() - 1].1)
        };
        assert!(!walked(&[(SYN, ORIGINAL), (SYN | ACK, REPLY)]));
        assert!(!walked(&[(SYN, ORIGINAL), (RST | ACK, REPLY)]));
        assert!(!walked(&[(SYN, ORIGINAL), (SYN | ACK, REPLY), (RST, ORIGINAL)]));
        assert!(walked(&[(SYN, ORIGINAL), (SYN | ACK, REPLY), (ACK, ORIGINAL)]));
        assert!(!walked(&[(ACK, ORIGINAL), (ACK, ORIGINAL)]), "nobody has answered");
        assert!(walked(&[(ACK, ORIGINAL), (ACK, REPLY)]), "from the middle on");
        assert!(lasts(State::UdpOneWay, State::UdpBothWays, REPLY));
        assert!(lasts(State::Echo, State::Echo, REPLY));
        assert!(!lasts(State::Echo, State::Echo, ORIGINAL));
    }

    #[test]
    fn datagrams_are_answered_once_for_all() {
        let answered = next(State::UdpOneWay, Says::DATAGRAM, REPLY);
        assert_eq!(answered, State::UdpBothWays);
        assert_eq!(next(answered, Says::DATAGRAM, ORIGINAL), State::UdpBothWays);
        assert_eq!(next(State::UdpOneWay, Says::DATAGRAM, ORIGINAL), State::UdpOneWay);
        assert_eq!(next(State::Echo, Says::ANSWER, REPLY), State::Echo);
    }
}
