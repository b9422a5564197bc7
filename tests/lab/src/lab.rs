//! The lab as a whole: built in order, removed in the reverse order.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context as _, Result, ensure};

use crate::{
    Layout, Netns, Node, Store, bins, bpffs, daemon,
    etcd::{self, Member},
    ip::ip,
    layout::{CLIENT, MOST_MEMBERS, MOST_NODES, PINS},
    netns, stop, switch,
};

/// Where labs keep their directories.
pub const ROOTS: &str = "/tmp/causeway-lab";

/// What a lab shall be.
#[derive(Clone, Debug)]
pub struct Builder {
    prefix: String,
    nodes: u8,
    mtu: u32,
    store: Store,
    members: u8,
    daemons: bool,
    wired: bool,
    name_server: Option<Ipv4Addr>,
    config: String,
    bins: Option<PathBuf>,
}

impl Builder {
    /// Number of nodes, 1 to 99; 2 unless said otherwise.
    #[must_use]
    pub fn nodes(mut self, nodes: u8) -> Self {
        self.nodes = nodes;
        self
    }

    /// The underlay's MTU in bytes; 1500 unless said otherwise.
    #[must_use]
    pub fn mtu(mut self, mtu: u32) -> Self {
        self.mtu = mtu;
        self
    }

    /// The daemons' store; etcd unless said otherwise.
    #[must_use]
    pub fn store(mut self, store: Store) -> Self {
        self.store = store;
        self
    }

    /// Number of members of etcd, 1 to 3; 1 unless said otherwise. Several have namespaces of their own.
    #[must_use]
    pub fn members(mut self, members: u8) -> Self {
        self.members = members;
        self
    }

    /// Beginning of all names; one that is free unless said otherwise.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// Whether daemons are started; they are unless said otherwise.
    #[must_use]
    pub fn daemons(mut self, daemons: bool) -> Self {
        self.daemons = daemons;
        self
    }

    /// Lays a wire between nodes 1 and 2 and makes it the daemons' underlay: no switch slows it down,
    /// so measurements see the road alone.
    #[must_use]
    pub fn wired(mut self) -> Self {
        self.wired = true;
        self
    }

    /// The only name server that the nodes' hosts know, instead of the machine's own.
    #[must_use]
    pub fn name_server(mut self, address: Ipv4Addr) -> Self {
        self.name_server = Some(address);
        self
    }

    /// The daemons' configuration file, as text; empty unless said otherwise.
    #[must_use]
    pub fn config(mut self, text: &str) -> Self {
        text.clone_into(&mut self.config);
        self
    }

    /// Directory of `causeway` and `causewayd`; [`bins::directory`] unless said otherwise.
    #[must_use]
    pub fn bins(mut self, bins: PathBuf) -> Self {
        self.bins = Some(bins);
        self
    }

    /// What it will be made of.
    ///
    /// # Errors
    /// If the number of nodes is impossible, or the binaries are not built.
    pub fn layout(self) -> Result<Layout> {
        ensure!(
            (1..=MOST_NODES).contains(&self.nodes),
            "a lab has 1 to {MOST_NODES} nodes, not {}",
            self.nodes
        );
        ensure!((1..=MOST_MEMBERS).contains(&self.members), "etcd has 1 to {MOST_MEMBERS} members here");
        Ok(Layout {
            root: root(&self.prefix),
            bins: self.bins.map_or_else(bins::directory, Ok)?,
            prefix: self.prefix,
            nodes: self.nodes,
            mtu: self.mtu,
            store: self.store,
            members: self.members,
            wired: self.wired,
            name_server: self.name_server,
            config: self.config,
        })
    }

    /// Builds the lab and waits until every daemon sees every node.
    ///
    /// # Errors
    /// If anything of it cannot be made; what was made is removed.
    pub fn start(self) -> Result<Lab> {
        let daemons = self.daemons;
        let layout = self.layout()?;
        stop::on_signals()?;
        check_free(&layout)?;
        let mut lab = Lab::empty(layout);
        lab.lay_cables()?;
        if daemons {
            lab.start_daemons()?;
        }
        Ok(lab)
    }
}

/// A running lab. Dropping it removes everything, unless it is kept.
#[derive(Debug)]
pub struct Lab {
    layout: Layout,
    switch: Option<Netns>,
    etcd: Vec<Member>,
    nodes: Vec<Node>,
    client: Option<Node>,
    kept: bool,
}

