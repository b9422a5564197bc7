//! XDP on an interface of a namespace of the test's own: by the driver and by the kernel, told apart by what
//! `ip` says of the interface.

use causeway::kernel::{KernelError, WireMode};
use causeway_lab::{Netns, ip::ip};
use causeway_tests::dataplane::{Fixture, pins};

const WIRE: (&str, u32) = ("wire0", 72);

/// A namespace with a veth pair, up.
fn namespace(name: &str) -> Netns {
    let netns = Netns::create(&format!("cwk-xdp-{name}-{}", std::process::id())).expect("root");
    ip(&netns, "link add wire0 index 72 type veth peer name wire1 index 73").expect("made");
    for end in ["wire0", "wire1"] {
        ip(&netns, &format!("link set {end} up")).expect("it is there");
    }
    netns
}

fn attach(fixture: &mut Fixture, netns: &Netns, mode: WireMode) -> Result<(), KernelError> {
    netns.run(|| fixture.attach_xdp(mode, WIRE.0, WIRE.1)).expect("the namespace is there")
}

/// The mode and the program's id, as the kernel says.
fn shown(netns: &Netns) -> Option<(WireMode, u32)> {
    let said = ip(netns, "link show dev wire0").expect("it is there");
    let mode = if said.contains("xdpgeneric") { WireMode::Generic } else { WireMode::Native };
    let id = said.split("prog/xdp id ").nth(1)?.split_whitespace().next()?.parse().ok()?;
    Some((mode, id))
}

#[test]
fn each_mode_is_what_the_kernel_says_and_one_follows_the_other() {
    let (netns, mut fixture) = (namespace("modes"), Fixture::new().expect("root"));
    for mode in [WireMode::Native, WireMode::Generic, WireMode::Native] {
        attach(&mut fixture, &netns, mode).expect("a veth can both");
        attach(&mut fixture, &netns, mode).expect("twice is no error");
        assert_eq!(fixture.attached_xdp().expect("pins are readable"), [(mode, WIRE.1)]);
        assert_eq!(shown(&netns).map(|(mode, _)| mode), Some(mode));
    }
    fixture.detach_xdp().expect("it is attached");
    assert_eq!(shown(&netns), None, "it is off at once");
    fixture.detach_xdp().expect("twice is no error");
    assert!(fixture.attached_xdp().expect("pins are readable").is_empty());
}

#[test]
fn a_restart_puts_the_new_program_into_the_link() {
    for mode in [WireMode::Native, WireMode::Generic] {
        let (netns, mut fixture) = (namespace(mode.name()), Fixture::new().expect("root"));
        attach(&mut fixture, &netns, mode).expect("a veth can both");
        let (_, before) = shown(&netns).expect("it is attached");
        pins::as_another_version(&fixture.options().bpf_dir).expect("one is there");
        fixture.reopen().expect("it loaded before");
        let after = shown(&netns).expect("it is attached still");
        assert!(after.0 == mode && after.1 != before, "{mode}: program {before}, then {after:?}");
        ip(&netns, "link del wire0").expect("it was there");
        fixture.reopen().expect("a dead link is no obstacle");
        assert!(fixture.attached_xdp().expect("pins are readable").is_empty());
    }
}

#[test]
fn what_somebody_else_has_put_there_stays_and_is_told() {
    let (netns, mut fixture) = (namespace("taken"), Fixture::new().expect("root"));
    let mut other = Fixture::new().expect("root");
    attach(&mut other, &netns, WireMode::Generic).expect("nobody is there");
    let theirs = shown(&netns);
    for mode in [WireMode::Native, WireMode::Generic] {
        let error = attach(&mut fixture, &netns, mode).expect_err("it is taken").to_string();
        assert!(error.starts_with(&format!("cannot attach XDP ({mode}) to wire0: ")), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    assert_eq!(shown(&netns), theirs);
}
