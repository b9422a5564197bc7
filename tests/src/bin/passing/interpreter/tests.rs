//! Programs assembled by hand.

use anyhow::{Result, bail};

use super::{
    instruction::Instruction,
    machine::{Helpers, Machine},
    memory::{CONTEXT, Memory},
};

const PACKET: [u8; 20] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const IFINDEX: u32 = 7;
const CALL: u8 = 0x85;
const EXIT: Instruction = insn(0x95, 0, 0, 0, 0);
/// The only helper here: moves the packet's start.
const ADJUST_HEAD: i32 = 44;

const fn insn(code: u8, dst: u8, src: u8, off: i16, imm: i32) -> Instruction {
    Instruction { code, dst, src, off, imm }
}

/// `dst = imm`, 64 bits with its sign.
const fn set(dst: u8, imm: i32) -> Instruction {
    insn(0xb7, dst, 0, 0, imm)
}

/// `dst = src`.
const fn copy(dst: u8, src: u8) -> Instruction {
    insn(0xbf, dst, src, 0, 0)
}

/// `dst = value`, any 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "halves are taken")]
const fn wide(dst: u8, value: u64) -> [Instruction; 2] {
    [insn(0x18, dst, 0, 0, value as i32), insn(0, 0, 0, 0, (value >> 32) as i32)]
}

struct Moves;

impl Helpers for Moves {
    fn help(&mut self, number: u32, arguments: [u64; 5], memory: &mut Memory) -> Result<u64> {
        match (number, arguments) {
            (44, [CONTEXT, by, ..]) => Ok(memory.adjust_head(i32::try_from(by.cast_signed())?).into()),
            _ => bail!("helper {number} is not known"),
        }
    }
}

/// What a program returns, and how many instructions it executes.
fn run(code: &[Instruction]) -> Result<(u64, u64)> {
    let mut helpers = Moves;
    let machine = Machine::new(code, Memory::new(&PACKET, IFINDEX), &mut helpers, 1_000);
    machine.run(CONTEXT).map(|(returned, visits)| (returned, visits.iter().sum()))
}

fn returned(code: &[Instruction]) -> u64 {
    run(code).expect("it runs").0
}

fn refusal(code: &[Instruction]) -> String {
    format!("{:#}", run(code).expect_err("it is refused"))
}

/// What an instruction makes of two numbers, in `r0` and `r1`.
fn made(of: Instruction, a: u64, b: u64) -> u64 {
    let ([one, two], [three, four]) = (wide(0, a), wide(1, b));
    returned(&[one, two, three, four, of, EXIT])
}

/// An operation on `r0` and `r1`, of 64 bits (`code`) and of 32.
fn by_register(code: u8, off: i16, bits: u32) -> Instruction {
    insn(if bits == 64 { code | 0x0f } else { code | 0x0c }, 0, 1, off, 0)
}

const ONES: u64 = u64::MAX;
const HIGHEST: u64 = 1 << 63;

#[test]
fn numbers_of_64_bits() {
    for (code, off, a, b, expected) in [
        (0x00, 0, ONES, 2, 1),
        (0x10, 0, 1, 2, ONES),
        (0x20, 0, 1 << 40, 1 << 30, 0),
        (0x20, 0, 0x1_0000_0001, 3, 0x3_0000_0003),
        (0x30, 0, ONES, 2, ONES >> 1),
        (0x30, 0, 7, 0, 0),
        (0x30, 1, (-7_i64).cast_unsigned(), 2, (-3_i64).cast_unsigned()),
        (0x30, 1, HIGHEST, ONES, HIGHEST),
        (0x30, 1, 7, 0, 0),
        (0x40, 0, 0xf0, 0x0f, 0xff),
        (0x50, 0, 0xff, 0x3c, 0x3c),
        (0x60, 0, 1, 63, HIGHEST),
        (0x60, 0, 1, 65, 2),
        (0x70, 0, HIGHEST, 63, 1),
        (0x80, 0, 1, 0, ONES),
        (0x90, 0, 7, 4, 3),
        (0x90, 0, 7, 0, 7),
        (0x90, 1, (-7_i64).cast_unsigned(), 2, ONES),
        (0x90, 1, HIGHEST, ONES, 0),
        (0xa0, 0, 0xff, 0x0f, 0xf0),
        (0xb0, 0, 1, ONES, ONES),
        (0xb0, 8, 0, 0x1_80, (-128_i64).cast_unsigned()),
        (0xb0, 16, 0, 0x7fff, 0x7fff),
        (0xb0, 32, 0, 0x8000_0000, 0xffff_ffff_8000_0000),
        (0xc0, 0, HIGHEST, 63, ONES),
    ] {
        assert_eq!(made(by_register(code, off, 64), a, b), expected, "{code:#x} {off} {a:#x} {b:#x}");
    }
}

