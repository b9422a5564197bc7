//! Podman's name server on a node with a bridge, and a client on that bridge.

use std::{fs, path::Path, time::Duration};

use anyhow::Result;
use causeway_lab::{
    Netns, Process,
    ip::{ip, words},
    spawn, wait,
};

use super::PODMAN;

/// Where it listens: the network's gateway.
pub(super) const SERVER: &str = "10.85.0.1";
const PATIENCE: Duration = Duration::from_secs(10);
/// It goes to the background; the first process of a namespace takes it along when it ends.
const START: &str = r#""$1/aardvark-dns" --config "$2" --port 53 run; exec sleep 100000"#;

/// The node and its client.
pub(super) struct Aardvark {
    _server: Process,
    pub(super) client: Netns,
    _node: Netns,
}

impl Aardvark {
    /// Builds both; its notes are below `directory`. A container of this name is known.
    pub(super) fn new(directory: &Path, name: &str) -> Result<Self> {
        let (node, client) = (Netns::create("cwb-aardvark")?, Netns::create("cwb-aardvark-c")?);
        ip(&node, "link add podman0 type bridge stp_state 0")?;
        ip(&node, &format!("link add veth0 type veth peer name eth0 netns {}", client.name()))?;
        ip(&node, "link set veth0 master podman0 up")?;
        ip(&node, &format!("address add {SERVER}/24 dev podman0"))?;
        ip(&node, "link set podman0 up")?;
        ip(&client, "address add 10.85.0.3/24 dev eth0")?;
        ip(&client, "link set eth0 up")?;
        let notes = directory.join("aardvark");
        fs::create_dir_all(&notes)?;
        let known = |digit: &str, last, name| format!("{} 10.85.0.{last}  {name}\n", digit.repeat(64));
        let all = format!("{SERVER}\n{}{}", known("1", 2, name), known("2", 3, "client"));
        fs::write(notes.join("bench"), all)?;
        let mut command = spawn::command(&node, "unshare");
        command.args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            START,
            "sh",
            PODMAN,
        ]);
        let server = Process::spawn(command.arg(&notes), &directory.join("aardvark.log"))?;
        wait::until("aardvark-dns answers", PATIENCE, || {
            let said = words(&client, "dig", &format!("+short +tries=1 +time=1 {name} @{SERVER}"));
            Ok(said.is_ok_and(|said| said.trim() == "10.85.0.2"))
        })?;
        Ok(Self { _server: server, client, _node: node })
    }
}
