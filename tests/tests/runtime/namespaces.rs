//! Network namespaces by name, by path and by process.

use std::{fs, path::Path, process::Command};

use causeway::{
    model::Id,
    runtime::{Netns, RuntimeError, netns},
};

fn ip_netns() -> String {
    String::from_utf8(Command::new("ip").args(["netns", "list"]).output().unwrap().stdout).unwrap()
}

/// Removes the names at its end.
struct Names(Vec<String>);

impl Drop for Names {
    fn drop(&mut self) {
        for name in &self.0 {
            drop(netns::delete(&netns::path_of(name)));
        }
    }
}

#[test]
fn ip_netns_shows_it_and_then_no_longer() {
    let id = Id::random();
    let _names = Names(vec![id.short().to_owned()]);
    let name = format!("cw-{}", id.short());
    let made = Netns::create(id.short()).unwrap();
    assert!(ip_netns().contains(&name));
    let links = made.run(|| fs::read_to_string("/proc/thread-self/net/dev")).unwrap().unwrap();
    assert_eq!(links.lines().count(), 3, "two heads and lo");
    assert!(Netns::create(id.short()).is_err());
    netns::delete(made.path()).unwrap();
    netns::delete(made.path()).unwrap();
    assert!(!ip_netns().contains(&name));
    assert!(!fs::read_to_string("/proc/self/mountinfo").unwrap().contains(&name));
    assert!(!made.path().exists());
}

#[test]
fn a_thread_that_was_inside_is_back_again() {
    let id = Id::random();
    let _names = Names(vec![id.short().to_owned()]);
    let made = Netns::create(id.short()).unwrap();
    let own = fs::read_link("/proc/thread-self/ns/net").unwrap();
    let inside = made.run(|| fs::read_link("/proc/thread-self/ns/net").unwrap()).unwrap();
    assert_ne!(inside, own);
    assert_eq!(fs::read_link("/proc/thread-self/ns/net").unwrap(), own);
    let panicked = std::panic::catch_unwind(|| made.run(|| panic!("inside")));
    assert!(panicked.is_err());
    assert_eq!(fs::read_link("/proc/thread-self/ns/net").unwrap(), own, "also where that panics");
}

#[test]
fn what_is_no_foreign_namespace_is_refused_by_a_line() {
    let open = |path: &str| Netns::open(Path::new(path)).unwrap_err().to_string();
    assert!(open("/run/netns/hC-none").starts_with("network namespace /run/netns/hC-none is gone"));
    assert!(open("/etc/passwd").starts_with("/etc/passwd is not a network namespace"));
    assert!(open("/proc/self/ns/mnt").starts_with("/proc/self/ns/mnt is not a network namespace"));
    assert!(open("/tmp").starts_with("/tmp is not a network namespace"));
    let own = Netns::open(Path::new("/proc/self/ns/net")).unwrap();
    assert!(matches!(own.foreign(), Err(RuntimeError::OwnNetns(_))));
    let own = Netns::of_pid(std::process::id()).unwrap();
    assert!(matches!(own.foreign(), Err(RuntimeError::OwnNetns(_))));
    assert!(matches!(Netns::of_pid(4_000_000_000), Err(RuntimeError::NoProcess(4_000_000_000))));
}

#[test]
fn a_processs_namespace_can_be_kept_by_a_name() {
    let (id, kept) = (Id::random(), Id::random());
    let _names = Names(vec![id.short().to_owned(), kept.short().to_owned()]);
    let made = Netns::create(id.short()).unwrap();
    let mut sleeper = made.run(|| Command::new("sleep").arg("1000").spawn()).unwrap().unwrap();
    let of_process = Netns::of_pid(sleeper.id()).unwrap().foreign().unwrap();
    let named = of_process.keep(kept.short()).unwrap();
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    netns::delete(made.path()).unwrap();
    assert!(named.is_same(&made));
    assert!(Netns::open(&netns::path_of(kept.short())).unwrap().is_same(&made));
}
