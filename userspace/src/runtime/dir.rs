//! A container's directory: the files by which daemon and shim know of each other.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    error::{Doing, RuntimeError},
    spec::{Exit, Running, Spec},
};

/// A container's directory, `<state>/containers/<id>`.
#[derive(Clone, Debug)]
pub(super) struct Dir(PathBuf);

impl Dir {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the directory; only root may look inside, since environments hold secrets.
    pub(super) fn create(&self) -> Result<(), RuntimeError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.doing(|| format!("create {}", self.0.display()))
    }

    /// A shim that was cut off from its daemon may still write a file while the others go: then once more.
    pub(super) fn remove(&self) -> Result<(), RuntimeError> {
        let attempt = || match fs::remove_dir_all(&self.0) {
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        attempt()
            .or_else(|_| attempt())
            .or_else(|_| attempt())
            .doing(|| format!("remove {}", self.0.display()))
    }

    /// Forgets how an earlier run went.
    pub(super) fn forget_last_run(&self) -> Result<(), RuntimeError> {
        for name in ["exit.json", "running.json"] {
            match fs::remove_file(self.0.join(name)) {
                Err(other) if other.kind() != io::ErrorKind::NotFound => {
                    return Err(other).doing(|| format!("remove {name} in {}", self.0.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("log.json")
    }

    pub(super) fn exit(&self) -> Result<Option<Exit>, RuntimeError> {
        self.read("exit.json")
    }

    pub(super) fn write_exit(&self, exit: &Exit) -> Result<(), RuntimeError> {
        self.write("exit.json", exit)
    }

    pub(super) fn running(&self) -> Result<Option<Running>, RuntimeError> {
        self.read("running.json")
    }

    pub(super) fn write_running(&self, running: &Running) -> Result<(), RuntimeError> {
        self.write("running.json", running)
    }

    pub(super) fn spec(&self) -> Result<Option<Spec>, RuntimeError> {
        self.read("spec.json")
    }

    pub(super) fn write_spec(&self, spec: &Spec) -> Result<(), RuntimeError> {
        self.write("spec.json", spec)
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, RuntimeError> {
        let path = self.0.join(name);
        let action = || format!("read {}", path.display());
        match fs::read(&path) {
            Err(none) if none.kind() == io::ErrorKind::NotFound => Ok(None),
            bytes => Ok(Some(serde_json::from_slice(&bytes.doing(action)?).doing(action)?)),
        }
    }

    /// Writes a whole file or none: a reader never sees half of it, not even after a crash.
    fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), RuntimeError> {
        let path = self.0.join(name);
        let action = || format!("write {}", path.display());
        let scratch = self.0.join(format!(".{name}.{}", std::process::id()));
        let bytes = serde_json::to_vec(value).doing(action)?;
        let file = fs::File::create(&scratch).doing(action)?;
        io::Write::write_all(&mut &file, &bytes).and_then(|()| file.sync_data()).doing(action)?;
        fs::rename(&scratch, &path).doing(action)
    }
}
