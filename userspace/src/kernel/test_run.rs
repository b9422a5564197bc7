//! Running a loaded program on one packet, without a wire (`BPF_PROG_TEST_RUN`).
//!
//! The kernel builds an skb from the packet, lets the program have it, and gives it back. A
//! redirect shows as a verdict only; nothing is sent.

use std::time::Duration;

use aya::{
    TestRunOptions,
    programs::{Program, ProgramError, TestRun},
};

use super::{Dataplane, Hook, KernelError};

/// Size of `struct __sk_buff` (include/uapi/linux/bpf.h).
const SKB_SIZE: usize = 192;
/// Offsets in it.
const SKB_IFINDEX: usize = 40;
const SKB_GSO_SEGS: usize = 164;
const SKB_GSO_SIZE: usize = 176;
/// Room for what a program puts in front of a packet.
const HEADROOM: usize = 256;

/// The fields of the skb that a run may choose; zero leaves them to the kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkbContext {
    /// Interface that the packet comes from; it must be in the caller's network namespace.
    pub ifindex: u32,
    /// Payload of each segment of a GSO packet, in bytes.
    pub gso_size: u32,
    /// Segments of a GSO packet.
    pub gso_segs: u32,
}

/// What became of the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The program's return value (`TCX_NEXT` is −1 as u32).
    pub verdict: u32,
    /// The packet after the run.
    pub packet: Vec<u8>,
    /// The skb's GSO size after the run, in bytes.
    pub gso_size: u32,
    /// Mean time of one run.
    pub duration: Duration,
}

impl Dataplane {
    /// Runs a hook's program `repeat` times on one packet; the packet is not restored in between.
    ///
    /// # Errors
    /// [`KernelError::Program`] where the kernel refuses the packet or the context.
    pub fn test_run(
        &self,
        hook: Hook,
        packet: &[u8],
        skb: SkbContext,
        repeat: u32,
    ) -> Result<Outcome, KernelError> {
        let context = skb.encode();
        let mut context_out = [0; SKB_SIZE];
        let mut out = vec![0; packet.len() + HEADROOM];
        let options = TestRunOptions {
            data_in: Some(packet),
            data_out: Some(&mut out),
            ctx_in: Some(&context),
            ctx_out: Some(&mut context_out),
            repeat,
            ..TestRunOptions::new()
        };
        let result = self.run(hook, options)?;
        out.truncate(result.data_size_out as usize);
        let gso_size = word(&context_out, SKB_GSO_SIZE);
        Ok(Outcome { verdict: result.return_value, packet: out, gso_size, duration: result.duration })
    }

    fn run(&self, hook: Hook, options: TestRunOptions<'_>) -> Result<aya::TestRunResult, KernelError> {
        match self.any_program(hook.name())? {
            Program::SchedClassifier(program) => Ok(program.test_run(options)?),
            Program::Xdp(program) => Ok(program.test_run(options)?),
            _ => Err(ProgramError::UnexpectedProgramType.into()),
        }
    }
}

impl SkbContext {
    /// The context as `struct __sk_buff`.
    fn encode(self) -> [u8; SKB_SIZE] {
        let mut bytes = [0; SKB_SIZE];
        let fields =
            [(SKB_IFINDEX, self.ifindex), (SKB_GSO_SEGS, self.gso_segs), (SKB_GSO_SIZE, self.gso_size)];
        for (offset, value) in fields {
            bytes[offset..offset + 4].copy_from_slice(&value.to_ne_bytes());
        }
        bytes
    }
}

/// A number in a context.
fn word(context: &[u8; SKB_SIZE], offset: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&context[offset..offset + 4]);
    u32::from_ne_bytes(bytes)
}
