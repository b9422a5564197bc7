//! All that an operation could have left half made, a line each.

use std::{collections::BTreeSet, fmt, fs, path::Path};

use anyhow::Result;
use causeway::api::types::{ContainerInspect, NetworkInspect, NodeInspect};
use causeway_lab::{ip::ip, netns, wait};
use serde::de::DeserializeOwned;

use super::scene::{SOON, Scene, host};

/// What is there. Two of them are the same where nobody could tell what was there from the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight(Vec<String>);

impl fmt::Display for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.join("\n"))
    }
}

impl Scene {
    /// What there is, while the daemon answers.
    pub(crate) fn see(&self) -> Sight {
        self.look().unwrap()
    }

    /// Looks, by the daemon's eyes and by the kernel's.
    pub(crate) fn look(&self) -> Result<Sight> {
        Ok(Sight([self.told()?, self.found()].concat()))
    }

    /// What the daemon says.
    fn told(&self) -> Result<Vec<String>> {
        let mut lines: Vec<String> = self.inspected("", "ps -aq --no-trunc")?.iter().map(container).collect();
        for network in self.inspected::<NetworkInspect>("network", "network ls -q")? {
            let names: BTreeSet<_> = network.containers.values().map(|c| c.name.clone()).collect();
            lines.push(format!("network {} with {names:?}", network.name));
        }
        let services: Vec<serde_json::Value> = self.read("service ls --format json")?;
        lines.extend(services.iter().map(|s| format!("service {} {} {}", s["Name"], s["Mode"], s["Active"])));
        let nodes: Vec<NodeInspect> = self.read("node inspect node1")?;
        lines.extend(nodes.iter().map(|node| format!("node {} {}", node.status, node.availability)));
        lines.sort_unstable();
        Ok(lines)
    }

    /// What the machine holds. Of what others may have, too, only that counts which the daemon has named.
    pub(crate) fn found(&self) -> Vec<String> {
        let dir = self.lab.layout().node_dir(1);
        let links = ip(&self.node().netns, "-o link").unwrap();
        let pairs = links.lines().filter(|line| line.contains(": cw") && !line.contains(": cw-"));
        let up = pairs.clone().filter(|line| line.contains(",UP")).count();
        let pins = names(&self.lab.layout().bpf_dir(1).join(causeway_common::names::LAYOUT).join("links"));
        let programs = pins.iter().filter(|pin| pin.starts_with("from_container")).count();
        let ours = named(&self.node().log());
        let groups = ours.iter().filter(|id| Path::new("/sys/fs/cgroup/causeway").join(id).exists());
        let kept = |id: &&String| Path::new(netns::DIRECTORY).join(format!("cw-{id}")).exists();
        [
            vec![
                format!("{} pairs, {up} up, {programs} programs", pairs.count()),
                format!("{} directories", names(&dir.join("state/containers")).len()),
                format!("{} notes", names(&dir.join("run/intents")).len()),
                format!("kernel in a hurry: {}", dir.join("run/rcu-expedited").exists()),
                format!("{} groups of processes", groups.count()),
                format!("{} namespaces", ours.iter().filter(kept).count()),
            ],
            lines("foreign", &ip(&self.foreign, "-o -br addr").unwrap(), |line| {
                line.split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .split('@')
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }),
            self.base(&dir),
        ]
        .concat()
    }

    /// How the container that stays finds its networks.
    fn base(&self, dir: &Path) -> Vec<String> {
        let base = names(&dir.join("state/containers")).into_iter().find_map(|id| {
            let hosts = fs::read_to_string(dir.join("state/containers").join(&id).join("hosts")).ok()?;
            hosts.contains("\tbase").then_some((id, hosts))
        });
        let Some((id, hosts)) = base else { return Vec::new() };
        let routes = host(&["ip", "-n", &format!("cw-{}", &id[..12]), "route"]);
        [lines("hosts", &hosts, str::to_owned), lines("route", &routes, str::to_owned)].concat()
    }

    fn inspected<T: DeserializeOwned>(&self, what: &str, list: &str) -> Result<Vec<T>> {
        let ids = self.node().cw(list)?;
        let ids: Vec<_> = ids.split_whitespace().collect();
        if ids.is_empty() { Ok(Vec::new()) } else { self.read(&format!("{what} inspect {}", ids.join(" "))) }
    }

    fn read<T: DeserializeOwned>(&self, line: &str) -> Result<Vec<T>> {
        Ok(serde_json::from_str(&self.node().cw(line)?)?)
    }
}

/// Waits until all is as in one of these; which.
pub(crate) fn until(scene: &Scene, what: &str, sights: &[&Sight]) -> Sight {
    let mut seen = None;
    let waited = wait::until(what, SOON, || {
        seen = sees(scene);
        Ok(seen.as_ref().is_some_and(|seen| sights.contains(&seen)))
    });
    match (waited, seen) {
        (Ok(()), Some(seen)) => seen,
        (_, Some(seen)) => {
            let log = scene.node().log();
            panic!("{what}: there is\n{seen}\n-- and there should be\n{}\n-- {log}", either(sights))
        }
        (waited, None) => panic!("{what}: {waited:?}: {}", scene.node().log()),
    }
}

fn either(sights: &[&Sight]) -> String {
    sights.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n-- or\n")
}

/// What there is, unless the daemon dies meanwhile.
pub(crate) fn sees(scene: &Scene) -> Option<Sight> {
    scene.look().ok()
}

fn container(container: &ContainerInspect) -> String {
    let networks: Vec<_> = container.network_settings.networks.keys().collect();
    format!("container {} {} in {networks:?}", container.name, container.state.status)
}

fn lines(what: &str, text: &str, of: impl Fn(&str) -> String) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(|line| format!("{what} {}", of(line.trim()))).collect();
    lines.sort_unstable();
    lines
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The short ids of all containers that a log names by their directories or namespaces.
fn named(log: &str) -> BTreeSet<String> {
    let after = |word: &'static str| log.split(word).skip(1).filter_map(|rest| rest.get(..12));
    let ids = after("/run/netns/cw-").chain(after("directory of "));
    ids.filter(|id| id.bytes().all(|b| b.is_ascii_hexdigit())).map(str::to_owned).collect()
}
