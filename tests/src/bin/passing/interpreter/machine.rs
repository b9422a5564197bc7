//! Executes instructions (RFC 9669), and counts each.
//!
//! Refused are those that the programs do not have: atomic operations, calls by register and of the kernel's functions,
//! and what the RFC has deprecated.

use anyhow::{Context as _, Result, bail, ensure};

use super::{
    instruction::{Instruction, low, signed},
    memory::{CODE, Memory},
};

/// Classes of instructions: the lowest three bits of the opcode.
const LDX: u8 = 1;
const ST: u8 = 2;
const STX: u8 = 3;
const ALU: u8 = 4;
const JMP: u8 = 5;
const JMP32: u8 = 6;
const ALU64: u8 = 7;
/// Opcodes.
const LD_IMM64: u8 = 0x18;
const JA: u8 = 0x05;
const JA32: u8 = 0x06;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;
/// The operand is a register, and not `imm`.
const REGISTER: u8 = 0x08;
/// Modes of loads and stores: the highest three bits.
const MODE: u8 = 0xe0;
const MEM: u8 = 0x60;
const MEMSX: u8 = 0x80;
/// Where a wide load's number comes from (`BPF_PSEUDO_MAP_FD` and so on).
const NUMBER: u8 = 0;
const MAP: u8 = 1;
const MAP_VALUE: u8 = 2;
const FUNCTION: u8 = 4;
/// Whom a call is for (`BPF_PSEUDO_CALL`).
const HELPER: u8 = 0;
const OWN: u8 = 1;
/// The helper that calls back (`BPF_FUNC_loop`).
const LOOP: u32 = 181;

/// `r0` to `r10`.
type Registers = [u64; 11];

/// Who answers a program's calls, but for `bpf_loop`, which is the machine's own.
pub(crate) trait Helpers {
    /// What a helper returns.
    ///
    /// # Errors
    /// Where there is no such helper, or it cannot be called like this.
    fn help(&mut self, number: u32, arguments: [u64; 5], memory: &mut Memory) -> Result<u64>;
}

/// A machine for one run of one program, with all functions that it calls.
pub(crate) struct Machine<'a> {
    code: &'a [Instruction],
    helpers: &'a mut dyn Helpers,
    memory: Memory,
    /// How often each instruction was executed.
    visits: Vec<u64>,
    /// How many may still be.
    left: u64,
}

impl<'a> Machine<'a> {
    /// A machine that executes so many instructions at most.
    pub(crate) fn new(
        code: &'a [Instruction],
        memory: Memory,
        helpers: &'a mut dyn Helpers,
        limit: u64,
    ) -> Self {
        Self { code, helpers, memory, visits: vec![0; code.len()], left: limit }
    }

    /// Runs the program, which begins with the first instruction, with one argument: what it returned, and how often
    /// each instruction was executed.
    ///
    /// # Errors
    /// Where it does what the verifier would not have let it do, or what is not known here.
    pub(crate) fn run(mut self, argument: u64) -> Result<(u64, Vec<u64>)> {
        let returned = self.call(0, [argument, 0, 0, 0, 0])?;
        Ok((returned, self.visits))
    }

    /// A function, from its first instruction until it returns. Each has registers and a stack of its own.
    fn call(&mut self, first: usize, arguments: [u64; 5]) -> Result<u64> {
        let mut registers = [0; 11];
        registers[1..6].copy_from_slice(&arguments);
        registers[10] = self.memory.enter()?;
        let mut next = Some(first);
        while let Some(pc) = next {
            next = self.step(&mut registers, pc).with_context(|| format!("at instruction {pc}"))?;
        }
        self.memory.leave();
        Ok(registers[0])
    }

