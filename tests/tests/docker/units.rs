//! The drop-ins for systemd: what it says of the two services with them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use causeway_lab::{bins, run};

/// Where people find units and drop-ins.
const CONTRIB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/contrib/docker");
const UNITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/units");
/// The engine's own unit, where its package puts it.
const ENGINE: &str = "/lib/systemd/system/docker.service";

/// Units with their drop-ins in a directory, as they are on a host but for the path of what was built here.
fn installed(directory: &Path) {
    let daemon = bins::directory().unwrap().join("causewayd");
    let put = |from: PathBuf, to: &str| {
        let text = fs::read_to_string(&from).unwrap();
        let to = directory.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, text.replace("/usr/local/bin/causewayd", daemon.to_str().unwrap())).unwrap();
    };
    for name in ["causewayd.service", "causeway-keeper.service"] {
        put(Path::new(UNITS).join(name), name);
    }
    put(ENGINE.into(), "docker.service");
    put(Path::new(CONTRIB).join("causewayd.conf"), "causewayd.service.d/docker.conf");
    put(Path::new(CONTRIB).join("docker.conf"), "docker.service.d/causeway.conf");
}

/// What systemd finds wrong.
fn verified(directory: &Path) -> String {
    let mut command = Command::new("systemd-analyze");
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.env("SYSTEMD_UNIT_PATH", format!("{}:", directory.display())).args(["verify", "--man=no"]);
    command.args(["causewayd.service", "docker.service"].map(|name| directory.join(name)));
    let output = run::output(&mut command, run::LIMIT).unwrap();
    format!("{}{}", output.stdout, output.stderr)
}

#[test]
fn systemd_takes_the_drop_ins() {
    let directory = tempfile::tempdir().unwrap();
    installed(directory.path());
    assert_eq!(verified(directory.path()), "");
    // It reads both, and sees the order: one that contradicts it is a cycle.
    let contrary = directory.path().join("docker.service.d/contrary.conf");
    fs::write(contrary, "[Unit]\nBefore=causewayd.service\n").unwrap();
    let said = verified(directory.path());
    // Which of the two it begins with differs from run to run.
    let both = said.contains("causewayd.service") && said.contains("docker.service");
    assert!(said.contains("ordering cycle") && both, "{said}");
}
