//! How many instructions the mesh's forward road takes a frame: counted, not timed, by running both harnesses'
//! programs in an interpreter. What they run without the road is subtracted.

mod node;

use anyhow::{Result, ensure};
use causeway_common::bench::{FRAME_LEN, TURNS};

use self::node::{IFINDEX, Node, VTEP};
use crate::interpreter::Object;

/// UDP port of VXLAN.
const VXLAN_PORT: u16 = 4789;

/// The instructions of a frame's road in an object of the bench's, with so many conversations.
///
/// # Errors
/// Where its programs do what the interpreter does not know, or do not carry every frame on.
pub(crate) fn a_frame(elf: &[u8], flows: u32) -> Result<f64> {
    let (vtep, port) = (u32::from_ne_bytes(VTEP).to_ne_bytes(), VXLAN_PORT.to_ne_bytes());
    let [flows, ports, answers, out] = [flows, 1, 0, IFINDEX + 1].map(u32::to_ne_bytes);
    let object = Object::read(
        elf,
        &[
            ("VXLAN_PORT", &port),
            ("VTEP", &vtep),
            ("BENCH_FLOWS", &flows),
            ("BENCH_PORTS", &ports),
            ("BENCH_FLAGS", &[0x10]),
            ("BENCH_ANSWERS", &answers),
            ("BENCH_OUT", &out),
        ],
    )?;
    let [nothing, road] = [run(&object, "nothing")?, run(&object, "over_and_over")?];
    Ok(f64::from(u32::try_from(road - nothing)?) / f64::from(TURNS))
}

fn run(object: &Object, program: &str) -> Result<u64> {
    let run = object.run(program, &[0; FRAME_LEN], IFINDEX, &Node)?;
    ensure!(run.returned == TURNS, "{program} carried {} of {TURNS} frames on", run.returned);
    Ok(run.executed())
}
