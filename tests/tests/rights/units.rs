//! The systemd units: what systemd says of them, and that the same rights stand everywhere.

use std::{collections::BTreeSet, fs, process::Command, time::Duration};

use causeway::runtime::NEEDED;
use causeway_lab::{bins, run};

use super::cast::units;

/// The worst that `systemd-analyze security` may say of the daemon's unit, in tenths.
const EXPOSURE: u32 = 40;

fn analyze(arguments: &[&str]) -> String {
    let mut command = Command::new("systemd-analyze");
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    run::output(command.args(arguments), Duration::from_secs(60)).unwrap().text().unwrap()
}

#[test]
fn systemd_finds_nothing_wrong_with_them() {
    let directory = tempfile::tempdir().unwrap();
    let daemon = bins::directory().unwrap().join("causewayd");
    let mut paths = Vec::new();
    for name in ["causewayd.service", "causeway-keeper.service"] {
        let unit = fs::read_to_string(units().join(name)).unwrap();
        // Where it is installed is not where it is built.
        assert!(unit.contains("ExecStart=/usr/local/bin/causewayd"), "{name}");
        let path = directory.path().join(name);
        fs::write(&path, unit.replace("/usr/local/bin/causewayd", daemon.to_str().unwrap())).unwrap();
        paths.push(path.to_str().unwrap().to_owned());
    }
    let said = analyze(&["verify", "--man=no", &paths[0], &paths[1]]);
    assert_eq!(said, "");
}

#[test]
fn the_daemons_unit_is_little_exposed() {
    let unit = units().join("causewayd.service");
    let said = analyze(&[
        "security",
        "--no-pager",
        "--offline=true",
        &format!("--threshold={EXPOSURE}"),
        unit.to_str().unwrap(),
    ]);
    println!("{}", said.lines().next_back().unwrap());
}

#[test]
fn code_unit_and_readme_name_the_same_rights() {
    let needed: BTreeSet<String> = NEEDED.iter().map(|right| right.name.to_owned()).collect();
    let unit = fs::read_to_string(units().join("causewayd.service")).unwrap();
    let lines = unit.lines().filter_map(|line| line.strip_prefix("CapabilityBoundingSet="));
    let in_unit =
        lines.flat_map(str::split_whitespace).map(|name| name.trim_start_matches("CAP_").to_owned());
    let kept = BTreeSet::from(["SYS_CHROOT".to_owned()]);
    assert_eq!(in_unit.collect::<BTreeSet<_>>(), &needed - &kept);

    let readme = fs::read_to_string(units().join("../../README.md")).unwrap();
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `CAP_")?.split_once("` | "));
    let in_readme: BTreeSet<(&str, &str)> =
        rows.map(|(name, why)| (name, why.trim_end_matches(" |"))).collect();
    let listed: BTreeSet<(&str, &str)> = NEEDED.iter().map(|right| (right.name, right.reason)).collect();
    assert_eq!(in_readme, listed);
}
