//! The container's process: its namespaces, its control group, its command.

use std::{
    io,
    process::{ChildStderr, ChildStdout, Command, Stdio},
    thread,
};

use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
    unistd::sethostname,
};

use super::binds::bind_files;
use crate::runtime::{
    cgroup::Cgroup,
    environment::environment,
    error::{Doing, RuntimeError},
    exec_error::exec_error,
    netns::Netns,
    spawn,
    spec::Spec,
};

/// Starts the command; answers its process id and its output.
///
/// The namespaces are entered by a thread that ends with the start: the shim itself stays outside,
/// so it keeps nobody's namespace or mounts alive, and sees the host's cgroup file system.
pub(super) fn start(spec: &Spec, cgroup: &Cgroup) -> Result<(u32, ChildStdout, ChildStderr), RuntimeError> {
    let entrance = cgroup.create()?;
    let command = || {
        isolate(spec)?;
        let mut command = command(spec)?;
        spawn::contained(&mut command, entrance);
        let mut child = command.spawn().map_err(|failed| exec_error(&spec.command[0], &failed))?;
        match (child.stdout.take(), child.stderr.take()) {
            (Some(stdout), Some(stderr)) => Ok((child.id(), stdout, stderr)),
            _ => Err(RuntimeError::Start("its output is not piped".to_owned())),
        }
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, command).doing(|| "start a thread")?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn command(spec: &Spec) -> Result<Command, RuntimeError> {
    let none = || RuntimeError::Start("its command is empty".to_owned());
    let (program, arguments) = spec.command.split_first().ok_or_else(none)?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment(&spec.hostname, &spec.env)).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// Gives the calling thread the container's network namespace, and a mount and a UTS namespace of its own.
fn isolate(spec: &Spec) -> Result<(), RuntimeError> {
    if let Some(netns) = &spec.netns {
        Netns::open(netns)?.enter()?;
    }
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS).doing(|| "make mount and UTS namespaces")?;
    sethostname(&spec.hostname).doing(|| format!("set host name {}", spec.hostname))?;
    detach_mounts().doing(|| "keep mounts apart from the host's")?;
    mount_sys().doing(|| "mount /sys for the container's network namespace")?;
    spec.files.as_deref().map_or(Ok(()), bind_files)
}

/// What is mounted here stays here; what the host unmounts goes here too, so that no namespace's
/// name or disk is kept busy by a container (mount_namespaces(7), slave mounts).
fn detach_mounts() -> io::Result<()> {
    let flags = MsFlags::MS_REC | MsFlags::MS_SLAVE;
    Ok(mount(None::<&str>, "/", None::<&str>, flags, None::<&str>)?)
}

/// `/sys/class/net` shows the network namespace that mounted it.
fn mount_sys() -> io::Result<()> {
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    Ok(mount(Some("sysfs"), "/sys", Some("sysfs"), flags, None::<&str>)?)
}
