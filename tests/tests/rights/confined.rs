//! Containers of a daemon that is confined as by its systemd unit.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink},
    path::Path,
    time::Duration,
};

use causeway_lab::{Netns, spawn, wait};
use serde_json::Value;

use super::{cast::Scene, status::Status};

/// The group `causeway` in the confinement.
const GROUP: u32 = 54_711;
/// A user who owns nothing.
const NOBODY: u32 = 65_534;
/// How long what follows at once may take.
const SOON: Duration = Duration::from_secs(10);

fn inspect(scene: &Scene, name: &str) -> Value {
    let shown: Value = serde_json::from_str(&scene.cw(&format!("inspect {name}"))).unwrap();
    shown[0].clone()
}

fn pid(scene: &Scene, name: &str) -> i64 {
    inspect(scene, name)["State"]["Pid"].as_i64().unwrap()
}

/// Asserts that a process has all rights that this one has, and no mount of the confinement.
fn assert_free(what: &str, pid: impl std::fmt::Display) {
    let (ours, its) = (Status::of("self"), Status::of(pid));
    assert_eq!((its.number("NoNewPrivs"), its.number("Seccomp")), (0, 0), "{what}");
    for set in ["CapBnd", "CapPrm", "CapEff"] {
        let (has, ours) = (its.capabilities(set), ours.capabilities(set));
        assert_eq!(has, ours, "{what}: {set} {has:x}, not {ours:x}");
    }
    assert!(!its.sees_mounts_of_confinement(), "{what}: {its:?}");
}

#[test]
fn the_daemon_is_confined_and_its_containers_are_not() {
    let scene = Scene::new();
    let daemon = Status::of(scene.lab.node(1).daemon_pid().unwrap());
    assert_eq!((daemon.number("NoNewPrivs"), daemon.number("Seccomp")), (1, 2));
    assert_ne!(daemon.capabilities("CapBnd"), Status::of("self").capabilities("CapBnd"));
    assert_eq!(daemon.capabilities("CapEff"), daemon.capabilities("CapBnd"));
    assert!(daemon.sees_mounts_of_confinement());
    let socket = fs::metadata(scene.lab.layout().node_dir(1).join("run/causeway.sock")).unwrap();
    assert_eq!((socket.mode() & 0o777, socket.uid(), socket.gid()), (0o660, 0, GROUP));

    scene.cw("network create web");
    scene.cw("run -d --name a --network web -- sleep 1000");
    assert_free("container", pid(&scene, "a"));
    let status = scene.cw("exec a -- sh -c cat</proc/self/status");
    assert!(status.contains("NoNewPrivs:\t0") && status.contains("Seccomp:\t0"), "{status}");
    let limit = scene.cw("exec a -- sh -c ulimit${IFS}-n");
    assert_eq!(limit, scene.lab.node(1).sh("sh -c ulimit${IFS}-n").unwrap().trim());
}

#[test]
fn a_member_of_the_group_is_answered_and_nobody_else() {
    let scene = Scene::new();
    let node = scene.lab.node(1);
    let socket = scene.lab.layout().node_dir(1).join("run/causeway.sock").display().to_string();
    let asks = |groups: &str| {
        let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", groups];
        let curl = ["curl", "-s", "--unix-socket", &socket, "http://localhost/v1/networks"];
        node.exec(nobody.into_iter().chain(curl)).unwrap()
    };
    let answered = asks(&format!("--groups={GROUP}"));
    assert_eq!((answered.code, answered.stdout.starts_with('[')), (0, true), "{answered:?}");
    for groups in ["--clear-groups".to_owned(), format!("--groups={}", GROUP + 1)] {
        let refused = asks(&groups);
        // The kernel refuses the connection already (curl: 7).
        assert_eq!((refused.code, refused.stdout.as_str()), (7, ""), "{groups}: {refused:?}");
    }
}

#[test]
fn every_verb_works_by_a_keeper() {
    let scene = Scene::new();
    scene.cw("network create web");
    let id = scene.cw("run -d --name a --network web -p 80:8080 -- busybox httpd -f -p 8080 -h /etc");
    let netns = Path::new("/run/netns").join(format!("cw-{}", &id[..12]));
    assert!(netns.exists());
    let address = inspect(&scene, "a")["NetworkSettings"]["Networks"]["web"]["IPAddress"].clone();
    scene.cw(&format!(
        "run --rm --network web -- busybox wget -qO- http://{}:8080/hostname",
        address.as_str().unwrap()
    ));
    assert_eq!(scene.cw("run --rm --network web -- echo said"), "said");
    let failed =
        scene.lab.node(1).causeway(["run", "--rm", "--network", "web", "--", "nothing-such"]).unwrap();
    assert_eq!(failed.code, 127, "{}", failed.stderr);
    for (words, code) in [("false", 1), ("nothing-such", 127), ("/etc/passwd", 126)] {
        let ended = scene.lab.node(1).causeway(["exec", "a", "--", words]).unwrap();
        assert_eq!(ended.code, code, "{words}: {}", ended.stderr);
    }
    scene.cw("stop -t 1 a");
    scene.cw("rm a");
    assert_eq!(scene.cw("ps -aq"), "");
    assert!(!netns.exists(), "its namespace stays");
}

