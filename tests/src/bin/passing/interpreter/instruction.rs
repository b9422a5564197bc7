//! An instruction, and what it makes of numbers (RFC 9669 §4.1 to §4.3).

use anyhow::{Result, bail, ensure};

/// The operation that changes the order of bytes.
const END: u8 = 0xd0;

/// An instruction, its fields as they are encoded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Instruction {
    pub(crate) code: u8,
    pub(crate) dst: u8,
    pub(crate) src: u8,
    pub(crate) off: i16,
    pub(crate) imm: i32,
}

impl Instruction {
    /// Bytes of a load or a store.
    pub(crate) fn size(self) -> u8 {
        [4, 2, 1, 8][usize::from(self.code >> 3 & 3)]
    }

    /// `imm`, as 64 bits with its sign.
    pub(crate) fn extended(self) -> u64 {
        i64::from(self.imm).cast_unsigned()
    }

    /// What the classes ALU and ALU64 make of two numbers of so many bits. What is divided by zero is zero, and all of
    /// it is left over.
    ///
    /// # Errors
    /// Where there is no such operation.
    pub(crate) fn arithmetic(self, a: u64, b: u64, bits: u32) -> Result<u64> {
        if self.code & 0xf0 == END {
            return self.swapped(a);
        }
        let (a, b) = (low(a, bits), low(b, bits));
        let (one, other) = (signed(a, bits), signed(b, bits));
        let shift = b & u64::from(bits - 1);
        let value = match (self.code & 0xf0, self.off) {
            (0x00, 0) => a.wrapping_add(b),
            (0x10, 0) => a.wrapping_sub(b),
            (0x20, 0) => a.wrapping_mul(b),
            (0x30, 0) => a.checked_div(b).unwrap_or(0),
            (0x30, 1) if other != 0 => one.wrapping_div(other).cast_unsigned(),
            (0x30, 1) => 0,
            (0x40, 0) => a | b,
            (0x50, 0) => a & b,
            (0x60, 0) => a << shift,
            (0x70, 0) => a >> shift,
            (0x80, 0) => a.wrapping_neg(),
            (0x90, 0) => a.checked_rem(b).unwrap_or(a),
            (0x90, 1) if other != 0 => one.wrapping_rem(other).cast_unsigned(),
            (0x90, 1) => a,
            (0xa0, 0) => a ^ b,
            (0xb0, 0) => b,
            (0xb0, 8) => signed(b, 8).cast_unsigned(),
            (0xb0, 16) => signed(b, 16).cast_unsigned(),
            (0xb0, 32) if bits == 64 => signed(b, 32).cast_unsigned(),
            (0xc0, 0) => (one >> shift).cast_unsigned(),
            _ => bail!(self.unknown()),
        };
        Ok(low(value, bits))
    }

    /// A number's lowest bits in another order: `le16`, which is the machine's own, `be16` and `bswap16`, and so on.
    fn swapped(self, value: u64) -> Result<u64> {
        let bits = self.imm.cast_unsigned();
        ensure!(matches!(bits, 16 | 32 | 64), "bytes of {bits} bits are not swapped");
        match self.code {
            0xd4 => Ok(low(value, bits)),
            0xdc | 0xd7 => Ok(value.swap_bytes() >> (64 - bits)),
            _ => bail!(self.unknown()),
        }
    }

    /// Whether a jump of the classes JMP and JMP32 is taken, by two numbers of so many bits.
    ///
    /// # Errors
    /// Where there is no such jump.
    pub(crate) fn holds(self, a: u64, b: u64, bits: u32) -> Result<bool> {
        let (a, b) = (low(a, bits), low(b, bits));
        let (one, other) = (signed(a, bits), signed(b, bits));
        Ok(match self.code & 0xf0 {
            0x10 => a == b,
            0x20 => a > b,
            0x30 => a >= b,
            0x40 => a & b != 0,
            0x50 => a != b,
            0x60 => one > other,
            0x70 => one >= other,
            0xa0 => a < b,
            0xb0 => a <= b,
            0xc0 => one < other,
            0xd0 => one <= other,
            _ => bail!(self.unknown()),
        })
    }

    /// What is said where there is no such instruction.
    pub(crate) fn unknown(self) -> String {
        format!("opcode {:#04x} with offset {} is not known", self.code, self.off)
    }
}

/// The lowest bits.
pub(crate) fn low(value: u64, bits: u32) -> u64 {
    value & (u64::MAX >> (64 - bits))
}

/// The lowest bits as a number with a sign.
pub(crate) fn signed(value: u64, bits: u32) -> i64 {
    (value << (64 - bits)).cast_signed() >> (64 - bits)
}
