//! Published ports: by our dataplane, without docker-proxy and without a rule in netfilter.

use std::{
    fs,
    net::UdpSocket,
    time::{Duration, Instant},
};

use causeway_lab::{run, wait};

use super::{
    cast::{Cluster, SOON},
    engine::CLIENT,
};

/// How long a container with ten thousand published ports may take to start. Most of it is the engine's own work.
const START: Duration = Duration::from_secs(1);

#[test]
fn a_published_port_is_reached_from_everywhere() {
    let cluster = Cluster::of(2);
    cluster.network("shop", "");
    let before = rules(&cluster);
    cluster.server(1, "web", "--network shop -p 8080:80 -p 127.0.0.1:9090:80", 80);
    let own = cluster.exec(1, "web", "cat /etc/hostname");
    let url = format!("http://{}:8080/etc/hostname", cluster.node(1).address());
    for from in [cluster.lab.client(), cluster.node(1), cluster.node(2)] {
        assert_eq!(cluster.curl(from, &url), Ok(own.clone()), "{}", from.name());
    }
    assert_eq!(cluster.curl(cluster.node(1), "http://localhost:8080/etc/hostname"), Ok(own.clone()));
    assert_eq!(cluster.curl(cluster.node(1), "http://127.0.0.1:9090/etc/hostname"), Ok(own));
    let closed = format!("http://{}:9090/etc/hostname", cluster.node(1).address());
    assert!(cluster.curl(cluster.lab.client(), &closed).is_err());

    let shown = cluster.cw(1, "ps");
    assert!(shown.contains("web") && shown.contains("0.0.0.0:8080->80/tcp"), "{shown}");
    assert_eq!(rules(&cluster), before, "netfilter is left alone");
    let proxies = fs::read_dir("/proc").unwrap().flatten().filter(|process| {
        fs::read_to_string(process.path().join("comm")).is_ok_and(|name| name.trim() == "docker-proxy")
    });
    assert_eq!(proxies.count(), 0);

    let refused = cluster.refused(1, "run -d --name other --network shop -p 8080:80 guest sleep 100");
    assert!(refused.contains("8080") && refused.contains("'web'"), "{refused}");
    cluster.docker(1, "rm -f other");
    cluster.docker(1, "rm -f web");
    cluster.docker(1, "run -d --name other --network shop -p 8080:80 guest sleep 100");
}

/// The rules of a node's netfilter, without what they have counted.
fn rules(cluster: &Cluster) -> Vec<String> {
    let listed = cluster.node(1).sh("nft list ruleset").unwrap();
    let is_word = |word: &&str| word.parse::<u64>().is_err();
    listed.lines().map(|line| line.split_whitespace().filter(is_word).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn ten_thousand_ports_cost_a_moment() {
    let cluster = Cluster::of(1);
    cluster.network("shop", "");
    // What starting a container takes by itself.
    let bare = taken(&cluster, "");
    let before = worked(&cluster);
    let ours = taken(&cluster, "-p 10000-20000:10000-20000/udp");
    let own_work = (worked(&cluster) - before) / ROUNDS;
    // A datagram to the last of them arrives.
    let listen = ["exec", "-d", "many", "sh", "-c", "socat -u UDP-RECV:20000 OPEN:/tmp/heard,creat"];
    let output = cluster.engine(1).run(cluster.node(1), &listen);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let (outside, address) = (cluster.lab.client(), cluster.node(1).address());
    let send = || UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"here", (address, 20_000)));
    let arrives = || {
        outside.netns.run(send)??;
        Ok(cluster.exec(1, "many", "cat /tmp/heard").contains("here"))
    };
    wait::until("the datagram arrives", SOON, arrives).unwrap();
    let dockers = dockers_own(&cluster);
    println!(
        "docker run -p 10000-20000:10000-20000/udp: {ours:?} (without ports {bare:?}), with {own_work:?} of \
         a processor for us, stopping the one before included; by Docker's own bridge {dockers}"
    );
    assert!(ours < START, "{ours:?}, of which {own_work:?} are ours; without ports {bare:?}");
}

/// Processor time that the node's daemon has taken so far (proc_pid_stat(5): fields 14 and 15, hundredths of a second).
fn worked(cluster: &Cluster) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", cluster.node(1).daemon_pid().unwrap())).unwrap();
    let (_, from_third) = stat.rsplit_once(") ").unwrap();
    let ticks: u64 = from_third.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(10 * ticks)
}

/// How often a start is measured.
const ROUNDS: u32 = 5;

/// How long `docker run -d` takes: the least of all rounds, since whatever else the machine does only adds to it. The last
/// container stays.
fn taken(cluster: &Cluster, options: &str) -> Duration {
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        drop(cluster.engine(1).docker(cluster.node(1), "rm -f many"));
        let began = Instant::now();
        cluster.docker(1, &format!("run -d --name many --network shop {options} guest sleep 100000"));
        all.push(began.elapsed());
    }
    all.sort();
    println!("docker run {options}: {all:?}");
    all[0]
}

/// The same by Docker's own bridge, which is given 20 seconds for it, or ten minutes where there is time. Other ports: ours
/// are taken.
fn dockers_own(cluster: &Cluster) -> String {
    let words = ["run", "-d", "-p", "30000-40000:30000-40000/udp", "guest", "sleep", "100000"];
    let began = Instant::now();
    let mut command = cluster.engine(1).command(cluster.node(1), CLIENT, &words);
    let patience = Duration::from_secs(if std::env::var_os("CAUSEWAY_LONG").is_some() { 600 } else { 20 });
    match run::output(&mut command, patience) {
        Ok(output) if output.code == 0 => format!("{:?}", began.elapsed()),
        Ok(output) => format!("refused after {:?} ({})", began.elapsed(), output.stderr.trim()),
        Err(_) => format!("more than {patience:?}"),
    }
}
