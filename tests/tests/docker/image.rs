//! An image that nothing has to be fetched for: busybox under the names of its applets, and the host's curl and socat.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use causeway_lab::run;

/// Its name.
pub(crate) const IMAGE: &str = "guest";
/// What its containers call.
const APPLETS: &[&str] =
    &["cat", "echo", "grep", "httpd", "ip", "nslookup", "ping", "seq", "sh", "sleep", "top"];

/// Makes the archive that `docker import` takes.
pub(crate) fn archive(directory: &Path) -> PathBuf {
    let (root, archive) = (directory.join("image"), directory.join("image.tar"));
    for part in ["bin", "etc", "tmp", "srv"] {
        fs::create_dir_all(root.join(part)).unwrap();
    }
    fs::copy("/bin/busybox", root.join("bin/busybox")).unwrap();
    for applet in APPLETS {
        symlink("busybox", root.join("bin").join(applet)).unwrap();
    }
    for program in ["/usr/bin/curl", "/usr/bin/socat"] {
        with_libraries(Path::new(program), &root);
    }
    // The C library's own ways to look names up: no library of somebody else's is there.
    fs::write(root.join("etc/nsswitch.conf"), "hosts: files dns\n").unwrap();
    let mut tar = Command::new("tar");
    std::os::unix::process::CommandExt::process_group(&mut tar, 0);
    run::output(tar.arg("-cf").arg(&archive).arg("-C").arg(&root).arg("."), run::LIMIT)
        .unwrap()
        .text()
        .unwrap();
    archive
}

/// Copies a program and what it is linked with (ldd(1)): a static one resolves names in a way of its own.
fn with_libraries(program: &Path, root: &Path) {
    let mut ldd = Command::new("ldd");
    std::os::unix::process::CommandExt::process_group(&mut ldd, 0);
    let listed = run::output(ldd.arg(program), run::LIMIT).unwrap().text().unwrap();
    let libraries = listed.split_whitespace().filter(|word| word.starts_with('/')).map(Path::new);
    for file in libraries.chain([program]) {
        let to = root.join(file.strip_prefix("/").unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }
}
