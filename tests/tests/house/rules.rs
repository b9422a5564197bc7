//! The rules. Each says where it holds and what may not stand there.

use std::fmt;

use super::code::{has_word, lines, without_tests};

/// One breach: where, and what the rule is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Gives the breaches in the source at a path with a text.
pub(crate) type Rule = fn(&str, &str) -> Vec<Violation>;

/// Longest source, lines.
const LONGEST: usize = 600;

/// Where `unsafe` may stand; the rest of the design's list is `#[unsafe(…)]`, which is an attribute.
const UNSAFE: &[&str] = &[
    "ebpf/src/wire",
    "ebpf/src/maps",
    "ebpf/src/helpers",
    "userspace/src/kernel",
    "userspace/src/runtime/spawn",
    "common/src/layout",
    "tests/lab/src/spawn.rs",
];

/// Rooms without clock, I/O and chance.
const PURE: &[&str] = &["userspace/src/plan", "userspace/src/ipam", "userspace/src/desired"];
/// What those rooms never mention.
const IMPURE: &[&str] = &[
    "std::time",
    "SystemTime",
    "Instant",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "TcpStream",
    "UdpSocket",
    "UnixStream",
    "tokio",
    "rand::",
    "println",
];

/// The interpreter of the bench reads programs, and has no kernel run them.
const AYA: &[&str] = &["userspace/src/kernel", "common/src", "tests/src/bin/passing/interpreter"];

pub(crate) fn aya(path: &str, text: &str) -> Vec<Violation> {
    if within(path, AYA) {
        return Vec::new();
    }
    mentions(path, lines(text), &["aya::", "aya_obj", "aya_log::"], "only userspace/src/kernel touches aya")
}

pub(crate) fn netlink(path: &str, text: &str) -> Vec<Violation> {
    if within(path, &["userspace/src/link"]) {
        return Vec::new();
    }
    let crates = ["rtnetlink", "netlink_packet_route", "netlink_packet_core", "netlink_sys", "AF_NETLINK"];
    mentions(path, lines(text), &crates, "only userspace/src/link touches netlink")
}

pub(crate) fn unsafe_code(path: &str, text: &str) -> Vec<Violation> {
    if within(path, UNSAFE) {
        return Vec::new();
    }
    let attributes_apart = lines(text).map(|(number, line)| (number, line.replace("#[unsafe(", "#[(")));
    mentions(path, attributes_apart, &["unsafe"], "unsafe code has no place here")
}

pub(crate) fn pure(path: &str, text: &str) -> Vec<Violation> {
    if !within(path, PURE) || path.ends_with("tests.rs") || path.contains("/tests/") {
        return Vec::new();
    }
    mentions(path, without_tests(text), IMPURE, "this room has no clock, no I/O and no chance")
}

pub(crate) fn processes(path: &str, text: &str) -> Vec<Violation> {
    if !path.starts_with("userspace/src") || within(path, &["userspace/src/runtime"]) {
        return Vec::new();
    }
    mentions(path, without_tests(text), &["process::Command"], "only userspace/src/runtime spawns processes")
}

pub(crate) fn anyhow(path: &str, text: &str) -> Vec<Violation> {
    let library = within(path, &["userspace/src", "common", "ebpf"]);
    if !library || within(path, &["userspace/src/bin", "userspace/src/cli"]) {
        return Vec::new();
    }
    mentions(path, without_tests(text), &["anyhow"], "the library names its errors; anyhow is for the edge")
}

pub(crate) fn length(path: &str, text: &str) -> Vec<Violation> {
    let count = text.lines().count();
    if count <= LONGEST {
        return Vec::new();
    }
    vec![violation(path, count, &format!("longer than {LONGEST} lines: split it at its second concern"))]
}

pub(crate) fn leftovers(path: &str, text: &str) -> Vec<Violation> {
    // Written in halves, so that this file keeps the rule too.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let found = text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| has_word(line, word)));
    let marks = found.map(|(index, _)| violation(path, index + 1, "finish it, or leave it out"));
    marks.chain(mentions(path, lines(text), &["todo!", "unimplemented!"], "a stub is no result")).collect()
}

pub(crate) fn ignored(path: &str, text: &str) -> Vec<Violation> {
    let found = lines(text).filter(|(_, line)| attribute(line).is_some_and(|a| a.starts_with("ignore")));
    found.map(|(number, _)| violation(path, number, "a test that nobody runs asserts nothing")).collect()
}

