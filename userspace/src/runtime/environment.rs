//! A container's environment: pure.

/// Where commands are looked for unless the user says otherwise (Docker's default).
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// PATH, HOSTNAME and HOME, then the `KEY=VALUE` of `given`, the later winning over the earlier.
/// A text without `=` names nothing and is left out.
pub(super) fn environment(hostname: &str, given: &[String]) -> Vec<(String, String)> {
    let mut all = vec![pair("PATH", PATH), pair("HOSTNAME", hostname), pair("HOME", "/root")];
    for (key, value) in given.iter().filter_map(|text| text.split_once('=')) {
        match all.iter_mut().find(|(k, _)| k == key) {
            Some(there) => value.clone_into(&mut there.1),
            None => all.push(pair(key, value)),
        }
    }
    all
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_wins() {
        let given = ["A=1", "HOME=/h", "A=2=3", "B", "C="].map(str::to_owned);
        let got = environment("web", &given);
        let want = [("PATH", PATH), ("HOSTNAME", "web"), ("HOME", "/h"), ("A", "2=3"), ("C", "")];
        assert_eq!(got, want.map(|(k, v)| pair(k, v)));
    }
}