#[test]
fn numbers_of_32_bits_have_zeros_above() {
    for (code, off, a, b, expected) in [
        (0x00, 0, 0x5_ffff_ffff, 2, 1),
        (0x10, 0, 1, 2, 0xffff_ffff),
        (0x20, 0, 0x9e37_79b1, 0x9e37_79b1, 0x9e37_79b1_u32.wrapping_mul(0x9e37_79b1).into()),
        (0x30, 0, 0x7_0000_0008, 0x7_0000_0002, 4),
        (0x30, 1, 0xffff_fff9, 2, 0xffff_fffd),
        (0x30, 1, 0x8000_0000, 0xffff_ffff, 0x8000_0000),
        (0x60, 0, 1, 33, 2),
        (0x70, 0, ONES, 31, 1),
        (0x80, 0, 1, 0, 0xffff_ffff),
        (0x90, 0, 7, 1 << 32, 7),
        (0x90, 1, 0xffff_fff9, 2, 0xffff_ffff),
        (0xb0, 0, 1, ONES, 0xffff_ffff),
        (0xb0, 8, 0, 0x80, 0xffff_ff80),
        (0xc0, 0, 0x8000_0000, 31, 0xffff_ffff),
        (0xc0, 0, 0xf_7fff_ffff, 30, 1),
    ] {
        assert_eq!(made(by_register(code, off, 32), a, b), expected, "{code:#x} {off} {a:#x} {b:#x}");
    }
}

#[test]
fn constants_have_a_sign() {
    assert_eq!(made(insn(0x07, 0, 0, 0, -1), 5, 0), 4);
    assert_eq!(made(insn(0x04, 0, 0, 0, -6), 5, 0), 0xffff_ffff);
    assert_eq!(returned(&[set(0, -1), EXIT]), ONES);
    assert_eq!(returned(&[insn(0xb4, 0, 0, 0, -1), EXIT]), 0xffff_ffff);
}

#[test]
fn bytes_change_their_order() {
    const VALUE: u64 = 0x0102_0304_0506_0708;
    for (code, bits, expected) in [
        (0xd4, 16, 0x0708),
        (0xd4, 32, 0x0506_0708),
        (0xd4, 64, VALUE),
        (0xdc, 16, 0x0807),
        (0xdc, 32, 0x0807_0605),
        (0xdc, 64, 0x0807_0605_0403_0201),
        (0xd7, 16, 0x0807),
        (0xd7, 64, 0x0807_0605_0403_0201),
    ] {
        assert_eq!(made(insn(code, 0, 0, 0, bits), VALUE, 0), expected, "{code:#x} {bits}");
    }
}

/// Whether a jump is taken with `r0` and `r1` as these, by both widths.
fn taken(code: u8, a: u64, b: u64) -> (bool, bool) {
    let by = |class: u8| {
        let ([one, two], [three, four]) = (wide(0, a), wide(1, b));
        let jump = insn(code | 0x08 | class, 0, 1, 1, 0);
        returned(&[one, two, three, four, jump, set(1, -1), copy(0, 1), EXIT]) == b
    };
    (by(5), by(6))
}

#[test]
fn jumps_compare_with_and_without_sign() {
    // Minus one in 64 bits and in 32; minus one in 32 bits alone.
    let (below, low) = (ONES, 0x1_ffff_ffff_u64);
    for (code, a, b, expected) in [
        (0x10, 3, 3, (true, true)),
        (0x10, 0x1_0000_0003, 3, (false, true)),
        (0x20, below, 1, (true, true)),
        (0x20, 0x1_0000_0000, 1, (true, false)),
        (0x30, 1, 1, (true, true)),
        (0x40, 6, 4, (true, true)),
        (0x40, 0x1_0000_0000, 0x1_0000_0000, (true, false)),
        (0x50, 3, 3, (false, false)),
        (0x60, below, 1, (false, false)),
        (0x60, low, 1, (true, false)),
        (0x70, below, 1, (false, false)),
        (0x70, 1, 1, (true, true)),
        (0xa0, below, 1, (false, false)),
        (0xa0, 0x1_0000_0000, 1, (false, true)),
        (0xb0, 1, 1, (true, true)),
        (0xc0, below, 1, (true, true)),
        (0xc0, low, 1, (false, true)),
        (0xd0, below, 1, (true, true)),
        (0xd0, 2, 1, (false, false)),
    ] {
        assert_eq!(taken(code, a, b), expected, "{code:#x} {a:#x} {b:#x}");
    }
}