#[test]
fn namespaces_of_others_are_attached_from_within_the_confinement() {
    let scene = Scene::new();
    scene.cw("network create web");
    scene.cw("run -d --name a --network web -- sleep 1000");
    // Made after the daemon began, by a path that is another user's; and one that has no name at all, of
    // another user's process.
    let guest = Netns::create(&format!("{}-guest", scene.lab.layout().prefix)).unwrap();
    let only_theirs = fs::Permissions::from_mode(0o700);
    let private = tempfile::Builder::new().permissions(only_theirs).tempdir().unwrap();
    chown(private.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    symlink(guest.path(), private.path().join("netns")).unwrap();
    scene.cw(&format!("attach --netns {}/netns --network web guest", private.path().display()));
    let mut command = spawn::command(&scene.lab.node(1).netns, "unshare");
    command.args([
        "--net",
        "setpriv",
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        "sleep",
        "1000",
    ]);
    let nobody = causeway_lab::Process::spawn(&mut command, Path::new("/dev/null")).unwrap();
    let is_nobodys = || Ok(Status::of(nobody.pid()).capabilities("CapEff") == 0);
    wait::until("it is another user's", SOON, is_nobodys).unwrap();
    scene.cw(&format!("attach --pid {} --network web nobody", nobody.pid()));
    let kept = inspect(&scene, "nobody")["NetworkSettings"]["SandboxKey"].clone();
    assert!(Path::new(kept.as_str().unwrap()).exists(), "{kept}");
    for name in ["guest", "nobody"] {
        scene.cw(&format!("exec a -- ping -c 1 -W 5 {name}"));
        scene.cw(&format!("detach {name}"));
    }
    assert!(!Path::new(kept.as_str().unwrap()).exists(), "its name stays");
}

#[test]
fn a_container_that_has_become_another_users_is_stopped() {
    let scene = Scene::new();
    scene.cw(
        "run -d --name a --network none -- setpriv --reuid 65534 --regid 65534 --clear-groups sleep 1000",
    );
    let pid = pid(&scene, "a");
    let is_nobodys = || Ok(Status::of(pid).capabilities("CapEff") == 0);
    wait::until("it is another user's", SOON, is_nobodys).unwrap();
    scene.cw("stop -t 60 a");
    assert_eq!(inspect(&scene, "a")["State"]["ExitCode"], 128 + 15);
}

#[test]
fn a_low_port_that_the_host_uses_is_not_published() {
    let scene = Scene::new();
    let taken =
        scene.lab.node(1).netns.run(|| std::net::TcpListener::bind(("0.0.0.0", 80))).unwrap().unwrap();
    let refused = scene.lab.node(1).causeway(["run", "-d", "-p", "80:8080", "--", "true"]).unwrap();
    assert_eq!(refused.code, 125, "{}", refused.stderr);
    assert!(refused.stderr.contains("80"), "{}", refused.stderr);
    drop(taken);
}

#[test]
fn containers_outlive_both_and_how_they_ended_is_found() {
    let mut scene = Scene::new();
    scene.cw("network create web");
    let gate = scene.lab.layout().node_dir(1).join("gate");
    let script = scene.lab.layout().node_dir(1).join("script");
    fs::write(&script, format!("until [ -e {} ]; do sleep 0.05; done; exit 7\n", gate.display())).unwrap();
    scene.cw("run -d --name a --network web -- sleep 1000");
    scene.cw(&format!("run -d --name b --network web -- sh {}", script.display()));
    let (a, b) = (pid(&scene, "a"), pid(&scene, "b"));

    scene.lab.node_mut(1).kill_daemon();
    scene.kill_keeper();
    fs::write(&gate, "").unwrap();
    let ended = || Ok(!Path::new(&format!("/proc/{b}")).exists());
    wait::until("b ends while nobody looks", SOON, ended).unwrap();
    scene.start();

    let noticed = || Ok(inspect(&scene, "b")["State"]["Running"] == false);
    wait::until("its end is noticed", SOON, noticed).unwrap();
    assert_eq!(inspect(&scene, "b")["State"]["ExitCode"], 7);
    assert_eq!(pid(&scene, "a"), a);
    assert_free("a container that outlived its keeper", a);
    assert_eq!(scene.cw("exec a -- echo there"), "there");
    scene.cw("stop -t 1 a");
    assert_eq!(inspect(&scene, "a")["State"]["ExitCode"], 143);
}

#[test]
fn a_keeper_that_is_away_is_named_and_nothing_is_started_in_the_confinement() {
    let mut scene = Scene::new();
    scene.cw("network create web");
    scene.cw("run -d --name a --network web -- sleep 1000");
    scene.kill_keeper();
    for words in [&["run", "--network", "web", "--", "true"][..], &["exec", "a", "--", "true"]] {
        let refused = scene.lab.node(1).causeway(words).unwrap();
        assert_eq!((refused.code, refused.stderr.lines().count()), (125, 1), "{}", refused.stderr);
        assert!(refused.stderr.contains("causeway-keeper"), "{}", refused.stderr);
    }
    // What needs no keeper goes on.
    scene.cw("stop -t 1 a");
    scene.start_keeper();
    assert_eq!(scene.cw("run --rm --network web -- echo said"), "said");
}
