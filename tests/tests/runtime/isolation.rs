//! What a container's process sees, and what it cannot change.

use std::fs;

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
async fn its_mounts_stay_with_it() {
    let scratch = Scratch::new();
    let (exit, said) =
        scratch.run("mount -t tmpfs hC-mount /mnt && grep -c hC-mount /proc/self/mounts").await;
    assert_eq!((exit.code, said.as_str()), (0, "1\n"));
    assert!(!fs::read_to_string("/proc/self/mounts").unwrap().contains("hC-mount"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sys_is_read_only_and_stdin_is_empty() {
    let scratch = Scratch::new();
    let (exit, _) = scratch.run("cat && ! echo 1 2>/dev/null > /sys/class/net/lo/mtu").await;
    assert_eq!(exit.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_has_none_of_our_files_and_default_signals() {
    let scratch = Scratch::new();
    let (_, said) =
        scratch.run("ls /proc/self/fd | wc -l; grep -E 'Sig(Ign|Blk)' /proc/self/status; exit 0").await;
    let lines: Vec<_> = said.lines().collect();
    // 0, 1, 2, and the directory that ls reads.
    assert_eq!(lines[0], "4");
    for line in &lines[1..] {
        let signals = u64::from_str_radix(line.split_once('\t').unwrap().1, 16).unwrap();
        // 32 and 33 are the C library's own: nobody can set them by signal(2).
        assert_eq!(signals & !(0b11 << 31), 0, "{line}");
    }
    assert_eq!(lines.len(), 3);
}
