//! Packets a second: live frames sent out by an interface of one namespace, counted where they come into another,
//! before anybody else there sees them. What is told is what arrived between the first arrival and the last.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use causeway::kernel::BenchPrograms;
use causeway_lab::Netns;
use clap::Args;
use nix::net::if_::if_nametoindex;
use serde_json::json;

use crate::frame::Frame;

/// Slot `COUNTED` of the object.
type Counted = [u64; 6];
/// Bytes of the template in the object.
const TEMPLATE: usize = 112;
/// Where in an IPv4 packet UDP's ports are.
const SOURCE_PORT: u32 = 20;
const DESTINATION_PORT: u32 = 22;
/// Conversations that are opened at once: fewer than anybody keeps who waits for answers.
const AT_ONCE: u32 = 1024;
/// How long answers to the first packets may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Make packets and count those that arrive.
#[derive(Args)]
pub(crate) struct Packets {
    /// The object of programs that make and count them.
    #[arg(long)]
    object: PathBuf,
    /// The namespace that they come from, and the interface that they leave it by.
    #[arg(long)]
    from: String,
    #[arg(long)]
    out: String,
    /// The namespace that they come to, and the interface there.
    #[arg(long)]
    to: String,
    #[arg(long)]
    into: String,
    /// Count them before there is an skb (XDP).
    #[arg(long)]
    early: bool,
    /// Conversations that take turns.
    #[arg(long, default_value_t = 1)]
    flows: u32,
    /// How many packets.
    #[arg(long)]
    packets: u32,
    /// The port that they have where they arrive, if it is another one.
    #[arg(long)]
    arrives_at: Option<u16>,
    /// Instead of counting, let each conversation's first packet through, and wait until it is answered.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    frame: Frame,
}

impl Packets {
    pub(crate) fn run(self) -> Result<()> {
        let (from, to) = (Netns::open(&self.from)?, Netns::open(&self.to)?);
        let mut programs = self.load(&from)?;
        if self.open {
            return self.open(&from, &mut programs);
        }
        to.run(|| match self.early {
            true => programs.attach_xdp("arrive_early", &self.into),
            false => programs.attach_tcx("arrive", &self.into),
        })??;
        self.make(&from, &mut programs, self.packets)?;
        println!("{}", self.told(&programs.of_each_cpu("COUNTED")?)?);
        Ok(())
    }

    fn load(&self, from: &Netns) -> Result<BenchPrograms> {
        let object = std::fs::read(&self.object).with_context(|| self.object.display().to_string())?;
        let out = from.run(|| if_nametoindex(self.out.as_str()))??;
        let (port, place) = match self.open {
            // An answer comes from where its conversation went to.
            true => (self.frame.port, SOURCE_PORT),
            false => (self.arrives_at.unwrap_or(self.frame.port), DESTINATION_PORT),
        };
        let mut constants = vec![("OUT", out), ("FLOWS", self.flows)];
        constants.extend([("WANTED_PORT", u32::from(port.to_be())), ("WANTED_AT", place)]);
        constants.extend(self.frame.constants());
        let mut programs = BenchPrograms::load(&object, &constants)?;
        let mut template = self.frame.bytes()?;
        template.resize(TEMPLATE, 0);
        let template: [u8; TEMPLATE] = template.try_into().ok().context("the frame is too long")?;
        programs.set("TEMPLATE", template)?;
        Ok(programs)
    }

    fn make(&self, from: &Netns, programs: &mut BenchPrograms, packets: u32) -> Result<()> {
        let length = self.frame.bytes()?.len();
        from.run(|| {
            let ifindex = if_nametoindex(self.out.as_str())?;
            programs.make("make", ifindex, length, packets)?;
            anyhow::Ok(())
        })?
    }

    /// Each conversation is answered once, under the address that it went to; nobody but us hears the answers.
    fn open(&self, from: &Netns, programs: &mut BenchPrograms) -> Result<()> {
        from.run(|| programs.attach_tcx("arrive", &self.out))??;
        let mut opened = 0;
        while opened < self.flows {
            let more = AT_ONCE.min(self.flows - opened);
            self.make(from, programs, more)?;
            opened += more;
            answered(programs, opened)?;
        }
        Ok(())
    }

    /// The rate, of what was counted on one CPU. Where more than one packet in a hundred is missing it says nothing.
    fn told(&self, counted: &[Counted]) -> Result<serde_json::Value> {
        let all: Vec<&Counted> = counted.iter().filter(|[_, arrived, ..]| *arrived > 0).collect();
        let &[&[made, arrived, strange, first, last, last_count]] = &all[..] else {
            bail!("packets arrived on {} cores: {counted:?}", all.len());
        };
        ensure!(made == u64::from(self.packets), "of {} packets {made} were made", self.packets);
        ensure!(arrived >= made / 100 * 99, "of {made} packets {arrived} arrived, and {strange} others");
        ensure!(last > first, "too few packets");
        let rate = last_count as f64 / (last - first) as f64 * 1e9;
        Ok(json!({"rate": rate, "made": made, "arrived": arrived, "strange": strange}))
    }
}

/// Waits until so many conversations are answered.
fn answered(programs: &BenchPrograms, conversations: u32) -> Result<()> {
    let begun = Instant::now();
    loop {
        let counted: Vec<Counted> = programs.of_each_cpu("COUNTED")?;
        let answers: u64 = counted.iter().map(|[_, arrived, ..]| arrived).sum();
        if answers >= u64::from(conversations) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            bail!("of {conversations} conversations {answers} are answered");
        }
        thread::sleep(Duration::from_micros(200));
    }
}