impl Lab {
    /// Begins to describe a lab under a name that no other lab on this machine has.
    pub fn builder() -> Builder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // No dots: a bpf file system takes no names with dots.
        let prefix = format!("cwt{}-{number}", process::id());
        Builder {
            prefix,
            nodes: 2,
            mtu: 1500,
            store: Store::Etcd,
            members: 1,
            daemons: true,
            wired: false,
            name_server: None,
            config: String::new(),
            bins: None,
        }
    }

    fn empty(layout: Layout) -> Self {
        let (etcd, nodes) = (Vec::new(), Vec::new());
        Self { layout, switch: None, etcd, nodes, client: None, kept: false }
    }

    /// Finds a lab again that was kept.
    pub fn find(layout: Layout) -> Self {
        let mut lab = Self::empty(layout);
        let layout = &lab.layout;
        lab.switch = Netns::open(&layout.switch_netns()).ok();
        lab.etcd = etcd::find(layout);
        lab.client = Netns::open(&layout.client_netns()).ok().map(|netns| Node::new(layout, CLIENT, netns));
        for number in 1..=layout.nodes {
            let Ok(netns) = Netns::open(&layout.node_netns(number)) else { continue };
            let mut node = Node::new(layout, number, netns);
            node.find_daemon();
            lab.nodes.push(node);
        }
        lab
    }

    /// Lets everything go on when this is dropped; [`Lab::find`] finds it again.
    pub fn keep(mut self) {
        self.kept = true;
        for node in self.nodes.iter_mut().chain(&mut self.client) {
            node.keep();
        }
        self.etcd.iter_mut().for_each(Member::keep);
        if let Some(switch) = &mut self.switch {
            switch.keep();
        }
    }

    /// What it is made of.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Its nodes, in order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Node `number`, counted from 1.
    ///
    /// # Panics
    /// If the lab has no such node.
    pub fn node(&self, number: usize) -> &Node {
        &self.nodes[number - 1]
    }

    /// The node, or the client, of this name.
    pub fn named(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().chain(&self.client).find(|node| node.name() == name)
    }

    /// Node `number`, counted from 1, to stop and start its daemon.
    ///
    /// # Panics
    /// If the lab has no such node.
    pub fn node_mut(&mut self, number: usize) -> &mut Node {
        &mut self.nodes[number - 1]
    }

    /// The outside client.
    ///
    /// # Panics
    /// If the lab was found again without it.
    #[expect(clippy::expect_used, reason = "a lab that was started has a client")]
    pub fn client(&self) -> &Node {
        self.client.as_ref().expect("the lab has a client")
    }

    /// The switch's namespace.
    ///
    /// # Panics
    /// If the lab was found again without it.
    #[expect(clippy::expect_used, reason = "a lab that was started has a switch")]
    pub fn switch(&self) -> &Netns {
        self.switch.as_ref().expect("the lab has a switch")
    }

    /// The members of the shared store.
    pub fn members(&self) -> &[Member] {
        &self.etcd
    }

    /// Member `number` of the shared store, counted from 1, to stop and start it.
    ///
    /// # Panics
    /// If the lab has no such member.
    pub fn member_mut(&mut self, number: usize) -> &mut Member {
        &mut self.etcd[number - 1]
    }

    /// Stops the shared store.
    pub fn stop_etcd(&mut self) {
        self.etcd.iter_mut().for_each(Member::stop);
    }

    /// Starts the shared store, with what it held when it was stopped.
    ///
    /// # Errors
    /// If it cannot be started or does not serve.
    pub fn start_etcd(&mut self) -> Result<()> {
        etcd::start(&mut self.etcd)
    }

    /// Takes a cable's plug (`port1` is node 1's, `etcd1` that of etcd's member 1) out of the switch:
    /// what is sent there goes nowhere, and nobody is told.
    ///
    /// # Errors
    /// If there is no such cable.
    pub fn cut(&self, cable: &str) -> Result<()> {
        ip(self.switch(), &format!("link set {cable} nomaster")).map(drop)
    }

    /// Puts it in again.
    ///
    /// # Errors
    /// If there is no such cable.
    pub fn mend(&self, cable: &str) -> Result<()> {
        ip(self.switch(), &format!("link set {cable} master br0")).map(drop)
    }

    fn lay_cables(&mut self) -> Result<()> {
        bpffs::ensure()?;
        fs::create_dir_all(&self.layout.root).with_context(|| self.layout.root.display().to_string())?;
        let layout = self.layout.clone();
        let switch = &*self.switch.insert(switch::create(&layout)?);
        if layout.store == Store::Etcd {
            self.etcd = etcd::create(&layout, switch)?;
        }
        for number in 1..=layout.nodes {
            let netns = Netns::create(&layout.node_netns(number))?;
            self.nodes.push(Node::new(&layout, number, netns));
            let node = &self.nodes[self.nodes.len() - 1];
            switch::connect(switch, &node.netns, &format!("port{number}"), number, layout.mtu)?;
        }
        if let ([one, two, ..], true) = (&self.nodes[..], layout.wired) {
            switch::wire(&one.netns, &two.netns, layout.mtu)?;
        }
        let client = Node::new(&layout, CLIENT, Netns::create(&layout.client_netns())?);
        switch::connect(switch, &self.client.insert(client).netns, "client", CLIENT, layout.mtu)
    }

    fn start_daemons(&mut self) -> Result<()> {
        self.start_etcd()?;
        for node in &mut self.nodes {
            node.start_daemon()?;
        }
        let seen = if self.layout.store == Store::Etcd { self.layout.nodes } else { 1 };
        self.nodes.iter().try_for_each(|node| node.wait_ready(seen))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        for node in &mut self.nodes {
            node.stop_daemon();
        }
        for number in 1..=self.layout.nodes {
            daemon::clean_up(&self.layout, number);
        }
        self.stop_etcd();
        self.layout.namespaces().iter().for_each(|name| netns::remove(name));
        remove_directories(&self.layout);
    }
}

/// Sockets have paths of at most 108 bytes (unix(7)): the directory must not lie deep.
fn root(prefix: &str) -> PathBuf {
    Path::new(ROOTS).join(prefix)
}

fn check_free(layout: &Layout) -> Result<()> {
    for name in layout.namespaces() {
        let path = Path::new(netns::DIRECTORY).join(&name);
        ensure!(
            !path.exists(),
            "namespace {name} exists: a lab of this name is up (`cargo xtask lab down` removes it)"
        );
    }
    Ok(())
}

fn remove_directories(layout: &Layout) {
    let _ = fs::remove_dir_all(&layout.root);
    // Shared with other labs: these go when the last one goes.
    for shared in [layout.root.parent(), Some(Path::new(PINS))].into_iter().flatten() {
        let _ = fs::remove_dir(shared);
    }
}
