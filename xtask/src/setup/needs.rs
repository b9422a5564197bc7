//! What must be on the machine: each need is a package and the file that shows it is there.

use std::{env, path::Path};

/// A package of Debian and Ubuntu, and how to see that what it brings is there.
pub(crate) struct Need {
    /// The package's name.
    pub(crate) package: &'static str,
    /// A program's name, or the absolute path of a file.
    pub(crate) sign: &'static str,
    /// What it is for.
    pub(crate) reason: &'static str,
    /// Services that it brings and that nobody asked for: they shall not run.
    pub(crate) services: &'static [&'static str],
}

impl Need {
    const fn without(self, services: &'static [&'static str]) -> Self {
        Self { services, ..self }
    }
}

const fn need(package: &'static str, sign: &'static str, reason: &'static str) -> Need {
    Need { package, sign, reason, services: &[] }
}

/// What building, demo and tests call.
pub(crate) const TOOLS: &[Need] = &[
    need("gcc", "cc", "links every program"),
    need("libc6-dev", "/usr/include/stdlib.h", "links every program"),
    need("g++", "c++", "links bpf-linker with LLVM, and compiles the fuzzer of tests"),
    need("protobuf-compiler", "protoc", "compiles the etcd client's messages"),
    need(
        "libprotobuf-dev",
        "/usr/include/google/protobuf/empty.proto",
        "compiles the etcd client's messages",
    ),
    need("iproute2", "ip", "builds the lab"),
    need("ethtool", "ethtool", "switches offloads in the lab"),
    need("etcd-server", "etcd", "the lab's shared store"),
    need("etcd-client", "etcdctl", "revokes leases in tests"),
    need("openssl", "openssl", "keys that etcd signs tokens with, in tests"),
    need("faketime", "faketime", "a node's clock that jumps, in tests"),
    need("busybox-static", "busybox", "HTTP server of demo and tests"),
    need("curl", "curl", "HTTP client of demo and tests"),
    need("iputils-ping", "ping", "reachability in tests"),
    need("socat", "socat", "TCP and UDP in tests"),
    need("iperf3", "iperf3", "throughput in benches"),
    need("tcpdump", "tcpdump", "captures the underlay"),
    need("tshark", "tshark", "decodes captures"),
    need("bpftool", "bpftool", "lists what is loaded, for the residue test"),
    need("nftables", "nft", "shows in tests that netfilter holds no rule of ours; the DNAT of `bench`"),
    need("iptables", "iptables", "the same of its older tables; the CNI bridge and Docker masquerade by it"),
    need("nginx-light", "nginx", "a web server behind published ports").without(&["nginx.service"]),
    need("wrk", "wrk", "an HTTP client that never rests, in tests"),
    need("redis-server", "redis-server", "a database behind published ports")
        .without(&["redis-server.service"]),
    need("dnsmasq-base", "dnsmasq", "a name server behind published ports"),
    need("bind9-dnsutils", "dig", "asks name servers in tests"),
    need("musl-tools", "musl-gcc", "compiles a client of musl's resolver, for tests"),
    need("python3", "python3", "servers and clients in tests"),
    need("systemd", "systemd-analyze", "judges the units in tests, and says which system calls they allow"),
    need("docker.io", "dockerd", "the engine of tests' containers; the Docker that `bench` compares with")
        .without(&["docker.service", "docker.socket"]),
    need("docker-compose", "docker-compose", "compose files of the engine's tests"),
    need("nodejs", "node", "a client with a resolver of its own, in tests"),
];

/// What benches compare with.
pub(crate) const PEERS: &[Need] = &[
    need("containernetworking-plugins", "/usr/lib/cni/bridge", "the CNI bridge that `bench` compares with"),
    need("dnsperf", "dnsperf", "asks resolvers for a known name as fast as they answer"),
    need("netavark", "/usr/lib/podman/netavark", "the Podman networking that `bench` compares with"),
    need("aardvark-dns", "/usr/lib/podman/aardvark-dns", "the name server that `bench` compares with"),
    need(
        "clang-22",
        "clang-22",
        "compiles what `bench` has in C: traffic, and other ways to do what ours does",
    ),
    need("libbpf-dev", "/usr/include/bpf/bpf_helpers.h", "the kernel's helpers, for what `bench` has in C"),
];

/// What compiling the kernel's programs takes in the distribution's way.
pub(crate) const COMPILER: &[Need] = &[
    need("rustc-web", "/usr/bin/rustc", "a compiler whose core library can be built for the kernel"),
    need("rust-web-src", "/usr/lib/rustlib/src/rust/library/core/Cargo.toml", "source of that core library"),
    need("llvm-22-dev", "/usr/lib/llvm-22/include/llvm-c/Core.h", "what bpf-linker is built on"),
    need("zlib1g-dev", "/usr/include/zlib.h", "links bpf-linker with LLVM"),
];

/// Those of `needs` that are not there.
pub(crate) fn missing(needs: &'static [Need]) -> Vec<&'static Need> {
    needs.iter().filter(|need| !present(need.sign)).collect()
}

fn present(sign: &str) -> bool {
    if sign.starts_with('/') { Path::new(sign).exists() } else { program(sign).is_some() }
}

/// Path of a program: from PATH, or from where only root's PATH looks.
pub(crate) fn program(name: &str) -> Option<std::path::PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin"].map(Into::into);
    env::split_paths(&path).chain(system).map(|directory| directory.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::{present, program};

    #[test]
    fn a_program_on_the_path_is_present() {
        assert!(present("sh"));
        assert!(program("sh").is_some_and(|file| file.is_absolute()));
    }

    #[test]
    fn what_nobody_installed_is_missing() {
        assert!(!present("no-program-has-this-name"));
        assert!(!present("/no/such/file"));
    }
}
