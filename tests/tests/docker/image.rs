//! An image that nothing has to be fetched for: busybox under the names of its applets.

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
    &["cat", "echo", "grep", "httpd", "ip", "nc", "nslookup", "ping", "seq", "sh", "sleep", "top", "wget"];

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
    let mut tar = Command::new("tar");
    std::os::unix::process::CommandExt::process_group(&mut tar, 0);
    run::output(tar.arg("-cf").arg(&archive).arg("-C").arg(&root).arg("."), run::LIMIT)
        .unwrap()
        .text()
        .unwrap();
    archive
}
