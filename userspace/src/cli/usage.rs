//! What the parser objects to, in one line, and the exit code that it makes.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::{exit, output};

/// Prints help where help was asked for, else the objection in one line; says which exit code.
pub(super) fn explain(error: &clap::Error, args: &[OsString]) -> i32 {
    let Some(objection) = objection_to(error, args) else {
        return output::say(error.to_string().trim_end()).map_or(exit::REFUSED, |()| exit::DONE);
    };
    output::complain(objection);
    match verb(args).get(1).map(String::as_str) {
        Some("run" | "exec") => exit::NOT_RUN,
        _ => exit::USAGE,
    }
}

/// The objection in one line; none where help was asked for.
pub(super) fn objection_to(error: &clap::Error, args: &[OsString]) -> Option<String> {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    (!is_help).then(|| format!("{}; see '{} --help'", objection(error), verb(args).join(" ")))
}

/// clap's words without its usage lines, paragraphs joined by semicolons.
fn objection(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::MissingSubcommand {
        // clap's own words list the verbs that are not there yet.
        return "a verb is missing".to_owned();
    }
    let text = error.render().to_string();
    let paragraphs = text
        .split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty() && !p.starts_with("Usage:") && !p.starts_with("For more information"));
    let lines: Vec<String> = paragraphs.map(|p| p.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    lines.join("; ").trim_start_matches("error: ").to_owned()
}

/// The words of the verb that was meant: `causeway network create`.
fn verb(args: &[OsString]) -> Vec<String> {
    let mut command = &super::command();
    let mut words = vec![command.get_name().to_owned()];
    let mut args = args.iter().skip(1).map(|a| a.to_string_lossy());
    while let Some(arg) = args.next() {
        if arg == "-H" || arg == "--host" {
            args.next();
        } else if let Some(found) = command.find_subcommand(&*arg) {
            words.push(found.get_name().to_owned());
            command = found;
        } else if !arg.starts_with('-') {
            break;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn args(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn objection_to(line: &str) -> String {
        match super::super::Options::try_parse_from(args(line)) {
            Ok(_) => "none".to_owned(),
            Err(e) => objection(&e),
        }
    }

    #[test]
    fn the_verb_is_found_behind_global_options() {
        for (line, expected) in [
            ("causeway", "causeway"),
            ("causeway -H unix:///run network create x", "causeway network create"),
            ("causeway --host=unix:///network rm", "causeway rm"),
            ("causeway exec network ls", "causeway exec"),
        ] {
            assert_eq!(verb(&args(line)).join(" "), expected, "{line}");
        }
    }

    #[test]
    fn objections_are_one_line_each() {
        let said = [
            "causeway",
            "causeway netwrk",
            "causeway network",
            "causeway network create",
            "causeway network create --subnet 10.0.0.0/33 x",
            "causeway network create -d macvlan x",
            "causeway network create --aux-address 10.0.0.1 x",
            "causeway network create --bogus x",
            "causeway network ls --filter name",
            "causeway network ls --format xml",
            "causeway run",
            "causeway run --bogus true",
            "causeway run --ip 10.0.0.2 --network a true",
            "causeway run --network a --ip 10.0.0.2 --ip 10.0.0.3 true",
            "causeway run --network a --mac-address 02:42 true",
            "causeway run --network none --network-alias b true",
            "causeway run --network none --network a true",
            "causeway run --network host --network a true",
            "causeway run --network none --ip 10.0.0.2 true",
            "causeway run --network host --mac-address 02:42:0a:00:00:02 true",
            "causeway run --network container: true",
            "causeway run -p 80:80/sctp true",
            "causeway run -p [::1]:80:80 true",
            "causeway run -p 80-81:80-82 true",
            "causeway run --publish 70000 true",
            "causeway run --expose 80:80 true",
            "causeway run -p 80 --source 10.0.9.1/24 true",
            "causeway run --dns example.com true",
            "causeway run --dns-search a..b true",
            "causeway run --add-host db true",
            "causeway run --add-host db:x true",
            "causeway run --link a --network a true",
            "causeway run -it --network a true",
            "causeway attach --network a x",
            "causeway attach --netns /x --pid 3 --network a x",
            "causeway attach --pid 3 -p 80:80 --network a x",
            "causeway attach --pid 3 --dns 10.0.0.2 --network a x",
            "causeway network connect a",
            "causeway network connect --link b a x",
            "causeway network connect --ip x a x",
            "causeway network disconnect a",
            "causeway network prune a",
            "causeway service",
            "causeway service create",
            "causeway service create -p 80/sctp x",
            "causeway service create -p 127.0.0.1:80:80 x",
            "causeway service create -p published=80 x",
            "causeway service create -p target=80,mode=vip x",
            "causeway service create -p target=80,protocol=sctp x",
            "causeway service create --endpoint-mode both x",
            "causeway service create --affinity cookie x",
            "causeway service create --replicas 2 x",
            "causeway service create --name x",
            "causeway service create -p 80 --source 10.0.9.1/24 x",
            "causeway service update --network a x",
            "causeway service update --weight a=0 x",
            "causeway service update --publish-rm 80:80 x",
            "causeway service ps",
            "causeway service ps a b",
            "causeway exec x",
            "causeway exec -t x true",
            "causeway stop -t -1 x",
            "causeway rm",
        ]
        .map(|line| format!("{line}\n    {}", objection_to(line)))
        .join("\n");
        insta::assert_snapshot!(said);
    }
}
