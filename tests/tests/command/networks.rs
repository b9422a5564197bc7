//! `network …` against a real daemon.

use super::node::{all_there_is, assert_nothing_left, assert_refused, cw, lab, ok, read};

#[test]
fn a_network_is_made_listed_inspected_and_removed() {
    let lab = lab();
    let node = lab.node(1);
    let line = "network create -d overlay --subnet 10.77.0.0/24 --gateway 10.77.0.254 --ip-range 10.77.0.128/25 \
                --aux-address router=10.77.0.2 --internal --label team=web one";
    let id = ok(node, line);
    assert!(id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");

    let table = ok(node, "network ls --filter driver=overlay");
    let row = format!("{}   one    overlay   global   10.77.0.0/24", &id[..12]);
    assert_eq!(table, format!("NETWORK ID     NAME   DRIVER    SCOPE    SUBNETS\n{row}"));

    let mut shape = read(node, &format!("network inspect {}", &id[..8]))[0].take();
    shape["Id"] = "ID".into();
    assert!(time_is_rfc3339(shape["Created"].as_str().unwrap()));
    shape["Created"] = "TIME".into();
    insta::assert_json_snapshot!("network_inspect", shape);

    assert_eq!(ok(node, "network rm one"), "one");
    assert_eq!(ok(node, "network ls -q --filter driver=overlay"), "");
}

fn time_is_rfc3339(text: &str) -> bool {
    text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T'
}

#[test]
fn of_several_names_those_that_are_there_are_shown_and_removed() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay one");
    let output = cw(node, "network inspect one other");
    assert_eq!((output.code, output.stderr.lines().count()), (1, 1), "{}", output.stderr);
    assert!(output.stdout.contains("\"Name\": \"one\"") && output.stderr.contains("'other'"));
    let output = cw(node, "network rm other one");
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.lines().count()), (1, "one\n", 1));
}

#[test]
fn bad_input_is_one_line_that_names_it_and_leaves_nothing() {
    let lab = lab();
    let node = lab.node(1);
    ok(node, "network create -d overlay --subnet 10.77.0.0/24 one");
    // Two addresses: the gateway and one container.
    ok(node, "network create -d overlay --subnet 10.78.0.0/30 small");
    ok(node, "run -d --name full --network small sleep 600");
    ok(node, "run -d --name taken --network one --ip 10.77.0.9 sleep 600");
    let before = all_there_is(node);
    for (line, code, needles) in [
        (
            "network create -d overlay --subnet 10.77.0.128/25 x",
            1,
            &["10.77.0.128/25", "overlaps", "'one'"][..],
        ),
        ("network create -d overlay --subnet 10.9.0.0/24 --gateway 10.8.0.1 x", 1, &["gateway 10.8.0.1"]),
        ("network create -d overlay --subnet 10.9.0.0/32 x", 1, &["10.9.0.0/32", "too small"]),
        ("network create -d overlay --subnet 10.9.0.1/24 x", 1, &["10.9.0.1/24", "10.9.0.0/24"]),
        (
            "network create -d overlay --subnet 10.9.0.0/24 --ip-range 10.8.0.0/25 x",
            1,
            &["ip-range 10.8.0.0/25"],
        ),
        ("network create -d overlay --subnet 127.0.0.0/24 x", 1, &["127.0.0.0/24"]),
        ("network create -d overlay one", 1, &["'one'", "exists"]),
        ("network create -d overlay -- -x", 1, &["'-x'"]),
        ("network create -d overlay 'a b'", 1, &["'a b'"]),
        ("network create bridge", 1, &["bridge"]),
        ("network create -o nonsense=1 x", 1, &["nonsense"]),
        ("network rm bridge", 1, &["bridge"]),
        ("network create -d overlay -o encrypted x", 1, &["encrypted"]),
        ("network create -d overlay -o nonsense=1 x", 1, &["nonsense"]),
        ("network inspect-me", 2, &["inspect-me"]),
        ("network rm none-such", 1, &["'none-such'"]),
        ("network rm one", 1, &["'one'", "in use", "taken"]),
        ("run --network none-such true", 125, &["'none-such'"]),
        ("run -d --network small true", 125, &["'small'", "in use"]),
        ("run -d --network one --ip 10.77.0.9 true", 125, &["10.77.0.9", "in use"]),
        ("run -d --network one --ip 10.99.0.9 true", 125, &["10.99.0.9", "'one'"]),
        ("run -d --network one --ip 10.77.0.1 true", 125, &["10.77.0.1", "gateway"]),
        ("run -d --network one --network one true", 125, &["'one'", "twice"]),
        ("run -d --name taken --network one true", 125, &["'taken'", "exists"]),
        ("run -d --network one -- /no/such/program", 127, &["/no/such/program"]),
        ("run --network one -- /etc/passwd", 126, &["/etc/passwd"]),
        ("attach --netns /run/netns/none-such --network one y", 1, &["/run/netns/none-such"]),
        ("attach --netns /etc/passwd --network one y", 1, &["/etc/passwd"]),
        ("attach --pid 4194305 --network one y", 1, &["4194305"]),
        ("exec none-such true", 125, &["'none-such'"]),
        ("exec full -- /no/such/program", 127, &["/no/such/program"]),
        ("exec full -- /etc/passwd", 126, &["/etc/passwd"]),
        ("stop none-such", 1, &["'none-such'"]),
        ("rm none-such", 1, &["'none-such'"]),
        ("rm full", 1, &["'full'", "-f"]),
        ("detach full", 1, &["'full'", "causeway rm"]),
        ("logs none-such", 1, &["'none-such'"]),
    ] {
        assert_refused(line, &cw(node, line), code, needles);
        assert_nothing_left(node, &before, line);
    }
}
