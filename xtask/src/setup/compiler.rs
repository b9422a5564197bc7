//! The compiler and linker of the kernel's programs: found once, then written down.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::linker;
use crate::{run, tree};

/// Part of the core library's source, under a sysroot.
const CORE: &str = "lib/rustlib/src/rust/library/core/Cargo.toml";
/// The distribution's compiler.
const DISTRIBUTION: &str = "/usr/bin/rustc";

/// A compiler with the source of its core library, and a linker that reads its bitcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compiler {
    /// `rustc`.
    pub(crate) rustc: PathBuf,
    /// `bpf-linker`.
    pub(crate) linker: PathBuf,
}

impl Compiler {
    /// What an earlier call wrote down, if it is still there.
    pub(crate) fn recorded() -> Option<Self> {
        let text = fs::read_to_string(record_file()).ok()?;
        let mut lines = text.lines().map(PathBuf::from);
        let compiler = Self { rustc: lines.next()?, linker: lines.next()? };
        (compiler.rustc.is_file() && compiler.linker.is_file()).then_some(compiler)
    }

    /// Writes it down for later calls.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn record(&self) -> Result<()> {
        let file = record_file();
        fs::create_dir_all(tree::toolchain())?;
        let text = format!("{}\n{}\n", self.rustc.display(), self.linker.display());
        fs::write(&file, text).with_context(|| file.display().to_string())
    }

    /// PATH with the linker's directory first.
    ///
    /// # Errors
    /// If a directory's name holds a colon.
    pub(crate) fn path(&self) -> Result<std::ffi::OsString> {
        let linker = self.linker.parent().map(Path::to_path_buf);
        let path = env::var_os("PATH").unwrap_or_default();
        Ok(env::join_paths(linker.into_iter().chain(env::split_paths(&path)))?)
    }

    /// The linker reads what the compiler writes: tried with a function of one line.
    fn fits(&self) -> bool {
        self.try_link().is_ok()
    }

    fn try_link(&self) -> Result<()> {
        let directory = tree::toolchain().join("probe");
        fs::create_dir_all(&directory)?;
        let (source, bitcode) = (directory.join("probe.rs"), directory.join("probe.bc"));
        fs::write(&source, PROBE)?;
        let mut compile = Command::new(&self.rustc);
        compile.args(["--edition=2024", "--crate-type=lib", "--emit=llvm-bc", "-Copt-level=2", "-o"]);
        run::said(compile.arg(&bitcode).arg(&source)).context("the compiler does not compile")?;
        let mut link = Command::new(&self.linker);
        link.args(["--target=bpfel-unknown-none", "--cpu=v3", "--export=probe", "-o"]);
        run::said(link.arg(directory.join("probe.o")).arg(&bitcode)).context("the linker does not link")?;
        fs::remove_dir_all(&directory)?;
        Ok(())
    }
}

const PROBE: &str = "#![no_std]\n#[unsafe(no_mangle)]\npub extern \"C\" fn probe(x: u64) -> u64 { x + 1 }\n";

impl fmt::Display for Compiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = run::said(Command::new(&self.rustc).arg("--version")).unwrap_or_default();
        write!(f, "{} ({version}) and {}", self.rustc.display(), self.linker.display())
    }
}

/// Rustup's nightly toolchain, where it has rust-src and a linker fits.
pub(crate) fn nightly() -> Option<Compiler> {
    let rustc = run::said(Command::new("rustup").args(["which", "rustc", "--toolchain", "nightly"]))?;
    let rustc = PathBuf::from(rustc);
    has_core(&rustc).then_some(())?;
    linker::candidates()
        .into_iter()
        .map(|linker| Compiler { rustc: rustc.clone(), linker })
        .find(Compiler::fits)
}

/// The distribution's compiler with this linker.
///
/// # Errors
/// If they do not fit each other.
pub(crate) fn of_distribution(linker: PathBuf) -> Result<Compiler> {
    let compiler = Compiler { rustc: DISTRIBUTION.into(), linker };
    ensure!(
        has_core(&compiler.rustc),
        "{DISTRIBUTION} has no source of its core library: install rust-web-src"
    );
    let lines = compiler.to_string();
    compiler.try_link().with_context(|| format!("{lines} do not fit each other"))?;
    Ok(compiler)
}

fn has_core(rustc: &Path) -> bool {
    let sysroot = run::said(Command::new(rustc).args(["--print", "sysroot"]));
    sysroot.is_some_and(|sysroot| Path::new(&sysroot).join(CORE).is_file())
}

fn record_file() -> PathBuf {
    tree::toolchain().join("compiler")
}
