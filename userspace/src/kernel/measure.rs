//! The programs that measure the road on the uplink, on the maps of a node's dataplane: no node has them, and their
//! object is a file of the bench's.

use std::time::Duration;

use aya::{
    Ebpf, EbpfLoader, TestRunOptions,
    maps::PerCpuArray,
    programs::{TestRun, TestRunAttrs, Xdp, XdpMode, xdp::XdpLinkId},
};
use causeway_common::{
    bench::{ANSWER_LEN, FRAME_LEN, NEXT, SWALLOWED},
    names,
};

use super::{KernelError, Options, pins, tables::failed, wire_run::context};

/// Frames that live ones are made of at once (`BPF_F_TEST_XDP_LIVE_FRAMES`).
const BATCH: u32 = 64;
/// The map that the programs count in.
const COUNTS: &str = "BENCH";
/// TCP's flags (RFC 9293 §3.1).
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Services whose ports it is for.
    pub services: u16,
    /// Conversations that take turns.
    pub flows: u32,
    /// Each frame begins a connection.
    pub opens: bool,
    /// Frames are answers of backends, out of the mesh, and not clients'.
    pub answers: bool,
}

impl Load {
    /// Bytes of a frame.
    const fn frame_len(self) -> usize {
        if self.answers { ANSWER_LEN } else { FRAME_LEN }
    }
}

/// The programs, loaded for one load.
#[derive(Debug)]
pub struct Measuring {
    ebpf: Ebpf,
    /// Bytes of a frame.
    length: usize,
}

impl Measuring {
    /// Loads `object` on the pinned maps of a dataplane that was opened with these options; what its programs
    /// make leaves by the interface `out`.
    ///
    /// # Errors
    /// Where the kernel refuses the object.
    pub fn load(object: &[u8], options: &Options, load: Load, out: u32) -> Result<Self, KernelError> {
        let vtep = u32::from_ne_bytes(options.vtep.octets());
        let (ports, flags) = (u32::from(load.services), if load.opens { SYN } else { ACK });
        let answers = u32::from(load.answers);
        let maps = pins::maps(&options.bpf_dir);
        let mut loader = EbpfLoader::new();
        loader.override_global(names::VXLAN_PORT, &options.vxlan_port, true);
        loader.override_global(names::VTEP, &vtep, true);
        loader.override_global("BENCH_FLOWS", &load.flows, true);
        loader.override_global("BENCH_PORTS", &ports, true);
        loader.override_global("BENCH_FLAGS", &flags, true);
        loader.override_global("BENCH_ANSWERS", &answers, true);
        loader.override_global("BENCH_OUT", &out, true);
        for map in names::MAPS {
            loader.map_pin_path(map, maps.join(map));
        }
        let mut ebpf = loader.load(object)?;
        for (_, program) in ebpf.programs_mut() {
            let program: &mut Xdp = program.try_into()?;
            program.load()?;
        }
        Ok(Self { ebpf, length: load.frame_len() })
    }

    fn program(&mut self, name: &str) -> Result<&mut Xdp, KernelError> {
        let missing = || KernelError::Missing(format!("program {name}"));
        Ok(self.ebpf.program_mut(name).ok_or_else(missing)?.try_into()?)
    }

    /// Runs a program so often on a frame that comes in on an interface: what it said last, and the mean time of
    /// a run.
    ///
    /// # Errors
    /// Where the kernel refuses the run.
    pub fn run(&mut self, name: &str, ifindex: u32, runs: u32) -> Result<(u32, Duration), KernelError> {
        let result = self.test_run(name, ifindex, runs, TestRunAttrs::new())?;
        Ok((result.return_value, result.duration))
    }

    /// Makes so many live frames, each of which is whole work for who gets it.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn make(&mut self, ifindex: u32, frames: u32) -> Result<(), KernelError> {
        self.test_run("make", ifindex, frames, TestRunAttrs::new().xdp_live_frames(BATCH)).map(drop)
    }

    fn test_run(
        &mut self,
        name: &str,
        ifindex: u32,
        repeat: u32,
        attrs: TestRunAttrs,
    ) -> Result<aya::programs::TestRunResult, KernelError> {
        let (frame, context) = ([0; ANSWER_LEN], context(ifindex, self.length));
        let options = TestRunOptions {
            data_in: Some(&frame[..self.length]),
            ctx_in: Some(&context),
            repeat,
            attrs,
            ..TestRunOptions::new()
        };
        Ok(self.program(name)?.test_run(options)?)
    }

    /// Attaches a program to an interface, by its driver, until it is detached or this is dropped.
    ///
    /// # Errors
    /// Where the driver does not take it.
    pub fn attach(&mut self, name: &str, ifindex: u32) -> Result<XdpLinkId, KernelError> {
        Ok(self.program(name)?.attach_to_if_index(ifindex, XdpMode::Driver)?)
    }

    /// Takes it off again.
    ///
    /// # Errors
    /// Where the kernel does not let go.
    pub fn detach(&mut self, name: &str, link: XdpLinkId) -> Result<(), KernelError> {
        Ok(self.program(name)?.detach(link)?)
    }

    /// Frames made, and frames that came back, since the programs were loaded.
    ///
    /// # Errors
    /// Where the counters cannot be read.
    pub fn counted(&self) -> Result<(u64, u64), KernelError> {
        let missing = || KernelError::Missing(format!("map {COUNTS}"));
        let map: PerCpuArray<_, u64> =
            self.ebpf.map(COUNTS).ok_or_else(missing)?.try_into().map_err(|e| failed(COUNTS, e))?;
        let sum = |slot| -> Result<u64, KernelError> {
            Ok(map.get(&slot, 0).map_err(|e| failed(COUNTS, e))?.iter().sum())
        };
        Ok((sum(NEXT)?, sum(SWALLOWED)?))
    }
}
