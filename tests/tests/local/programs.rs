//! Programs that users have, behind published ports: nginx asked by curl, iperf3, a name server asked by
//! dig, Redis.

use std::{net::Ipv4Addr, path::Path, time::Duration};

use causeway_lab::wait;
use causeway_tests::table::Table;

use super::cast::{Asker, PAGE, Stage, address};

/// A name that only our name server knows, and its address.
const NAME: &str = "shop.example";
const ANSWER: &str = "192.0.2.80";

/// A server program in a container: what runs, which port is its, and as which it is published.
struct Program {
    name: &'static str,
    port: u16,
    published: u16,
    udp: bool,
    script: fn(&Path) -> String,
}

const PROGRAMS: [Program; 4] = [
    Program { name: "nginx", port: 80, published: 8080, udp: false, script: nginx },
    Program {
        name: "iperf3",
        port: 5201,
        published: 5301,
        udp: true,
        script: |_| "exec iperf3 -s --json".to_owned(),
    },
    Program { name: "dnsmasq", port: 53, published: 5353, udp: true, script: dnsmasq },
    Program { name: "redis", port: 6379, published: 6380, udp: false, script: redis },
];

fn nginx(directory: &Path) -> String {
    let file = directory.join("nginx.conf");
    let (www, pid) = (directory.join("www"), directory.join("nginx.pid"));
    let server = format!("server {{ listen 80; root {}; }}", www.display());
    let http = format!("http {{ access_log off; {server} }}");
    let main = format!("user root; daemon off; worker_processes 1; pid {}; error_log stderr;", pid.display());
    std::fs::write(&file, format!("{main} events {{ }} {http}\n")).unwrap();
    format!("exec nginx -c {}", file.display())
}

fn dnsmasq(_: &Path) -> String {
    let alone = "--conf-file=/dev/null --no-resolv --no-hosts --pid-file=";
    format!("exec dnsmasq --keep-in-foreground --user=root {alone} --address=/{NAME}/{ANSWER}")
}

fn redis(directory: &Path) -> String {
    format!("cd {} && exec redis-server --bind 0.0.0.0 --protected-mode no --save ''", directory.display())
}

/// A question, by its column: the program, and what asks it at an address and port.
type Question = (&'static str, &'static str, fn(Asker<'_>, Ipv4Addr, u16) -> bool);

const QUESTIONS: [Question; 6] = [
    ("curl", "nginx", |asker, to, port| asker.tcp(to, port)),
    ("iperf3", "iperf3", |asker, to, port| {
        // The server reads until the client says that it is done, not all that is on its way then.
        iperf3(asker, to, port, "-t 1")["sum_received"]["bytes"].as_u64() > Some(1 << 20)
    }),
    ("iperf3 -u", "iperf3", |asker, to, port| {
        let sum = &iperf3(asker, to, port, "-u -b 100M -l 1000 -n 1M")["sum"];
        // The server's socket may overflow on a busy machine; nothing else may lose any.
        sum["packets"].as_u64() > sum["lost_packets"].as_u64()
    }),
    ("dig", "dnsmasq", |asker, to, port| dig(asker, to, port, "+notcp")),
    ("dig +tcp", "dnsmasq", |asker, to, port| dig(asker, to, port, "+tcp")),
    ("redis-cli", "redis", |asker, to, port| {
        let said = asker.script(&format!("redis-cli -h {to} -p {port} incr counter")).1;
        said.trim().parse::<u32>().is_ok_and(|count| count > 0)
    }),
];

/// What the server of `iperf3` says that arrived.
fn iperf3(asker: Asker<'_>, to: Ipv4Addr, port: u16, options: &str) -> serde_json::Value {
    let limits = "--connect-timeout 2000 --json --get-server-output";
    let (_, said) = asker.script(&format!("timeout 10 iperf3 -c {to} -p {port} {options} {limits}"));
    let mut report: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
    report["server_output_json"]["end"].take()
}

fn dig(asker: Asker<'_>, to: Ipv4Addr, port: u16, how: &str) -> bool {
    let ask = format!("dig +short +time=2 +tries=1 {how} @{to} -p {port} {NAME}");
    asker.script(&ask).1.trim() == ANSWER
}

#[test]
fn programs_behind_published_ports_answer_everybody() {
    let (stage, mut table) = (Stage::new(), Table::default());
    stage.node().cw("network create -d bridge lan").unwrap();
    stage.run("neighbour", "--network lan", "exec sleep 900");
    stage.run("stranger", "", "exec sleep 900");
    PROGRAMS.iter().for_each(|program| start(&stage, program));
    for (column, program, ask) in QUESTIONS {
        let program = PROGRAMS.iter().find(|p| p.name == program).unwrap();
        for (row, asker) in askers(&stage, program) {
            let to = stage.node().address();
            table.note(row, column, ask(asker, to, program.published), true);
        }
    }
    table.check();
}

/// Everybody who may ask for a published port.
fn askers<'s>(stage: &'s Stage, program: &Program) -> [(&'static str, Asker<'s>); 5] {
    [
        ("outside->published", Asker::Host(&stage.lab.client().netns)),
        ("node->published", Asker::Host(&stage.node().netns)),
        ("container->published", Asker::Container(stage, "stranger")),
        ("neighbour->published", Asker::Container(stage, "neighbour")),
        ("hairpin", Asker::Container(stage, program.name)),
    ]
}

/// Starts a program and waits until it answers its own node, past the published port.
fn start(stage: &Stage, program: &Program) {
    let Program { name, port, published, udp, script } = program;
    let ports = format!("-p {published}:{port}")
        + &if *udp { format!(" -p {published}:{port}/udp") } else { String::new() };
    let script = script(&stage.lab.layout().root);
    let to = address(&stage.run(name, &format!("--network lan {ports}"), &script)).unwrap();
    let listens = || {
        let tried = stage.node().netns.run(|| std::net::TcpStream::connect((to, *port)))?;
        Ok(tried.is_ok())
    };
    let log = || stage.node().cw(&format!("logs {name}")).unwrap_or_default();
    let waited = wait::until(&format!("{name} listens"), Duration::from_secs(10), listens);
    waited.unwrap_or_else(|error| panic!("{error:#}: {}", log()));
}

#[test]
fn the_page_that_curl_gets_is_nginx_own() {
    let stage = Stage::new();
    stage.node().cw("network create -d bridge lan").unwrap();
    start(&stage, &PROGRAMS[0]);
    let outside = Asker::Host(&stage.lab.client().netns);
    let fetch = format!("curl -si --noproxy '*' --max-time 5 http://{}:8080/", stage.node().address());
    let (_, said) = outside.script(&fetch);
    assert!(said.contains("Server: nginx") && said.contains(PAGE), "{said}");
}
