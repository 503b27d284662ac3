//! Hosts by ssh: what runs there outlives the connection, and every question is a short connection of its own.
//!
//! Whoever has many attempts on a host sets `ControlMaster` in the ssh configuration: each question then costs a few
//! milliseconds. A plain `ssh HOST COMMAND` is never the agent: it outlives its client silently, or dies with it.

use std::path::Path;

use super::{Answer, Call, Handle, Job, Listing, Place, Seen, Submitted, Verb, quoted};

/// Never a question to a person, and no waiting for a host that is gone.
const SSH: [&str; 8] = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "{options}", "{host}", "{command}"];

/// What ssh itself exits with.
const OF_SSH: i32 = 255;
/// With these words the command was never begun.
const NOT_REACHED: &[&str] = &[
    "Could not resolve hostname",
    "connect to host",
    "Permission denied (",
    "Host key verification failed",
    "Bad configuration option",
];

pub(super) fn submit(place: &Place, job: &Job<'_>, handle: &Handle) -> Call {
    call(place, Verb::Submit, handle.host.as_deref(), job.own_program, "begin", Some(job.folder))
}

pub(super) fn submitted(answer: &Answer) -> Submitted {
    match answer.code {
        Some(0) => Submitted::Taken { job: None },
        Some(OF_SSH) if NOT_REACHED.iter().any(|words| answer.err.contains(words)) => {
            Submitted::Refused { why: answer.complaint() }
        }
        Some(OF_SSH) | None => Submitted::Unknown { why: answer.complaint() },
        Some(127) => Submitted::Refused {
            why: format!("{}: is quintet there by this path? `program` of the place says where", answer.complaint()),
        },
        Some(_) => Submitted::Refused { why: answer.complaint() },
    }
}

/// The folders go in as input: there may be more than fit on a command line.
pub(super) fn list(place: &Place, handles: &[Handle], own_program: &str) -> Call {
    let host = handles.first().and_then(|handle| handle.host.as_deref());
    let input = handles.iter().map(|handle| format!("{}\n", handle.name)).collect();
    Call { input, ..call(place, Verb::List, host, own_program, "list", None) }
}

pub(super) fn listed(answer: &Answer) -> Result<Listing, String> {
    if answer.code != Some(0) {
        return Err(answer.complaint());
    }
    let mut listing = Listing::default();
    for line in answer.out.lines() {
        let Some((word, name)) = line.split_once(' ') else { continue };
        let over = |why: &str| Seen::Over { why: why.to_owned(), by_place: false };
        let seen = match word {
            "lives" => Seen::Running { on: String::new() },
            "ended" => over("it has ended"),
            // It was not begun there, or not yet: as if it were not known.
            "new" => continue,
            "dead" => Seen::Over { why: "its shim there is gone".to_owned(), by_place: true },
            "missing" => over("its folder is not there: the disk is not shared"),
            // A later version knows more; this one waits.
            _ => continue,
        };
        listing.add(name, name, seen);
    }
    Ok(listing)
}

pub(super) fn end(place: &Place, handle: &Handle, own_program: &str) -> Call {
    call(place, Verb::End, handle.host.as_deref(), own_program, "end", Some(Path::new(&handle.name)))
}

pub(super) fn look(place: &Place, host: Option<&str>, file: &Path, own_program: &str) -> Call {
    call(place, Verb::Look, host, own_program, "look", Some(file))
}

fn call(place: &Place, verb: Verb, host: Option<&str>, own_program: &str, word: &str, path: Option<&Path>) -> Call {
    let path = path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
    let words = [place.program(own_program), "__at", word, &path];
    // The words go through the host's shell.
    let command: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).map(quoted).collect();
    Call::new(
        &place.words(verb, &SSH),
        &[
            ("host", host.unwrap_or_default().to_owned()),
            ("command", command.join(" ")),
            ("folder", path.clone()),
            ("program", place.program(own_program).to_owned()),
        ],
        &[("options", &place.options)],
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::place::Kind;

    fn place() -> Place {
        Place {
            name: "farm".to_owned(),
            kind: Kind::Ssh,
            slots: None,
            hosts: vec!["h1".to_owned(), "h2".to_owned()],
            options: vec!["-F".to_owned(), "/c".to_owned()],
            program: None,
            cpus: None,
            memory: None,
            spare: Duration::ZERO,
            patience: Duration::ZERO,
            commands: BTreeMap::new(),
        }
    }

    fn said(code: i32, err: &str) -> Answer {
        Answer { code: Some(code), out: String::new(), err: err.to_owned() }
    }

    #[test]
    fn an_attempt_goes_where_the_fewest_are_and_its_words_survive_the_hosts_shell() {
        let folder = Path::new("/p/a b/alpha-1");
        let handle = place().handle("r", folder, &BTreeMap::from([("h1".to_owned(), 1)]));
        assert_eq!(handle.host.as_deref(), Some("h2"));
        let job = Job { folder, cwd: folder, limit_s: 1.0, own_program: "/bin/quintet" };
        let call = submit(&place(), &job, &handle);
        let expected = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-F", "/c", "h2"];
        assert_eq!(call.args[..7], expected.map(str::to_owned));
        assert_eq!(call.args[7], "/bin/quintet __at begin '/p/a b/alpha-1'");
        let list = list(&place(), &[handle.clone(), handle], "/bin/quintet");
        assert_eq!(list.input, "/p/a b/alpha-1\n/p/a b/alpha-1\n");
    }

    #[test]
    fn only_what_never_reached_the_host_is_a_refusal() {
        let refused = said(255, "ssh: connect to host h1 port 22: Connection refused\n");
        assert!(matches!(submitted(&refused), Submitted::Refused { .. }));
        let unresolved = said(255, "ssh: Could not resolve hostname h1: Name or service not known\n");
        assert!(matches!(submitted(&unresolved), Submitted::Refused { .. }));
        let cut = said(255, "Connection to h1 closed by remote host.\n");
        assert!(matches!(submitted(&cut), Submitted::Unknown { .. }), "it may have begun");
        assert_eq!(submitted(&said(0, "")), Submitted::Taken { job: None });
    }

    #[test]
    fn a_list_is_read_by_folder_and_what_was_not_begun_is_not_in_it() {
        let out = "lives /p/a b-1\nnew /p/b-1\ndead /p/c-1\nlater /p/d-1\n".to_owned();
        let listing = listed(&Answer { code: Some(0), out, err: String::new() }).expect("it answered");
        let of = |name: &str| {
            let handle = Handle { v: 1, place: String::new(), name: name.to_owned(), host: None, job: None };
            listing.of(&handle).cloned()
        };
        assert_eq!(of("/p/a b-1"), Some(Seen::Running { on: String::new() }));
        assert_eq!((of("/p/b-1"), of("/p/d-1")), (None, None));
        assert!(matches!(of("/p/c-1"), Some(Seen::Over { by_place: true, .. })));
    }
}
