//! Where an attempt runs. Pure: from a folder to the commands that submit, list and end what runs there; from what those
//! print to facts. The shell runs them.
//!
//! A place only has to start `quintet __shim FOLDER` somewhere that sees the project and the team directory by the same
//! paths. All the rest is in the folder: what the agent prints and is told, its identity, its exit status. So a place is
//! four commands, each text in and text out, and each can be written otherwise in the settings:
//!
//! | command | `slurm` | `ssh` |
//! |---|---|---|
//! | submit: begin this folder | `sbatch --wrap 'exec quintet __shim …'` | `ssh HOST quintet __at begin …` |
//! | list: what became of all of them, in one call | `squeue -t all` | `ssh HOST quintet __at list`, one call a host |
//! | end: whatever is left of it | `scancel JOB` | `ssh HOST quintet __at end …` |
//! | look: is the disk shared? | `sbatch --wait --wrap 'cat …'` | `ssh HOST quintet __at look …` |
//!
//! Pause, resume, TERM and kill need no command: they are lines of `ctl` in the folder. `local` is no [`Place`]: there
//! the shim is a child and has a socket.
//!
//! A place that does not share the disk (Kubernetes) would need three more: bring the folder there, read the logs and
//! the exit on from an offset, append to `ctl`. Its name of an attempt would be a pod's, its list
//! `kubectl get pods -l … -o json`.

mod call;
mod handle;
mod listing;
pub mod slurm;
pub mod ssh;

pub use call::{Answer, Call, quoted};
pub use handle::{Handle, Job, Submitted};
pub use listing::{Listing, Seen};

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The place that needs no settings: this machine.
pub const LOCAL: &str = "local";

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Jobs of a Slurm cluster, as an ordinary user.
    Slurm,
    /// Hosts that are reached without a password.
    Ssh,
}

/// A command of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    Submit,
    List,
    End,
    /// Print a file: whether the disk is shared.
    Look,
}

/// A place other than this machine, set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub kind: Kind,
    /// How many attempts may be there at once, queued ones included.
    pub slots: Option<usize>,
    /// For `ssh`: an attempt goes where the fewest are.
    pub hosts: Vec<String>,
    /// More arguments for `sbatch`, or for `ssh`.
    pub options: Vec<String>,
    /// Quintet as the place sees it; else this very program's path.
    pub program: Option<String>,
    /// For `slurm`: processors and memory of a job.
    pub cpus: Option<u32>,
    pub memory: Option<String>,
    /// For `slurm`: added to a job's time limit, since pauses and extensions count there.
    pub spare: Duration,
    /// For `ssh`: after so long without an answer a host's attempts are lost.
    pub patience: Duration,
    /// Commands written otherwise, with the same placeholders.
    pub commands: BTreeMap<Verb, Vec<String>>,
}

impl Place {
    /// Returns the name that an attempt is to have there: known before it is submitted, so that it can be found.
    pub fn name_of(&self, run: &str, folder: &Path) -> String {
        match self.kind {
            Kind::Slurm => slurm::name_of(run, folder),
            Kind::Ssh => folder.to_string_lossy().into_owned(),
        }
    }

    /// Returns the handle of an attempt that is not submitted yet. `busy`: how many attempts each host has.
    pub fn handle(&self, run: &str, folder: &Path, busy: &BTreeMap<String, usize>) -> Handle {
        let on = |host: &&String| busy.get(*host).copied().unwrap_or(0);
        let host = self.hosts.iter().min_by_key(on).cloned();
        Handle { v: 1, place: self.name.clone(), name: self.name_of(run, folder), host, job: None }
    }

    /// Returns the command that begins an attempt.
    pub fn submit(&self, job: &Job<'_>, handle: &Handle) -> Call {
        match self.kind {
            Kind::Slurm => slurm::submit(self, job, handle),
            Kind::Ssh => ssh::submit(self, job, handle),
        }
    }

    /// Reads what the submission said.
    pub fn submitted(&self, answer: &Answer) -> Submitted {
        match self.kind {
            Kind::Slurm => slurm::submitted(answer),
            Kind::Ssh => ssh::submitted(answer),
        }
    }

    /// Returns the command that tells what became of all of these attempts, which have the same host. `user`: this
    /// user's number. `own_program`: Quintet as it is called here.
    pub fn list(&self, handles: &[Handle], user: u32, own_program: &str) -> Call {
        match self.kind {
            Kind::Slurm => slurm::list(self, user),
            Kind::Ssh => ssh::list(self, handles, own_program),
        }
    }

    /// Reads a list.
    ///
    /// # Errors
    /// The place did not answer: why, in its words.
    pub fn listed(&self, answer: &Answer) -> Result<Listing, String> {
        match self.kind {
            Kind::Slurm => slurm::listed(answer),
            Kind::Ssh => ssh::listed(answer),
        }
    }

    /// Returns the command that ends what is left of an attempt.
    pub fn end(&self, handle: &Handle, own_program: &str) -> Call {
        match self.kind {
            Kind::Slurm => slurm::end(self, handle),
            Kind::Ssh => ssh::end(self, handle, own_program),
        }
    }

    /// Returns the command that prints a file as the place sees it: whether the disk is shared.
    pub fn look(&self, host: Option<&str>, file: &Path, own_program: &str) -> Call {
        match self.kind {
            Kind::Slurm => slurm::look(self, file, own_program),
            Kind::Ssh => ssh::look(self, host, file, own_program),
        }
    }

    /// Returns what it runs, in words: what a person agrees to.
    pub fn in_words(&self) -> String {
        let with = |what: &[String]| if what.is_empty() { String::new() } else { format!(" {}", what.join(" ")) };
        let kind = match self.kind {
            Kind::Slurm => "sbatch",
            Kind::Ssh => "ssh",
        };
        let program = self.program.as_ref().map(|program| format!(", quintet is {program}")).unwrap_or_default();
        let verb = |verb: &Verb| match verb {
            Verb::Submit => "submit",
            Verb::List => "list",
            Verb::End => "end",
            Verb::Look => "look",
        };
        let commands: String =
            self.commands.iter().map(|(it, words)| format!(", {}: {}", verb(it), words.join(" "))).collect();
        format!("{kind}{}{}{program}{commands}", with(&self.options), with(&self.hosts))
    }

    /// Returns Quintet's path at the place.
    fn program<'a>(&'a self, own_program: &'a str) -> &'a str {
        self.program.as_deref().unwrap_or(own_program)
    }

    /// Returns the words of a command: those of the settings, or the usual ones.
    fn words(&self, verb: Verb, usual: &[&str]) -> Vec<String> {
        let usual = || usual.iter().map(|word| (*word).to_owned()).collect();
        self.commands.get(&verb).cloned().unwrap_or_else(usual)
    }
}
