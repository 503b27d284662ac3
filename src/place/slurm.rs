//! Slurm, as an ordinary user: `sbatch`, `squeue`, `scancel`, all by their text output.
//!
//! Tried on 22.05. Its JSON is not used: `squeue --json` ignores filters and `sacct --json` hides exit codes. Accounting
//! (`sacct`) may be switched off, so it is not asked at all.

use std::path::Path;

use super::{Answer, Call, Handle, Job, Listing, Place, Seen, Submitted, Verb, quoted};

/// No requeue: Slurm would start a second copy by itself.
///
/// What is exported stays in the controller's state, so the call itself gets only [`KEPT`] of the environment: the agent's
/// is a private file in the folder. Exporting nothing (`NONE`, `NIL`, names alone) would make Slurm ask a login shell on
/// the node for the environment, which may take minutes.
const SUBMIT: &[&str] = &[
    "sbatch",
    "--parsable",
    "--no-requeue",
    "--export=ALL",
    "--job-name={name}",
    "--chdir={cwd}",
    "--output={folder}/place.log",
    "--open-mode=append",
    "--time={minutes}",
    "{needs}",
    "{options}",
    "--wrap=exec {shim}",
];

/// Variables that Slurm's commands need, by prefix.
const KEPT: &[&str] =
    &["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_", "SLURM_CONF", "SLURM_CLUSTERS", "SBATCH_"];

/// One call for all attempts of all runs of this user; ended jobs stay in it for some minutes.
const LIST: &[&str] = &["squeue", "-h", "-t", "all", "-u", "{user}", "-o", "%A|%T|%r|%N|%j"];

const END: &[&str] = &["scancel", "{job}"];

/// The name of the job that looks at a file, and what it adds to the file's name for its copy.
pub const LOOK: &str = "quintet-doctor";
pub const SEEN: &str = ".seen";

/// Slurm's own limit is a backstop: it counts in whole minutes and may come half a minute late.
const LATE_S: f64 = 120.0;

/// Submissions whose answer was lost on the way: the job may be there.
const LOST_ANSWERS: &[&str] = &["Socket timed out", "Zero Bytes were transmitted", "Transport endpoint", "Timed out"];

/// Reasons of a `FAILED` that is no fault of the job.
const OF_PLACE: &[&str] = &["JobLaunchFailure", "SystemFailure", "NodeDown", "LaunchFailedRequeuedHeld"];

/// Returns the name of an attempt's job. Processes of one attempt have folders of their own (`again-1`).
pub(super) fn name_of(run: &str, folder: &Path) -> String {
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let own = last(folder);
    match folder.parent().map(last) {
        Some(attempt) if own.starts_with("again-") => format!("quintet-{run}-{attempt}-{own}"),
        Some(_) | None => format!("quintet-{run}-{own}"),
    }
}

pub(super) fn submit(place: &Place, job: &Job<'_>, handle: &Handle) -> Call {
    let minutes = ((job.limit_s + LATE_S + place.spare.as_secs_f64()) / 60.0).ceil().max(1.0);
    let folder = job.folder.to_string_lossy();
    let shim = [place.program(job.own_program), "__shim", &*folder].map(quoted).join(" ");
    let cpus = place.cpus.map(|cpus| format!("--cpus-per-task={cpus}"));
    let memory = place.memory.as_ref().map(|memory| format!("--mem={memory}"));
    let needs: Vec<String> = cpus.into_iter().chain(memory).collect();
    let call = Call::new(
        &place.words(Verb::Submit, SUBMIT),
        &[
            ("name", handle.name.clone()),
            ("cwd", job.cwd.to_string_lossy().into_owned()),
            // `%` begins a replacement in file names of sbatch.
            ("folder", folder.replace('%', "%%")),
            ("minutes", minutes.to_string()),
            ("shim", shim),
        ],
        &[("options", &place.options), ("needs", &needs)],
    );
    Call { keeps: Some(KEPT), ..call }
}

