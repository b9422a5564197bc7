//! Whether an interface's packets are carried: its container's question for the gateway tells.

use std::time::Duration;

use causeway::{
    kernel::{Asked, Asker, Hook},
    model::Mac,
};
use causeway_lab::wait;

use super::scene::{A, GATEWAY, Scene, addr, mac};

#[test]
fn only_the_programs_answer_shows_that_a_container_is_on_the_road() {
    let mut scene = Scene::set("carried");
    let asked = Asked { mac: Mac(mac(A)), addr: addr(A), gateway: addr(GATEWAY) };
    let asker = scene.a.run(|| Asker::open("eth0", asked)).unwrap().unwrap();
    assert!(asker.is_answered_soon());

    // Without the program the host answers by itself: it has the address, but not the MAC.
    let ifindex = scene.node.run(|| nix::net::if_::if_nametoindex("va")).unwrap().unwrap();
    scene.dataplane.detach(Hook::FromContainer, ifindex).unwrap();
    let off = || Ok(!asker.is_answered()?);
    wait::until("the program is off", Duration::from_secs(2), off).unwrap();
    assert!(!asker.is_answered_soon());
}