    /// One instruction: which one is next.
    fn step(&mut self, registers: &mut Registers, pc: usize) -> Result<Option<usize>> {
        let of = self.fetch(pc)?;
        self.left = self.left.checked_sub(1).context("it does not end")?;
        self.visits[pc] += 1;
        let (dst, src) = (usize::from(of.dst), usize::from(of.src));
        let operand = if of.code & REGISTER == 0 { of.extended() } else { registers[src] };
        match of.code & 7 {
            _ if of.code == LD_IMM64 => {
                registers[dst] = self.wide(of, pc)?;
                return Ok(Some(pc + 2));
            }
            LDX => registers[dst] = self.load(of, registers[src])?,
            ST => self.store(of, registers[dst], of.extended())?,
            STX => self.store(of, registers[dst], registers[src])?,
            ALU => registers[dst] = of.arithmetic(registers[dst], operand, 32)?,
            ALU64 => registers[dst] = of.arithmetic(registers[dst], operand, 64)?,
            _ if of.code == EXIT => return Ok(None),
            JMP | JMP32 => return self.jump(of, registers, operand, pc).map(Some),
            _ => bail!(of.unknown()),
        }
        Ok(Some(pc + 1))
    }

    fn fetch(&self, pc: usize) -> Result<Instruction> {
        let of = *self.code.get(pc).context("there is none")?;
        ensure!(of.dst.max(of.src) <= 10, "there are no registers {} and {}", of.dst, of.src);
        Ok(of)
    }

    /// The number of a wide load. A map is known by the number of its region.
    fn wide(&self, of: Instruction, pc: usize) -> Result<u64> {
        let [lower, upper] = [of.imm, self.fetch(pc + 1)?.imm].map(|half| u64::from(half.cast_unsigned()));
        Ok(match of.src {
            NUMBER => upper << 32 | lower,
            MAP => lower << 32,
            MAP_VALUE => (lower << 32) + upper,
            FUNCTION => CODE + target(pc, of.imm)? as u64,
            _ => bail!("wide loads of kind {} are not known", of.src),
        })
    }

    fn load(&self, of: Instruction, base: u64) -> Result<u64> {
        let bytes = of.size();
        let value = self.memory.load(base.wrapping_add_signed(of.off.into()), bytes.into())?;
        match of.code & MODE {
            MEM => Ok(value),
            MEMSX if bytes < 8 => Ok(signed(value, u32::from(bytes) * 8).cast_unsigned()),
            _ => bail!(of.unknown()),
        }
    }

    fn store(&mut self, of: Instruction, base: u64, value: u64) -> Result<()> {
        ensure!(of.code & MODE == MEM, of.unknown());
        self.memory.store(base.wrapping_add_signed(of.off.into()), of.size().into(), value)
    }

    fn jump(&mut self, of: Instruction, registers: &mut Registers, operand: u64, pc: usize) -> Result<usize> {
        let bits = if of.code & 7 == JMP { 64 } else { 32 };
        let by = match of.code {
            CALL => {
                registers[0] = self.call_out(of, registers, pc)?;
                0
            }
            JA => of.off.into(),
            JA32 => of.imm,
            _ if of.holds(registers[usize::from(of.dst)], operand, bits)? => of.off.into(),
            _ => 0,
        };
        target(pc, by)
    }

    fn call_out(&mut self, of: Instruction, registers: &Registers, pc: usize) -> Result<u64> {
        let arguments = std::array::from_fn(|number| registers[number + 1]);
        match (of.src, of.imm.cast_unsigned()) {
            (HELPER, LOOP) => self.repeat(arguments),
            (HELPER, number) => self.helpers.help(number, arguments, &mut self.memory),
            (OWN, _) => self.call(target(pc, of.imm)?, arguments),
            (kind, number) => bail!("calls of kind {kind}, here of {number}, are not known"),
        }
    }

    /// `bpf_loop`: how often the callback was called.
    fn repeat(&mut self, [times, callback, of, flags, _]: [u64; 5]) -> Result<u64> {
        ensure!(
            callback >> 32 == CODE >> 32 && flags == 0,
            "a loop over {callback:#x} with flags {flags:#x}"
        );
        let (first, times) = (usize::try_from(callback - CODE)?, low(times, 32));
        for number in 0..times {
            if self.call(first, [number, of, 0, 0, 0])? != 0 {
                return Ok(number + 1);
            }
        }
        Ok(times)
    }
}

/// The instruction so far behind the next one.
fn target(pc: usize, by: i32) -> Result<usize> {
    isize::try_from(by)
        .ok()
        .and_then(|by| (pc + 1).checked_add_signed(by))
        .context("a jump out of the program")
}
