//! What a container's process sees, and what it cannot change.

use std::fs;

use causeway::runtime::{ExecSpec, netns, open_many_files};
use nix::{
    mount::{MntFlags, MsFlags, mount, umount2},
    sys::resource::{Resource, getrlimit, setrlimit},
};
use tokio::io::AsyncReadExt as _;

use super::scratch::Scratch;

#[tokio::test(flavor = "multi_thread")]
async fn it_sees_its_own_name_and_interfaces() {
    let scratch = Scratch::new();
    let (exit, said) =
        scratch.run("hostname; ls /sys/class/net; pwd; echo $HOSTNAME $GREETING $HOME $PATH").await;
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    assert_eq!(said, format!("scratch\nlo\n/\nscratch hello /root {path}\n"));
    assert_eq!(exit.code, 0);
    assert_ne!(nix::unistd::gethostname().unwrap(), "scratch");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_may_open_as_many_files_as_whoever_started_the_daemon() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard - 1, hard).unwrap();
    open_many_files().unwrap();
    assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap(), (hard, hard));
    let scratch = Scratch::new();
    scratch.script("echo $(ulimit -Sn; ulimit -Hn); exec sleep 1000").await;
    scratch.until(&format!("{} {hard}\n", hard - 1)).await;
    let words = ["sh", "-c", "ulimit -Sn"].map(str::to_owned).to_vec();
    let mut exec = scratch.container.exec(&ExecSpec { command: words, env: Vec::new() }).unwrap();
    let mut said = String::new();
    exec.stdout().unwrap().read_to_string(&mut said).await.unwrap();
    assert_eq!(said, format!("{}\n", hard - 1));
    assert_eq!(exec.wait().await.unwrap(), 0);
}

/// A directory that hands mounts on to other mount namespaces, as systemd makes `/`.
struct Shared(tempfile::TempDir);

impl Shared {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("hC-").tempdir().unwrap();
        for flags in [MsFlags::MS_BIND, MsFlags::MS_SHARED] {
            mount(Some(dir.path()), dir.path(), None::<&str>, flags, None::<&str>).unwrap();
        }
        Self(dir)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let _ = umount2(self.0.path(), MntFlags::MNT_DETACH);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_mounts_stay_with_it_and_ours_do_not_stay_in_it() {
    let (scratch, shared) = (Scratch::new(), Shared::new());
    let path = shared.0.path().display();
    let script =
        format!("mount -t tmpfs hC-mount {path}; grep -c hC-mount /proc/self/mounts; exec sleep 1000");
    let running = scratch.script(&script).await;
    scratch.until("1").await;
    assert!(!fs::read_to_string("/proc/self/mounts").unwrap().contains("hC-mount"));
    // Its own namespace's name is unmounted there too: nothing keeps it alive.
    let inside = || fs::read_to_string(format!("/proc/{}/mounts", running.pid)).unwrap();
    let name = scratch.netns.path().display().to_string();
    assert!(inside().contains(&name));
    netns::delete(scratch.netns.path()).unwrap();
    assert!(!inside().contains(&name));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_leads_a_session_of_its_own_and_so_does_its_shim() {
    let scratch = Scratch::new();
    let running = scratch.script("exec sleep 1000").await;
    for pid in [running.pid, running.shim_pid] {
        let pid = nix::unistd::Pid::from_raw(pid.try_into().unwrap());
        assert_eq!(nix::unistd::getsid(Some(pid)), Ok(pid));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sys_is_read_only_and_stdin_is_empty() {
    let scratch = Scratch::new();
    let (exit, _) = scratch.run("cat && ! echo 1 2>/dev/null > /sys/class/net/lo/mtu").await;
    assert_eq!(exit.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_has_none_of_our_files() {
    let scratch = Scratch::new();
    let (_, said) = scratch.run("ls /proc/self/fd | wc -l").await;
    assert_eq!(said, "4\n", "0, 1, 2, and the directory that ls reads");
}