#[test]
fn jumps_go_back_and_far() {
    // Three turns of two instructions each, two before them and two behind.
    let program = [set(0, 0), insn(0x05, 0, 0, 0, 0), insn(0x07, 0, 0, 0, 1), insn(0xa5, 0, 0, -2, 3), EXIT];
    assert_eq!(run(&program).expect("it runs"), (3, 9));
    assert_eq!(returned(&[set(0, 1), insn(0x06, 0, 0, 0, 1), set(0, 2), EXIT]), 1);
}

#[test]
fn what_is_stored_is_loaded_in_any_width() {
    let [one, two] = wide(1, 0x8182_8384_8586_8788);
    let store = insn(0x7b, 10, 1, -8, 0);
    for (code, expected) in [
        (0x71, 0x88),
        (0x69, 0x8788),
        (0x61, 0x8586_8788),
        (0x79, 0x8182_8384_8586_8788),
        (0x91, 0xffff_ffff_ffff_ff88),
        (0x89, 0xffff_ffff_ffff_8788),
        (0x81, 0xffff_ffff_8586_8788),
    ] {
        assert_eq!(returned(&[one, two, store, insn(code, 0, 10, -8, 0), EXIT]), expected, "{code:#x}");
    }
    for (code, expected) in [(0x72, 0xff), (0x6a, 0xffff), (0x62, 0xffff_ffff), (0x7a, ONES)] {
        assert_eq!(returned(&[insn(code, 10, 0, -8, -1), insn(0x79, 0, 10, -8, 0), EXIT]), expected);
    }
}

#[test]
fn a_function_has_registers_and_a_stack_of_its_own() {
    let program = [
        set(6, 5),
        insn(0x7a, 10, 0, -8, 30),
        copy(1, 10),
        insn(CALL, 0, 1, 0, 3),
        insn(0x0f, 0, 6, 0, 0),
        EXIT,
        EXIT,
        // What its caller has on its stack, and what it has itself.
        insn(0x79, 0, 1, -8, 0),
        set(6, 100),
        insn(0x79, 1, 10, -8, 0),
        insn(0x0f, 0, 1, 0, 0),
        EXIT,
    ];
    assert_eq!(run(&program).expect("it runs"), (35, 11));
}

/// Calls back ten times at most: the callback adds its number to where `r2` points to, and ends the loop with `last`.
fn looping(last: i32) -> Vec<Instruction> {
    vec![
        insn(0x7a, 10, 0, -8, 0),
        set(1, 10),
        insn(0x18, 2, 4, 0, 8),
        insn(0, 0, 0, 0, 0),
        copy(3, 10),
        set(4, 0),
        insn(CALL, 0, 0, 0, 181),
        insn(0x67, 0, 0, 0, 8),
        insn(0x79, 1, 10, -8, 0),
        insn(0x4f, 0, 1, 0, 0),
        EXIT,
        insn(0x79, 0, 2, -8, 0),
        insn(0x0f, 0, 1, 0, 0),
        insn(0x7b, 2, 0, -8, 0),
        set(0, 0),
        insn(0x55, 1, 0, 1, last),
        set(0, 1),
        EXIT,
    ]
}

#[test]
fn a_loop_calls_back_until_it_is_told_to_end() {
    assert_eq!(run(&looping(3)).expect("it runs"), (4 << 8 | 6, 10 + 4 * 6 + 1));
    assert_eq!(run(&looping(-1)).expect("it runs"), (10 << 8 | 0x2d, 10 + 10 * 6));
}

