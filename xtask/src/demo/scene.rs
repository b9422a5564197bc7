//! What happens in the demo, step by step, all of it by commands that a user would type.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use causeway_lab::{
    Lab, Node,
    capture::{Capture, tshark},
    wait,
};

use super::{
    story::{said, tell, typed},
    table::Table,
};

/// The file that is moved: 100 MiB.
const BLOB: u64 = 100 << 20;
const SOON: Duration = Duration::from_secs(10);

/// The stage: the cluster, and files that the servers serve.
pub(crate) struct Scene<'a> {
    pub(crate) lab: &'a Lab,
}

impl<'a> Scene<'a> {
    /// Writes what the servers will serve.
    ///
    /// # Errors
    /// If there is no room for it.
    pub(crate) fn new(lab: &'a Lab) -> Result<Self> {
        let scene = Self { lab };
        for node in [1, 2] {
            let directory = scene.pages_of(node);
            fs::create_dir_all(&directory)?;
            fs::write(directory.join("index.html"), format!("Hello from a container on node{node}.\n"))?;
        }
        let mut noise = File::open("/dev/urandom")?.take(BLOB);
        let blob = scene.pages_of(1).join("blob");
        io::copy(&mut noise, &mut File::create(&blob)?).with_context(|| blob.display().to_string())?;
        Ok(scene)
    }

    /// One network over all nodes.
    pub(crate) fn network(&self, table: &mut Table) -> Result<()> {
        tell("One overlay network; when the command returns, all three nodes know it.");
        let begun = Instant::now();
        self.type_in(1, "network create -d overlay web")?;
        table.row("network known on all nodes", "", None, begun.elapsed());
        said(&self.lab.node(3).cw("network ls")?);
        Ok(())
    }

    /// Web servers on two nodes, and a container to ask them on the third.
    pub(crate) fn servers(&self, table: &mut Table) -> Result<()> {
        tell("A web server in a container on node1 and on node2, a client on node3.");
        let begun = Instant::now();
        for node in [1, 2] {
            let directory = self.pages_of(node);
            let line = format!(
                "run -d --name web{node} --network web -- busybox httpd -f -p 80 -h {}",
                directory.display()
            );
            self.type_in(node, &line)?;
        }
        self.type_in(3, "run -d --name client --network web -- sleep 600")?;
        table.row("3 containers started", "", None, begun.elapsed());
        Ok(())
    }

    /// The client fetches a page from each server.
    pub(crate) fn pages(&self, table: &mut Table) -> Result<()> {
        tell("The client fetches a page from each.");
        for node in [1, 2] {
            let url = format!("http://{}/", self.address(node)?);
            wait::until("the server listens", SOON, || Ok(self.fetch(&url).is_ok()))?;
            let begun = Instant::now();
            let page = self.type_in(3, &format!("exec client -- curl -sS --max-time 5 {url}"))?;
            table.row(
                "page fetched",
                &format!("node3 <- node{node}"),
                Some(page.len() as u64),
                begun.elapsed(),
            );
            said(&page);
            ensure!(page.contains(&format!("node{node}")), "a page of somebody else");
        }
        Ok(())
    }

    /// One packet as it is on the underlay, decoded by somebody else's decoder.
    pub(crate) fn packet(&self) -> Result<()> {
        tell("The same on the underlay, between node3 and node1, as tshark reads it.");
        let file = self.lab.layout().root.join("underlay.pcap");
        let capture = Capture::start(&self.lab.node(3).netns, "eth0", "udp port 4789", &file)?;
        self.fetch(&format!("http://{}/", self.address(1)?))?;
        let file = capture.finish()?;
        let decoded = tshark(&file, &["-Y", "vxlan && http.request", "-O", "vxlan"])?;
        ensure!(decoded.contains("Virtual eXtensible Local Area Network"), "no VXLAN packet was captured");
        said(decoded.trim());
        Ok(())
    }

    /// 100 MiB through the overlay, hashed at both ends.
    pub(crate) fn transfer(&self, table: &mut Table) -> Result<()> {
        tell("100 MiB of noise through the overlay, hashed at both ends.");
        let copy = self.lab.layout().root.join("copy");
        let url = format!("http://{}/blob", self.address(1)?);
        let begun = Instant::now();
        self.type_in(3, &format!("exec client -- curl -sS --max-time 50 -o {} {url}", copy.display()))?;
        table.row("file fetched", "node3 <- node1", Some(fs::metadata(&copy)?.len()), begun.elapsed());
        let sent = self.hash(1, "web1", &self.pages_of(1).join("blob"))?;
        let received = self.hash(3, "client", &copy)?;
        ensure!(sent == received, "the hashes differ: {sent} was sent, {received} arrived");
        said(&format!("equal: {sent}"));
        Ok(())
    }

    fn hash(&self, node: usize, container: &str, file: &std::path::Path) -> Result<String> {
        let line = self.type_in(node, &format!("exec {container} -- sha256sum {}", file.display()))?;
        Ok(line.split(' ').next().unwrap_or_default().to_owned())
    }

    fn fetch(&self, url: &str) -> Result<String> {
        self.lab.node(3).cw(&format!("exec client -- curl -sS --max-time 5 {url}"))
    }

    /// Address of the web server on this node.
    fn address(&self, node: usize) -> Result<String> {
        let shown = self.lab.node(node).cw(&format!("inspect web{node}"))?;
        let shown: serde_json::Value = serde_json::from_str(&shown)?;
        let address = shown[0]["NetworkSettings"]["Networks"]["web"]["IPAddress"].as_str();
        Ok(address.context("inspect shows no address")?.to_owned())
    }

    fn pages_of(&self, node: usize) -> PathBuf {
        self.lab.layout().root.join(format!("www{node}"))
    }

    /// Shows a line of `causeway` and runs it.
    fn type_in(&self, node: usize, line: &str) -> Result<String> {
        let node: &Node = self.lab.node(node);
        typed(&node.name(), &format!("causeway {line}"));
        node.cw(line)
    }
}
