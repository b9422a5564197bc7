//! What the daemon says of itself, and when it reads its configuration again.

use std::time::{Duration, Instant};

use causeway_lab::wait;
use nix::sys::signal::Signal;

use super::scene::Scene;

const SOON: Duration = Duration::from_secs(10);
/// The longest that the manager waits for a sign of life, as it tells the daemon.
const WATCHDOG: Duration = Duration::from_secs(1);

#[test]
fn who_hears_that_the_daemon_is_ready_is_answered() {
    let mut scene = Scene::set("");
    scene.manager.hears("READY=1");
    assert!(scene.cw("status").contains("node1"));
    assert!(scene.lab.node_mut(1).stop_daemon());
    scene.manager.hears("STOPPING=1");
}

#[test]
fn a_configuration_that_is_read_again_holds_at_once_as_far_as_it_can() {
    let scene = Scene::set("xdp = \"generic\"\n");
    scene.manager.hears("READY=1");
    scene.cw("network create -d overlay web");
    scene.cw("service create --network web -p 8080:7000 shop");
    let becomes = |mode: &str| {
        let is_so = || Ok(scene.status("XDP") == mode);
        wait::until(&format!("XDP becomes {mode}"), SOON, is_so).unwrap();
    };
    becomes("generic");
    scene.reload("xdp = \"off\"\n");
    becomes("off");

    // What cannot be is said, and changes nothing.
    scene.reload("xdp = \"fast\"\n");
    assert!(scene.lab.node(1).log().contains("the configuration stays as it was"));
    assert_eq!(scene.status("XDP"), "off");

    // What holds from the next start on is named.
    scene.reload("xdp = \"generic\"\nvxlan_port = 8472\n[limits]\nflows = 1000\n");
    becomes("generic");
    assert!(scene.lab.node(1).log().contains("keys=\"vxlan_port, limits\""), "{}", scene.lab.node(1).log());
}

#[test]
fn signs_of_life_come_as_often_as_the_manager_wants_and_end_with_life() {
    let microseconds = WATCHDOG.as_micros().to_string();
    let scene = Scene::given("", &[("WATCHDOG_USEC", &microseconds)]);
    scene.manager.hears("READY=1");
    for _ in 0..4 {
        let begun = Instant::now();
        scene.manager.hears("WATCHDOG=1");
        assert!(begun.elapsed() < WATCHDOG, "{:?}", begun.elapsed());
    }
    scene.signal(Signal::SIGSTOP);
    // What it said just before it was stopped.
    while scene.manager.next(Duration::ZERO).is_some() {}
    assert!(scene.manager.next(3 * WATCHDOG).is_none(), "a daemon that stands still is not alive");
    scene.signal(Signal::SIGCONT);
    scene.manager.hears("WATCHDOG=1");
}