pub(super) fn submitted(answer: &Answer) -> Submitted {
    // With several clusters: `job;cluster`.
    let job = answer.out.trim().lines().last().and_then(|line| line.split(';').next()).unwrap_or_default();
    let is_number = !job.is_empty() && job.bytes().all(|byte| byte.is_ascii_digit());
    match answer.code {
        Some(0) if is_number => Submitted::Taken { job: Some(job.to_owned()) },
        Some(_) if !LOST_ANSWERS.iter().any(|lost| answer.err.contains(lost)) => {
            Submitted::Refused { why: without_prefix(&answer.complaint()) }
        }
        Some(_) | None => Submitted::Unknown { why: without_prefix(&answer.complaint()) },
    }
}

pub(super) fn list(place: &Place, user: u32) -> Call {
    Call::new(&place.words(Verb::List, LIST), &[("user", user.to_string())], &[])
}

pub(super) fn listed(answer: &Answer) -> Result<Listing, String> {
    if answer.code != Some(0) {
        return Err(without_prefix(&answer.complaint()));
    }
    let mut listing = Listing::default();
    for line in answer.out.lines() {
        // The name is last, since it may hold anything.
        let mut parts = line.splitn(5, '|').map(str::trim);
        let (Some(job), Some(state), Some(reason), Some(node), Some(name)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        listing.add(job, name, seen(state, reason, node));
    }
    Ok(listing)
}

pub(super) fn end(place: &Place, handle: &Handle) -> Call {
    let job = handle.job.clone().unwrap_or_else(|| format!("--name={}", handle.name));
    Call::new(&place.words(Verb::End, END), &[("job", job)], &[])
}

/// A small job of its own, waited for: its output is a file, since a job has no terminal.
pub(super) fn look(place: &Place, file: &Path, own_program: &str) -> Call {
    let file = file.to_string_lossy();
    let print = [place.program(own_program), "__at", "look", &*file].map(quoted).join(" ");
    let copy = format!("exec {print} > {}", quoted(&format!("{file}{SEEN}")));
    let words: Vec<String> = ["sbatch", "--wait", "--parsable", "--no-requeue", "--export=ALL", "--job-name={name}"]
        .into_iter()
        .chain(["--output=/dev/null", "--time=1", "{options}", "--wrap={copy}"])
        .map(str::to_owned)
        .collect();
    Call {
        keeps: Some(KEPT),
        ..Call::new(&words, &[("copy", copy), ("name", LOOK.to_owned())], &[("options", &place.options)])
    }
}

/// Reads a state. Those that are not final may still become anything.
fn seen(state: &str, reason: &str, node: &str) -> Seen {
    let reason = if reason == "None" { "" } else { reason };
    let over = |by_place| {
        let on = if node.is_empty() { String::new() } else { format!(" on {node}") };
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        Seen::Over { why: format!("Slurm says {state}{reason}{on}"), by_place }
    };
    match state {
        "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED" | "SPECIAL_EXIT" => {
            let why = if reason.is_empty() { "Slurm has not looked at it yet" } else { reason };
            Seen::Queued { why: why.to_owned() }
        }
        "FAILED" if OF_PLACE.contains(&reason) => over(true),
        "COMPLETED" | "FAILED" | "OUT_OF_MEMORY" => over(false),
        "NODE_FAIL" | "BOOT_FAIL" | "CANCELLED" | "PREEMPTED" | "TIMEOUT" | "DEADLINE" | "REVOKED" => over(true),
        // RUNNING, CONFIGURING, COMPLETING (not final), SUSPENDED, STOPPED, SIGNALING, STAGE_OUT, RESIZING.
        _ => Seen::Running { on: node.to_owned() },
    }
}

fn without_prefix(complaint: &str) -> String {
    complaint
        .split("; ")
        .map(|line| line.trim_start_matches("sbatch: error: ").trim_start_matches("slurm_load_jobs error: "))
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::place::Kind;

    fn place() -> Place {
        Place {
            name: "slurm".to_owned(),
            kind: Kind::Slurm,
            slots: None,
            hosts: Vec::new(),
            options: vec!["-p".to_owned(), "agents".to_owned()],
            program: None,
            cpus: Some(2),
            memory: None,
            spare: Duration::ZERO,
            patience: Duration::ZERO,
            commands: BTreeMap::new(),
        }
    }

    fn said(code: i32, out: &str, err: &str) -> Answer {
        Answer { code: Some(code), out: out.to_owned(), err: err.to_owned() }
    }

    #[test]
    fn a_job_starts_the_shim_by_name_without_requeue_and_without_a_secret() {
        let folder = PathBuf::from("/p/a b/runs/1122-1550-k3f/alpha-1");
        let handle = place().handle("1122-1550-k3f", &folder, &BTreeMap::new());
        let job = Job { folder: &folder, cwd: Path::new("/p/a b"), limit_s: 910.0, own_program: "/bin/quintet" };
        let call = submit(&place(), &job, &handle);
        let expected = [
            "--parsable",
            "--no-requeue",
            "--export=ALL",
            "--job-name=quintet-1122-1550-k3f-alpha-1",
            "--chdir=/p/a b",
            "--output=/p/a b/runs/1122-1550-k3f/alpha-1/place.log",
            "--open-mode=append",
            "--time=18",
            "--cpus-per-task=2",
            "-p",
            "agents",
            "--wrap=exec /bin/quintet __shim '/p/a b/runs/1122-1550-k3f/alpha-1'",
        ];
        assert_eq!((call.program.as_str(), call.args), ("sbatch", expected.map(str::to_owned).to_vec()));
        assert!(!call.keeps.expect("not all").iter().any(|kept| "MY_API_KEY".starts_with(kept)));
    }

    #[test]
    fn what_sbatch_says_is_a_job_a_refusal_or_unknown() {
        assert_eq!(submitted(&said(0, "17\n", "")), Submitted::Taken { job: Some("17".to_owned()) });
        assert_eq!(submitted(&said(0, "17;east\n", "")), Submitted::Taken { job: Some("17".to_owned()) });
        let refused = said(
            1,
            "",
            "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified\n",
        );
        let why = "invalid partition specified: nope; Batch job submission failed: Invalid partition name specified";
        assert_eq!(submitted(&refused), Submitted::Refused { why: why.to_owned() });
        let late = said(1, "", "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n");
        assert!(matches!(submitted(&late), Submitted::Unknown { .. }));
        assert!(matches!(submitted(&Answer::default()), Submitted::Unknown { .. }));
    }

    #[test]
    fn a_list_tells_of_every_job_by_number_and_by_name() {
        let out = "4|PENDING|Resources||quintet-r-a-1\n3|RUNNING|None|n1|quintet-r-b-1\n\
                   2|FAILED|NonZeroExitCode|n2|quintet-r-c-1\n1|NODE_FAIL|NodeDown|n3|a|b\n\
                   0|COMPLETING|None|n1|quintet-r-d-1\n";
        let listing = listed(&said(0, out, "")).expect("it answered");
        let of = |job: Option<&str>, name: &str| {
            let handle = Handle {
                v: 1,
                place: "slurm".to_owned(),
                name: name.to_owned(),
                host: None,
                job: job.map(str::to_owned),
            };
            listing.of(&handle).cloned()
        };
        assert_eq!(of(Some("4"), ""), Some(Seen::Queued { why: "Resources".to_owned() }));
        assert_eq!(of(None, "quintet-r-b-1"), Some(Seen::Running { on: "n1".to_owned() }));
        let why = "Slurm says FAILED (NonZeroExitCode) on n2".to_owned();
        assert_eq!(of(Some("2"), ""), Some(Seen::Over { why, by_place: false }));
        let why = "Slurm says NODE_FAIL (NodeDown) on n3".to_owned();
        assert_eq!(of(None, "a|b"), Some(Seen::Over { why, by_place: true }));
        assert_eq!(of(Some("0"), ""), Some(Seen::Running { on: "n1".to_owned() }), "it is not final");
        assert_eq!(of(Some("9"), "quintet-r-b-1"), None, "the number counts where it is known");
        let down = said(1, "", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n");
        assert_eq!(listed(&down), Err("Unable to contact slurm controller (connect failure)".to_owned()));
    }

    #[test]
    fn a_next_process_of_an_attempt_is_a_job_of_its_own() {
        assert_eq!(name_of("r", Path::new("/x/runs/r/alpha-2/again-1")), "quintet-r-alpha-2-again-1");
    }
}
