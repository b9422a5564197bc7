//! A name is there before the command that might ask for it.

use super::cast::Cluster;

#[test]
fn a_command_finds_its_own_name_and_its_neighbours_at_once() {
    let cluster = Cluster::of(3);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop").to_string();
    for round in 0..5 {
        let (here, there) = (1 + round % 3, 1 + (round + 1) % 3);
        let neighbour = cluster.client(there, &format!("new{round}"), "--network web");
        // No shell and no sleep in between: the lookup is the first thing that runs.
        let found =
            cluster.cw(here, &format!("run --rm --network web -- dig +short +tries=1 new{round} shop"));
        assert_eq!(found.lines().collect::<Vec<_>>(), [&*neighbour.ip.to_string(), &*vip], "round {round}");
        let own = cluster
            .cw(here, &format!("run --rm --name me{round} --network web -- dig +short +tries=1 me{round}"));
        assert!(own.starts_with("10."), "round {round}: '{own}'");
        let libc = cluster.cw(here, &format!("run --rm --network web -- getent hosts new{round}"));
        assert!(libc.starts_with(&neighbour.ip.to_string()), "{libc}");
    }
}

#[test]
fn a_service_is_there_for_the_first_command_of_its_backend() {
    let cluster = Cluster::of(2);
    cluster.overlay("web");
    let vip = cluster.service("web", "", "shop");
    let curl =
        "for i in 1 2 3; do curl -sS --max-time 2 -o /dev/null -w %{remote_ip}: shop:8080; echo $?; done";
    let line = ["run", "--rm", "--network", "web", "--service", "shop", "--", "sh", "-c", curl];
    let said = cluster.node(2).causeway(line).unwrap();
    // Nobody listens, so the answer is a refusal (7), and not a name that is not found (6) or nothing at all (28).
    assert!(
        said.stdout.lines().all(|l| l.ends_with(":7")) && said.stdout.lines().count() == 3,
        "{said:?} {vip}"
    );
}