/// What stands in the attribute that a line begins.
fn attribute(line: &str) -> Option<&str> {
    line.split_once("#[").map(|(_, attribute)| attribute.trim_start())
}

pub(crate) fn names(path: &str, _: &str) -> Vec<Violation> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let vague = ["util.rs", "utils.rs", "helper.rs", "misc.rs", "common.rs"];
    let found = vague.contains(&name).then(|| violation(path, 1, "name the file for its job"));
    found.into_iter().collect()
}

/// True if `path` begins with one of these and goes on with `/`, `.`, `_` or nothing.
fn within(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| {
        path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.', '_']))
    })
}

fn mentions(
    path: &str,
    lines: impl Iterator<Item = (usize, String)>,
    words: &[&str],
    what: &str,
) -> Vec<Violation> {
    let found = lines.filter(|(_, line)| words.iter().any(|word| has_word(line, word)));
    found.map(|(number, _)| violation(path, number, what)).collect()
}

fn violation(path: &str, line: usize, what: &str) -> Violation {
    Violation { path: path.to_owned(), line, what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule finds `text` wrong at `there`, and right at `here`.
    fn belongs(rule: Rule, text: &str, here: &str, there: &str) {
        assert_eq!(rule(here, text), [], "{here}");
        assert_eq!(rule(there, text).len(), 1, "{there}");
    }

    #[test]
    fn aya_outside_its_room_is_found() {
        belongs(aya, "use aya::Ebpf;", "userspace/src/kernel/load.rs", "userspace/src/daemon/load.rs");
        assert_eq!(aya("userspace/src/daemon/load.rs", "//! No aya:: here."), []);
    }

    #[test]
    fn netlink_outside_its_room_is_found() {
        belongs(
            netlink,
            "use rtnetlink::Handle;",
            "userspace/src/link/veth.rs",
            "userspace/src/kernel/veth.rs",
        );
    }

    #[test]
    fn unsafe_outside_its_places_is_found() {
        let text = "let x = unsafe { *p };";
        belongs(unsafe_code, text, "ebpf/src/wire/ethernet.rs", "ebpf/src/steps/encap.rs");
        belongs(unsafe_code, text, "userspace/src/runtime/spawn_shim.rs", "userspace/src/runtime/netns.rs");
        belongs(unsafe_code, text, "ebpf/src/maps.rs", "ebpf/src/mapsy.rs");
        assert_eq!(unsafe_code("ebpf/src/main.rs", "#[unsafe(no_mangle)]"), []);
    }

    #[test]
    fn a_clock_in_a_pure_room_is_found() {
        for text in
            ["use std::time::Duration;", "let now = SystemTime::now();", "tokio::spawn(f)", "rand::random()"]
        {
            belongs(pure, text, "userspace/src/daemon/clock.rs", "userspace/src/plan/mod.rs");
        }
        assert_eq!(pure("userspace/src/ipam/mod.rs", "#[cfg(test)]\nmod tests { use rand::Rng; }"), []);
    }

    #[test]
    fn a_spawned_process_outside_the_runtime_is_found() {
        let text = "let child = std::process::Command::new(ip);";
        belongs(processes, text, "userspace/src/runtime/spawn.rs", "userspace/src/link/veth.rs");
    }

    #[test]
    fn anyhow_in_the_library_is_found() {
        belongs(anyhow, "use anyhow::Result;", "userspace/src/bin/causeway.rs", "userspace/src/store/mod.rs");
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(length("a.rs", &"x\n".repeat(LONGEST)), []);
        assert_eq!(length("a.rs", &"x\n".repeat(LONGEST + 1)).len(), 1);
    }

    #[test]
    fn what_was_put_off_is_found() {
        assert_eq!(leftovers("a.rs", concat!("// TO", "DO: later")).len(), 1);
        assert_eq!(leftovers("a.rs", concat!("to", "do!()")).len(), 1);
        assert_eq!(leftovers("a.rs", "// All done."), []);
    }

    #[test]
    fn an_ignored_test_is_found() {
        assert_eq!(ignored("a.rs", concat!("#[ign", "ore]")).len(), 1);
    }

    #[test]
    fn a_vague_name_is_found() {
        assert_eq!(names("userspace/src/utils.rs", "").len(), 1);
        assert_eq!(names("userspace/src/ipam/pool.rs", ""), []);
    }
}
