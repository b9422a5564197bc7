//! Explicit congestion notification through the tunnel (RFC 6040).
//!
//! Going in, the outer header copies the inner one's two bits (normal mode, §4.1). Coming out,
//! what routers wrote into the outer header is carried over (§4.2):
//!
//! ```text
//!              outer:  Not-ECT   ECT(0)   ECT(1)   CE
//!  inner: Not-ECT      Not-ECT   Not-ECT  Not-ECT  drop
//!         ECT(0)       ECT(0)    ECT(0)   ECT(1)   CE
//!         ECT(1)       ECT(1)    ECT(1)   ECT(1)   CE
//!         CE           CE        CE       CE       CE
//! ```

use causeway_common::DropReason;

use crate::wire::IpHeader;

/// Neither end hears of congestion.
pub const NOT_ECT: u8 = 0b00;
/// Both ends hear of congestion, codepoint 1.
pub const ECT_1: u8 = 0b01;
/// Both ends hear of congestion, codepoint 0.
pub const ECT_0: u8 = 0b10;
/// Congestion was met.
pub const CE: u8 = 0b11;

/// The inner bits after decapsulation.
#[inline(always)]
pub fn decapsulate(inner: u8, outer: u8) -> Result<u8, DropReason> {
    match (inner, outer) {
        (NOT_ECT, CE) => Err(DropReason::EcnNotCapable),
        (ECT_0 | ECT_1, CE) => Ok(CE),
        (ECT_0, ECT_1) => Ok(ECT_1),
        _ => Ok(inner),
    }
}

/// Carries the outer header's bits over into the inner header; writes only where they differ.
#[inline(always)]
pub fn carry_over<H: IpHeader>(inner: &mut H, outer: u8) -> Result<(), DropReason> {
    let was = inner.ecn();
    let now = decapsulate(was, outer)?;
    if now != was {
        inner.set_ecn(now);
    }
    Ok(())
}
