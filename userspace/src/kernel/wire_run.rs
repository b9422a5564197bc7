//! Running the program that meets the uplink's frames on one frame, without a wire (`BPF_PROG_TEST_RUN`).

use std::time::Duration;

use aya::{
    TestRunOptions,
    programs::{TestRun, Xdp},
};

use super::{Dataplane, KernelError, WireMode};

/// `struct xdp_md` (include/uapi/linux/bpf.h): its fields in the order of that page.
const DATA_END: usize = 4;
const INGRESS_IFINDEX: usize = 12;
const SIZE: usize = 24;
/// Room for what the program puts in front of a frame.
const HEADROOM: usize = 256;

/// What became of the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireOutcome {
    /// `XDP_ABORTED` 0, `XDP_DROP` 1, `XDP_PASS` 2, `XDP_TX` 3, `XDP_REDIRECT` 4.
    pub verdict: u32,
    /// The frame after the run.
    pub frame: Vec<u8>,
    /// Mean time of one run.
    pub duration: Duration,
}

impl Dataplane {
    /// Runs a mode's program `repeat` times on one frame that came in on an interface of the calling thread's
    /// network namespace; the frame is not restored in between.
    ///
    /// # Errors
    /// [`KernelError::Program`] where the kernel refuses the frame or the interface.
    pub fn run_xdp(
        &self,
        mode: WireMode,
        ifindex: u32,
        frame: &[u8],
        repeat: u32,
    ) -> Result<WireOutcome, KernelError> {
        let context = context(ifindex, frame.len());
        let mut out = vec![0; frame.len() + HEADROOM];
        let options = TestRunOptions {
            data_in: Some(frame),
            data_out: Some(&mut out),
            ctx_in: Some(&context),
            repeat,
            ..TestRunOptions::new()
        };
        let name = mode.program();
        let program: &Xdp = self.any_program(name)?.try_into()?;
        let result = program.test_run(options)?;
        out.truncate(result.data_size_out as usize);
        Ok(WireOutcome { verdict: result.return_value, frame: out, duration: result.duration })
    }
}

/// The context of a frame of so many bytes.
pub(super) fn context(ifindex: u32, len: usize) -> [u8; SIZE] {
    let mut context = [0; SIZE];
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    for (offset, value) in [(DATA_END, len), (INGRESS_IFINDEX, ifindex)] {
        context[offset..offset + 4].copy_from_slice(&value.to_ne_bytes());
    }
    context
}
