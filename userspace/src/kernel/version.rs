//! Which version of the programs this is: what would be loaded twice alike has one name.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{OBJECT, Options};

/// The name of the programs that this build loads with these options: of the object, and of what is written
/// into it.
pub(super) fn version(options: &Options) -> String {
    let mut hasher = DefaultHasher::new();
    (OBJECT, options.vtep.octets(), options.vxlan_port).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_the_object_makes_another_version() {
        let options = Options::new("/x", [198, 51, 100, 1].into());
        assert_eq!(version(&options), version(&Options { bpf_dir: "/y".into(), ..options.clone() }));
        let port = Options { vxlan_port: 1, ..options.clone() };
        let vtep = Options::new("/x", [198, 51, 100, 2].into());
        assert!(version(&options) != version(&port) && version(&options) != version(&vtep));
    }
}
