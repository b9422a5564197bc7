//! Programs that benches bring along, and that no node has: those that make packets and count them, and those of
//! who is compared with. Nothing is pinned: they go with who has loaded them.

use aya::{
    Ebpf, EbpfLoader, Pod, TestRunOptions,
    maps::{Array, HashMap, PerCpuArray, PerCpuValues},
    programs::{
        LinkOrder, Program, SchedClassifier, TcAttachType, TestRun, TestRunAttrs, Xdp, XdpMode,
        tc::TcAttachOptions,
    },
};

use super::{KernelError, tables::failed, wire_run::context};

/// Frames that live ones are made of at once (`BPF_F_TEST_XDP_LIVE_FRAMES`).
const BATCH: u32 = 64;

/// An object's programs, loaded.
#[derive(Debug)]
pub struct BenchPrograms(Ebpf);

impl BenchPrograms {
    /// Loads an object with these values of its constants.
    ///
    /// # Errors
    /// Where the kernel refuses the object.
    pub fn load(object: &[u8], constants: &[(&str, u32)]) -> Result<Self, KernelError> {
        let mut loader = EbpfLoader::new();
        for (name, value) in constants {
            loader.override_global(name, value, true);
        }
        let mut ebpf = loader.load(object)?;
        for (_, program) in ebpf.programs_mut() {
            match program {
                Program::Xdp(program) => program.load()?,
                Program::SchedClassifier(program) => program.load()?,
                _ => return Err(KernelError::Missing("a program for XDP or TCX".to_owned())),
            }
        }
        Ok(Self(ebpf))
    }

    fn program(&mut self, name: &str) -> Result<&mut Program, KernelError> {
        self.0.program_mut(name).ok_or_else(|| KernelError::Missing(format!("program {name}")))
    }

    /// Attaches a program to what comes in by an interface (TCX), before anybody else's.
    ///
    /// # Errors
    /// Where the interface is not in the calling thread's namespace, or the kernel refuses.
    pub fn attach_tcx(&mut self, name: &str, interface: &str) -> Result<(), KernelError> {
        let program: &mut SchedClassifier = self.program(name)?.try_into()?;
        let first = TcAttachOptions::TcxOrder(LinkOrder::first());
        program.attach_with_options(interface, TcAttachType::Ingress, first)?;
        Ok(())
    }

    /// Attaches a program to an interface by its driver.
    ///
    /// # Errors
    /// Where the interface is not in the calling thread's namespace, or its driver does not take it.
    pub fn attach_xdp(&mut self, name: &str, interface: &str) -> Result<(), KernelError> {
        let program: &mut Xdp = self.program(name)?.try_into()?;
        program.attach(interface, XdpMode::Driver)?;
        Ok(())
    }

    /// Has a program make so many live frames of so many bytes, as if they came in by an interface of the calling
    /// thread's namespace.
    ///
    /// # Errors
    /// Where the kernel refuses.
    pub fn make(&mut self, name: &str, ifindex: u32, length: usize, frames: u32) -> Result<(), KernelError> {
        let (frame, context) = (vec![0; length], context(ifindex, length));
        let options = TestRunOptions {
            data_in: Some(&frame),
            ctx_in: Some(&context),
            repeat: frames,
            attrs: TestRunAttrs::new().xdp_live_frames(BATCH),
            ..TestRunOptions::new()
        };
        let program: &mut Xdp = self.program(name)?.try_into()?;
        program.test_run(options)?;
        Ok(())
    }

    /// Enters an entry of a hash map.
    ///
    /// # Errors
    /// Where there is no such map, or it is full.
    pub fn put<K: Pod, V: Pod>(&mut self, name: &'static str, key: K, value: V) -> Result<(), KernelError> {
        let map = self.0.map_mut(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))?;
        let mut map: HashMap<_, K, V> = map.try_into().map_err(|e| failed(name, e))?;
        map.insert(key, value, 0).map_err(|e| failed(name, e))
    }

    /// Fills slot 0 of an array.
    ///
    /// # Errors
    /// Where there is no such map.
    pub fn set<V: Pod>(&mut self, name: &'static str, value: V) -> Result<(), KernelError> {
        let map = self.0.map_mut(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))?;
        let mut map: Array<_, V> = map.try_into().map_err(|e| failed(name, e))?;
        map.set(0, value, 0).map_err(|e| failed(name, e))
    }

    /// Fills slot 0 of a per-CPU array, with the same for each.
    ///
    /// # Errors
    /// Where there is no such map.
    pub fn set_of_each_cpu<V: Pod>(&mut self, name: &'static str, value: V) -> Result<(), KernelError> {
        let map = self.0.map_mut(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))?;
        let mut map: PerCpuArray<_, V> = map.try_into().map_err(|e| failed(name, e))?;
        let cpus = map.get(&0, 0).map_err(|e| failed(name, e))?.len();
        let values = PerCpuValues::try_from(vec![value; cpus]).map_err(|e| failed(name, e.into()))?;
        map.set(0, values, 0).map_err(|e| failed(name, e))
    }

    /// Slot 0 of a per-CPU array, a value a CPU.
    ///
    /// # Errors
    /// Where there is no such map.
    pub fn of_each_cpu<V: Pod>(&self, name: &'static str) -> Result<Vec<V>, KernelError> {
        let map = self.0.map(name).ok_or_else(|| KernelError::Missing(format!("map {name}")))?;
        let map: PerCpuArray<_, V> = map.try_into().map_err(|e| failed(name, e))?;
        Ok(map.get(&0, 0).map_err(|e| failed(name, e))?.iter().copied().collect())
    }
}
