//! Installing packages, where the distribution is one we know.

use std::{path::Path, process::Command};

use anyhow::{Result, bail, ensure};
use nix::unistd::Uid;

use super::needs::{Need, program};
use crate::run;

/// Installs the packages of `missing`, printing each before; does nothing if there are none.
///
/// # Errors
/// Says exactly what to install if the distribution is unknown, we are not root and have no sudo,
/// or the installation fails.
pub(crate) fn install(missing: &[&Need]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    ensure!(
        program("apt-get").is_some(),
        "{}",
        by_hand(missing, "this distribution is not Debian or Ubuntu")
    );
    ensure!(may_install(), "{}", by_hand(missing, "neither root nor sudo"));
    println!("setup: installing");
    for need in missing {
        println!("  {:<28} {}", need.package, need.reason);
    }
    // The lists may be missing or too old; they are fetched only then.
    if run::checked(&mut install_command(missing)).is_err() {
        run::checked(apt().args(["-q", "update"]))?;
        if let Err(error) = run::checked(&mut install_command(missing)) {
            bail!("{}", by_hand(missing, &error.to_string()));
        }
    }
    disable(missing)
}

fn install_command(missing: &[&Need]) -> Command {
    let mut command = apt();
    command.args(["-q", "install", "--yes", "--no-install-recommends"]);
    command.args(missing.iter().map(|need| need.package));
    command
}

/// apt-get as root, asking nothing (tshark's package would ask who may capture) and starting no
/// service: Docker's would change the host's netfilter. `policy-rc.d` is Debian's way to say so
/// (invoke-rc.d(8)); one that is there already is the user's.
fn apt() -> Command {
    let mut command = as_root("env");
    command.args(["DEBIAN_FRONTEND=noninteractive", "sh", "-c", APT, "sh"]);
    command
}

const APT: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy
fi
apt-get "$@"
"#;

/// Keeps the services of what was just installed from starting with the machine.
fn disable(installed: &[&Need]) -> Result<()> {
    let services: Vec<_> = installed.iter().flat_map(|need| need.services).collect();
    // Where systemd does not run, nothing starts by itself.
    if services.is_empty() || !Path::new("/run/systemd/system").exists() {
        return Ok(());
    }
    run::checked(as_root("systemctl").arg("disable").args(services))
}

fn as_root(program: &str) -> Command {
    if Uid::effective().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}

fn may_install() -> bool {
    Uid::effective().is_root() || program("sudo").is_some()
}

/// The message of last resort: what to install, and why it was not done.
fn by_hand(missing: &[&Need], why: &str) -> String {
    let wanted: Vec<String> = missing
        .iter()
        .map(|need| format!("\n  {} (Debian package {}): {}", need.sign, need.package, need.reason))
        .collect();
    format!(
        "setup cannot install what is missing ({why}). Install these, then run it again:{}",
        wanted.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::by_hand;
    use crate::setup::needs::TOOLS;

    #[test]
    fn what_to_install_is_said_exactly() {
        let protoc = TOOLS.iter().find(|need| need.package == "protobuf-compiler");
        let message = by_hand(&Vec::from_iter(protoc), "no apt-get");
        assert!(message.contains("no apt-get"));
        assert!(message.contains("protoc (Debian package protobuf-compiler)"));
    }
}
