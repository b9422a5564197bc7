//! The daemon itself: its first start, its next one, and what `causewayd --cleanup` takes away.

use causeway_lab::{Store, wait};

use super::{
    scene::{SOON, Scene},
    sight::until,
};

/// No start and no cleanup has so many steps.
const MANY: u32 = 100;

/// A step of a first start after which the host has been changed.
const NOTED: &str = "ports are noted";

/// A late step of those that make a container: its process is being started.
const LATE: u32 = 17;

/// The container that is half made; no container's id begins like this.
const HALF_MADE: &str = "half-made";

/// The last step of taking a container back, but for what the dataplane has to do meanwhile.
const LAST: &str = "a namespace has no name any more";
/// How many of the last steps are tried again.
const AGAIN: u32 = 4;

/// What would be left of a node.
fn left(scene: &Scene) -> (String, String, bool, Vec<String>) {
    let node = scene.node();
    let links = node.sh("ip -o -br link").unwrap();
    let own = links.lines().filter(|line| !line.starts_with("lo ") && !line.starts_with("eth0@"));
    let reserved = node.sh("cat /proc/sys/net/ipv4/ip_local_reserved_ports").unwrap();
    let pins = scene.lab.layout().bpf_dir(1).exists();
    (own.collect(), reserved.trim().to_owned(), pins, scene.found())
}

/// Starts the daemon; the step at which it was killed, or none where it came to be ready.
fn killed_at_start(scene: &mut Scene, number: u32) -> Option<String> {
    scene.arm(number);
    scene.begin();
    let over = || Ok(scene.is_dead() || scene.node().wait_ready(1).is_ok());
    wait::until("it is ready, or dead", SOON, over).unwrap();
    if scene.left() > 0 {
        scene.arm(0);
        return None;
    }
    scene.wait_for_death();
    Some(scene.place())
}

#[test]
fn a_first_start_that_is_killed_is_cleaned_up() {
    let mut scene = Scene::without_daemon(Store::Embedded);
    let nothing = left(&scene);
    let (mut places, mut number, mut tries) = (Vec::new(), 1, 0);
    // Threads take steps side by side: which one has a number is not always the same.
    loop {
        tries += 1;
        assert!(tries < MANY, "{places:?}");
        let Some(place) = killed_at_start(&mut scene, number) else {
            if places.iter().any(|place| place == NOTED) {
                break;
            }
            scene.lab.node_mut(1).kill_daemon();
            assert_eq!(scene.cleanup().code, 0);
            number = 1;
            continue;
        };
        scene.lab.node_mut(1).kill_daemon();
        let cleaned = scene.cleanup();
        assert_eq!((cleaned.code, cleaned.stderr.as_str()), (0, ""), "killed at '{place}'");
        assert_eq!(left(&scene), nothing, "killed at '{place}'");
        places.push(place);
        number += 1;
    }
    println!("first start: killed at {} steps, each time cleaned up", places.len());
}

#[test]
fn a_start_that_is_killed_while_it_takes_back_is_begun_again() {
    let mut scene = Scene::furnished(Store::Embedded);
    let before = scene.see();
    let (mut places, mut number, mut tries) = (Vec::new(), 1, 0);
    // Two threads take steps, and not always as many: a start that was not killed is no proof that none has more.
    loop {
        tries += 1;
        assert!(tries < MANY, "{places:?}");
        half_make(&scene, LATE);
        let Some(place) = killed_at_start(&mut scene, number) else {
            if places.iter().any(|place| place == LAST) {
                break;
            }
            scene.say(&format!("rm -f {HALF_MADE}"));
            number = number.saturating_sub(AGAIN).max(1);
            continue;
        };
        scene.start();
        // At that step it may have been whole.
        scene.say(&format!("rm -f {HALF_MADE}"));
        until(&scene, &format!("all is as before, killed at '{place}'"), &[&before]);
        places.push(place);
        number += 1;
    }
    println!("next start: killed at {} steps, each time begun again", places.len());
}

/// Has the daemon killed at this step of making a container, when it has a namespace and interfaces, or, where that
/// comes earlier today, at an earlier one.
fn half_make(scene: &Scene, mut step: u32) {
    loop {
        scene.arm(step);
        let said = scene.say(&format!("run -d --name {HALF_MADE} --network one -- sleep 900"));
        if scene.left() == 0 {
            return scene.wait_for_death();
        }
        assert_eq!(said.code, 0, "{said:?}");
        scene.arm(0);
        scene.ok(&format!("rm -f {HALF_MADE}"));
        step -= 1;
    }
}

#[test]
fn a_cleanup_that_is_killed_is_finished() {
    let mut scene = Scene::without_daemon(Store::Embedded);
    let nothing = left(&scene);
    let mut killed = 0;
    for number in 1..MANY {
        scene.start();
        assert_eq!(scene.node().cw("ps -aq").unwrap(), "", "the earlier node's containers");
        scene.all(&[
            "network create --subnet 10.71.0.0/24 one",
            "run -d --name c --network one -- sleep 900",
            "attach --pid PID --network one a",
        ]);
        assert!(scene.lab.node_mut(1).stop_daemon());
        scene.arm(number);
        let said = scene.cleanup();
        if scene.left() > 0 {
            assert_eq!((said.code, said.stderr.as_str()), (0, ""));
            break;
        }
        killed += 1;
        // By turns the same command and the next start finish it.
        if number % 2 == 0 {
            let said = scene.cleanup();
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "killed at '{}'", scene.place());
            assert_eq!(left(&scene), nothing, "killed at '{}'", scene.place());
        }
    }
    println!("causewayd --cleanup: killed at {killed} steps, each time finished");
    assert!(killed > 0);
    assert_eq!(left(&scene), nothing);
}
