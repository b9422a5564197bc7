//! Live frames over a veth to the node's own program, attached natively, and back, where they are counted.

use anyhow::{Context as _, Result, bail, ensure};
use causeway::kernel::{BenchPrograms, Dataplane, Load, Measuring, WireMode};
use causeway_common::{Counter, names::DEFAULT_VXLAN_PORT};
use causeway_tests::dataplane::local::UPLINK_IFINDEX;

/// Bytes of the template in the object.
pub(crate) const TEMPLATE: usize = 112;
/// The uplink and its other end.
const UPLINK: &str = "up0";
pub(crate) const FAR_END: u32 = UPLINK_IFINDEX + 1;
const FAR: &str = "up1";

/// Million a second.
pub(crate) type Rate = f64;

/// What arrived, between the first arrival and the last. All of it must be on one core.
///
/// # Errors
/// Where more than one in a hundred is missing.
pub(crate) fn rate(programs: &BenchPrograms, made: u32) -> Result<Rate> {
    let counted: Vec<[u64; 6]> = programs.of_each_cpu("COUNTED")?;
    let all: Vec<_> = counted.iter().filter(|[_, arrived, ..]| *arrived > 0).collect();
    let &[&[_, arrived, strange, first, last, last_count]] = &all[..] else {
        bail!("of {made} packets some arrived on {} cores", all.len());
    };
    ensure!(
        arrived >= u64::from(made) / 100 * 99,
        "of {made} packets {arrived} arrived, and {strange} others"
    );
    ensure!(last > first, "too few packets");
    Ok(last_count as f64 * 1e3 / (last - first) as f64)
}

/// Through the node's own program on its uplink.
///
/// # Errors
/// Where frames are lost.
pub(crate) fn passed(
    dataplane: &mut Dataplane,
    programs: &mut Measuring,
    traffic: &[u8],
    load: Load,
    frames: u32,
) -> Result<Rate> {
    let (road, port) =
        if load.answers { (Counter::FromMesh, 0) } else { (Counter::ToMesh, DEFAULT_VXLAN_PORT.to_be()) };
    dataplane.attach_xdp(WireMode::Native, UPLINK, UPLINK_IFINDEX)?;
    let before = counted(dataplane, road)?;
    let rate = there_and_back(programs, traffic, port.into(), frames);
    dataplane.detach_xdp()?;
    let carried = counted(dataplane, road)? - before;
    let enough = u64::from(frames) / 100 * 99;
    ensure!(carried >= enough, "of {frames} frames {carried} are counted as {}", road.name());
    rate
}

/// The same where a program sends them back as they are.
///
/// # Errors
/// Where frames are lost.
pub(crate) fn reflected(programs: &mut Measuring, traffic: &[u8], frames: u32) -> Result<Rate> {
    let link = programs.attach("reflect", UPLINK_IFINDEX)?;
    let rate = there_and_back(programs, traffic, 0, frames);
    programs.detach("reflect", link)?;
    rate
}

fn there_and_back(programs: &mut Measuring, traffic: &[u8], port: u32, frames: u32) -> Result<Rate> {
    let mut counting = BenchPrograms::load(traffic, &[("WANTED_PORT", port)])?;
    counting.attach_xdp("arrive_early", FAR)?;
    programs.make(UPLINK_IFINDEX, frames)?;
    rate(&counting, frames)
}

fn counted(dataplane: &Dataplane, road: Counter) -> Result<u64> {
    dataplane.counters()?.get(road.name()).copied().with_context(|| format!("{} is not counted", road.name()))
}
