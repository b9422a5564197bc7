//! The roads out of networks under real sockets, on one node that is set up by hand: what the packet
//! rows say of single packets holds for checksums left to the hardware, for segments of 64 KiB, for
//! conversations from their first to their last packet.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod affinity;
mod daemons;
mod host;
mod lo;
mod notices;
mod outside;
mod packets;
mod published;
mod resolver;
mod scarce;
mod scene;
mod services;
mod tagged;
mod talk;
mod vip;
