//! The object itself: no program calls the compiler's copies and comparisons, which in eBPF are
//! loops of single bytes. A call to one leaves a relocation against its symbol.

use causeway::kernel::OBJECT;
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};

/// The functions that a compiler calls of its own accord.
const SLOW: &[&str] = &["memcpy", "memmove", "memset", "memcmp", "bcmp"];

/// The opcode of a call, and the source register that says: to a function of the program's own.
const CALL: (u8, u8) = (0x85, 1);

type File = object::File<'static>;
type Section = object::Section<'static, 'static>;

/// Symbols that a section refers to by relocation: maps, globals, functions of other sections.
fn relocated(file: &'static File, section: &Section) -> Vec<String> {
    let symbol = |relocation: object::Relocation| match relocation.target() {
        RelocationTarget::Symbol(index) => file.symbol_by_index(index).ok()?.name().ok().map(str::to_owned),
        _ => None,
    };
    section.relocations().filter_map(|(_, relocation)| symbol(relocation)).collect()
}

/// Functions of the same section that it calls; such calls name a distance.
fn direct(file: &'static File, section: &Section) -> Vec<String> {
    let code = section.data().expect("code is in the file");
    let target = |(index, instruction): (usize, &[u8])| {
        let is_call = (instruction[0], instruction[1] >> 4) == CALL;
        let distance = i32::from_le_bytes(instruction[4..8].try_into().ok()?);
        let target = i64::try_from(index).ok()? + 1 + i64::from(distance);
        let at = |s: &object::Symbol<'_, '_>| {
            s.section_index() == Some(section.index()) && i64::try_from(s.address()) == Ok(target * 8)
        };
        let symbol = file.symbols().filter(|s| s.kind() == object::SymbolKind::Text).find(at);
        symbol.filter(|_| is_call)?.name().ok().map(str::to_owned)
    };
    code.chunks_exact(8).enumerate().filter_map(target).collect()
}

/// All that the programs refer to.
fn called() -> Vec<String> {
    let file: &'static File = Box::leak(Box::new(object::File::parse(OBJECT).expect("an ELF object")));
    let code = file.sections().filter(|section| section.kind() == object::SectionKind::Text);
    code.flat_map(|section| [relocated(file, &section), direct(file, &section)].concat()).collect()
}

#[test]
fn nothing_is_copied_byte_by_byte() {
    let called = called();
    assert!(called.iter().any(|symbol| symbol == "ENDPOINTS_V4"), "relocations are read: {called:?}");
    let slow: Vec<_> = called.iter().filter(|symbol| SLOW.contains(&symbol.as_str())).collect();
    assert!(slow.is_empty(), "the programs call {slow:?}");
}