#[test]
fn the_context_has_pointers_to_the_packet() {
    let length = [insn(0x61, 0, 1, 4, 0), insn(0x61, 2, 1, 0, 0), insn(0x1f, 0, 2, 0, 0), EXIT];
    assert_eq!(returned(&length), 20);
    assert_eq!(returned(&[insn(0x61, 2, 1, 0, 0), insn(0x69, 0, 2, 18, 0), EXIT]), 0x1413);
    assert_eq!(returned(&[insn(0x61, 0, 1, 12, 0), EXIT]), u64::from(IFINDEX));
    assert!(refusal(&[insn(0x79, 0, 1, 0, 0), EXIT]).contains("the context has no 8 bytes at 0"));
}

/// Moves the packet's start and loads the byte so far from it.
fn moved(by: i32, offset: i16) -> Vec<Instruction> {
    vec![
        copy(6, 1),
        set(2, by),
        insn(CALL, 0, 0, 0, ADJUST_HEAD),
        insn(0x55, 0, 0, 1, 0),
        EXIT,
        insn(0x61, 1, 6, 0, 0),
        insn(0x71, 0, 1, offset, 0),
        EXIT,
    ]
}

#[test]
fn a_packets_start_moves_as_far_as_there_is_room() {
    assert_eq!(returned(&moved(2, 0)), 3);
    assert_eq!(returned(&moved(-50, 50)), 1);
    assert_eq!(returned(&moved(-256, 256)), 1);
    for by in [-257, 7] {
        assert_eq!(returned(&moved(by, 0)), 0, "it stays where it is");
    }
    assert!(refusal(&moved(2, -1)).starts_with("at instruction 6: 1 bytes at 0x300000101 are nobody's"));
}

#[test]
fn what_is_nobodys_is_not_accessed() {
    for (base, offset, address) in [
        (10, 0, "0x400000200"),
        (10, -513, "0x3ffffffff"),
        (1, 20, "0x200000014"),
        (0, 0, "0x0"),
        (0, -8, "0xfffffffffffffff8"),
    ] {
        let store = [insn(0x7b, base, 1, offset, 0), EXIT];
        let expected = format!("at instruction 0: 8 bytes at {address} are nobody's");
        assert_eq!(refusal(&store), expected);
    }
    let behind = [insn(0x61, 1, 1, 0, 0), insn(0x61, 0, 1, 17, 0), EXIT];
    assert_eq!(refusal(&behind), "at instruction 1: 4 bytes at 0x300000111 are nobody's");
}

#[test]
fn a_stack_ends_with_its_function() {
    let program = [insn(CALL, 0, 1, 0, 2), insn(0x79, 0, 0, -8, 0), EXIT, copy(0, 10), EXIT];
    assert_eq!(refusal(&program), "at instruction 1: 8 bytes at 0x5000001f8 are nobody's");
    let deeper = [insn(CALL, 0, 1, 0, -1), EXIT];
    assert!(refusal(&deeper).ends_with("more than 8 functions call one another"));
}

#[test]
fn constants_are_not_written() {
    let mut memory = Memory::new(&[], 0);
    let (constant, variable) = (memory.add(vec![5; 8], true), memory.add(vec![5; 8], false));
    assert_eq!(memory.load(constant, 2).expect("it is there"), 0x0505);
    assert!(memory.store(constant, 1, 0).is_err());
    memory.store(variable, 1, 0).expect("it is not constant");
    assert_eq!(memory.load(variable, 2).expect("it is there"), 0x0500);
}

#[test]
fn what_is_not_known_is_named() {
    for (of, expected) in [
        (insn(0xdb, 10, 1, -8, 0), "opcode 0xdb with offset -8 is not known"),
        (insn(0x20, 0, 0, 0, 0), "opcode 0x20 with offset 0 is not known"),
        (insn(0x8d, 0, 0, 0, 0), "opcode 0x8d with offset 0 is not known"),
        (insn(CALL, 0, 0, 0, 35), "helper 35 is not known"),
        (insn(CALL, 0, 2, 0, 99), "calls of kind 2, here of 99, are not known"),
        (insn(0xb7, 11, 0, 0, 0), "there are no registers 11 and 0"),
        (insn(0x05, 0, 0, -2, 0), "a jump out of the program"),
        (insn(0x05, 0, 0, -1, 0), "it does not end"),
    ] {
        assert_eq!(refusal(&[of, EXIT]), format!("at instruction 0: {expected}"));
    }
    assert_eq!(refusal(&[set(0, 0)]), "at instruction 1: there is none");
}
