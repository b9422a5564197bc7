//! The accounting rule, twice: packet by packet, and by what each node's programs have counted.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use causeway_common::{Counter, faults::Disturbance};
use causeway_lab::{Netns, ip, wait};
use causeway_tests::faults::{Account, Freed, Witness, inode};

use super::{cast::NODES, deeds::Stage, talk::Talk};

/// How long a packet may be under way, by whatever bay.
const UNDER_WAY: Duration = Duration::from_secs(10);
/// Who is told why a packet cannot go on gets it back, made into the notice: it counts as dropped, and is not.
const TOLD: [Counter; 3] = [Counter::TooBigTold, Counter::ExpiredTold, Counter::RefusedTold];
/// How many packets are shown that have no name.
const SHOWN: usize = 20;

/// What is settled, and how to settle more.
pub(crate) struct Accounts {
    witness: Arc<Witness>,
    settled: Vec<u32>,
    /// Inodes of the nodes' namespaces, and of the switch's.
    nodes: Vec<u32>,
    switch: u32,
}

impl Accounts {
    pub(crate) fn open(stage: &Stage, witness: &Arc<Witness>) -> Self {
        let inode = |netns: &Netns| inode(netns).unwrap();
        let nodes: Vec<u32> = stage.cluster.lab.nodes().iter().map(|node| inode(&node.netns)).collect();
        stage.post.ledger().demand_reasons_in(nodes.iter().copied());
        let switch = inode(stage.cluster.lab.switch());
        Self { witness: Arc::clone(witness), settled: Vec::new(), nodes, switch }
    }

    /// Whatever was sent until now arrives or has a name, and all counters agree.
    pub(crate) fn settle(&mut self, stage: &Stage, what: &str) {
        let to = stage.post.ledger().marks();
        let settles = || {
            let account = stage.post.ledger().account(&self.settled, &to, &self.witness.reasons);
            ensure!(account.unnamed.is_empty(), "{}", shown(&account));
            Ok(true)
        };
        let settled = wait::until(&format!("{what}: each packet arrives or has a name"), UNDER_WAY, settles);
        settled.unwrap_or_else(|error| panic!("{error:?}\n{}", self.seen(stage)));
        let agree = || self.agree(stage).map(|()| true);
        let agreed = wait::until(&format!("{what}: counters say what was dropped"), UNDER_WAY, agree);
        agreed.unwrap_or_else(|error| panic!("{error:?}\n{}", stage.last_words()));
        let wrong = stage.post.ledger().wrong().to_vec();
        assert!(wrong.is_empty(), "{what}: {:?}", &wrong[..wrong.len().min(SHOWN)]);
        self.settled = to;
    }

    /// The account of everything; packets sent is packets received and the sum of all names.
    pub(crate) fn close(&mut self, stage: &Stage) {
        wait::pause(Duration::from_secs(1)).unwrap();
        self.settled = Vec::new();
        self.settle(stage, "in the end");
        let ledger = stage.post.ledger();
        let Account { sent, arrived, lost, twice, .. } =
            ledger.account(&[], &ledger.marks(), &self.witness.reasons);
        println!("{sent} packets sent, {arrived} arrived ({twice} came twice), lost:");
        lost.iter().for_each(|(name, count)| println!("  {count:>8} {name}"));
        for (node, drops) in (1..).zip(self.drops(stage).unwrap()) {
            println!("node{node} dropped {drops:?}");
        }
        let rounds: u64 = stage.standing.talks.iter().map(Talk::rounds).sum();
        println!("{rounds} rounds of {} connections, every byte right", stage.standing.talks.len());
        assert_eq!(sent, arrived + lost.values().sum::<u64>());
    }

    /// What else was seen: packets freed in each namespace, and what interfaces count.
    fn seen(&self, stage: &Stage) -> String {
        let lab = &stage.cluster.lab;
        let all = lab.nodes().iter().chain([lab.client()]).map(|node| &node.netns).chain([lab.switch()]);
        all.map(|netns| self.seen_in(netns)).collect()
    }

    fn seen_in(&self, netns: &Netns) -> String {
        let number = inode(netns).unwrap_or_default();
        let freed = self.witness.freed().unwrap_or_default();
        let freed: Vec<String> = freed
            .iter()
            .filter(|((inode, _), _)| *inode == number)
            .map(|((_, reason), count)| format!("{count} {reason}"))
            .collect();
        let links = ip::ip(netns, "-o -s link show").unwrap_or_default();
        let names = links.lines().filter_map(|line| line.split([':', '@']).nth(1)).map(str::trim);
        let counted = |name: &str| {
            let counted = ip::words(netns, "ethtool", &format!("-S {name}")).unwrap_or_default();
            let moved = counted.lines().map(str::trim).filter(|line| !line.ends_with(" 0"));
            let lost = moved.filter(|line| ["drop", "err"].iter().any(|word| line.contains(word)));
            lost.map(|line| format!("{name} {line}; ")).collect::<String>()
        };
        let interfaces: String = names.map(counted).collect();
        format!("{}: freed {}; {interfaces}\n", netns.name(), freed.join(", "))
    }

    fn drops(&self, stage: &Stage) -> Result<Vec<BTreeMap<String, u64>>> {
        (1..=NODES).map(|node| Ok(stage.cluster.status(node)?.drops)).collect()
    }

    /// What each node's programs have counted as dropped is what the kernel dropped for them; what the injectors
    /// have counted, what it dropped on the switch.
    fn agree(&self, stage: &Stage) -> Result<()> {
        let mut counted = Vec::new();
        for node in 1..=NODES {
            let status = stage.cluster.status(node)?;
            let told: u64 = TOLD.iter().filter_map(|told| status.counters.get(told.name())).sum();
            counted.push((status.drops.values().sum::<u64>() - told, status.drops));
        }
        let freed = self.witness.freed()?;
        for (node, (inode, (counted, drops))) in (1..).zip(self.nodes.iter().zip(counted)) {
            let dropped = by_programs(&freed, *inode);
            ensure!(counted == dropped, "node{node} has dropped {dropped} and counted {counted}: {drops:?}");
        }
        let mut counted = 0;
        for faults in &stage.faults {
            counted += faults.counts()?.of(Disturbance::Drop);
        }
        let dropped = by_programs(&freed, self.switch);
        ensure!(counted == dropped, "injectors have dropped {dropped} and counted {counted}");
        Ok(())
    }
}

/// What programs of TCX had dropped in a namespace.
fn by_programs(freed: &Freed, inode: u32) -> u64 {
    let of = |reason: &str| freed.get(&(inode, reason.to_owned())).copied().unwrap_or_default();
    of("tc_ingress") + of("tc_egress")
}

fn shown(account: &Account) -> String {
    let many = account.unnamed.len();
    format!("{many} packets without a name: {:?}", &account.unnamed[..many.min(SHOWN)])
}
