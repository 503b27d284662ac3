//! What the person reads: where each document lies, and stretches of it, however long it is.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};

use super::attempts::follow::Follower;
use super::worktrees;
use crate::app::Home;
use crate::plan::AgentId;
use crate::run::{Run, Source};
use crate::screen::{Doc, Document, STRETCH, WHOLE};
use crate::shim::Folder;
use crate::shim::folder::LogName;
use crate::worktree::Tree;

/// Returns where a document lies. Of a log it is the first file.
pub fn path_of(doc: &Doc, run: &Run, home: &Home) -> PathBuf {
    let path = now_at(doc, run, home);
    if home.later.is_empty() { path } else { super::earlier::kept(path, home) }
}

fn now_at(doc: &Doc, run: &Run, home: &Home) -> PathBuf {
    let (plan, team) = (&run.plan, &home.team);
    let attempt = |agent: &crate::plan::AgentId, n: &u32| home.run.attempt(&format!("{}-{n}", plan.agent(*agent).slug));
    match doc {
        Doc::Report(agent) => match run.report_of(*agent) {
            Some(path) => run.project.join(path),
            None => team.report(plan.agent(*agent)),
        },
        Doc::Log { agent, attempt: n } => log_folder(&attempt(agent, n)).0.segment(LogName::Out, 0),
        Doc::Notes { agent, attempt: n } => team.handoff(&plan.agent(*agent).slug, *n),
        Doc::Prompt { agent, attempt: n } => attempt(agent, n).join("prompt.md"),
        Doc::Diff(agent) => tree_of(*agent, run, home).diff_file(),
        Doc::FinalReport => team.final_report(),
        Doc::Deliverable(index) => {
            let paths = crate::compile::deliverable_paths(plan);
            paths.get(*index).map_or_else(|| team.reports(), |path| run.project.join(path))
        }
        Doc::Plan if run.source == Source::Journal && home.run.plan().is_file() => home.run.plan(),
        Doc::Plan => run.plan_path.clone(),
        Doc::Findings => team.findings().to_owned(),
        Doc::Urgent => team.urgent().to_owned(),
        Doc::OrchestrationLog => team.log(),
        Doc::File { path, .. } => find(path, run, home),
    }
}

fn tree_of(agent: AgentId, run: &Run, home: &Home) -> Tree {
    Tree::of(&home.run, &run.id, &run.plan.agent(agent).slug)
}

/// Finds a file that a document names: in the project, or beside the reports. Paths that lead outside are not followed.
fn find(path: &str, run: &Run, home: &Home) -> PathBuf {
    let inside = |base: &Path| {
        let mut found = base.to_owned();
        for part in Path::new(path).components() {
            match part {
                Component::Normal(name) => found.push(name),
                Component::ParentDir => {
                    found.pop();
                }
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        let real = found.canonicalize().ok()?;
        real.starts_with(&run.project).then_some(real)
    };
    let given = Path::new(path);
    let real = given.is_absolute().then(|| given.canonicalize().ok()).flatten();
    let found = real.filter(|real| real.starts_with(&run.project)).or_else(|| inside(&run.project));
    // What leads nowhere inside is shown as missing in the reports.
    let name = given.file_name().unwrap_or_default();
    found.or_else(|| inside(&home.team.reports())).unwrap_or_else(|| home.team.reports().join("missing").join(name))
}

/// Returns the folder of the newest process of an attempt, and the log to show: errors only where nothing else is.
fn log_folder(attempt: &Path) -> (Folder, LogName) {
    let newest = (1..).map(|n| attempt.join(format!("again-{n}"))).take_while(|path| path.is_dir()).last();
    let folder = Folder::new(newest.unwrap_or_else(|| attempt.to_owned()));
    let is_empty = |name| Follower::whole(&folder, name).length().unwrap_or(0) == 0;
    let name = if is_empty(LogName::Out) && !is_empty(LogName::Err) { LogName::Err } else { LogName::Out };
    (folder, name)
}

/// Reads a document, or a stretch of it from `from` on. A long log opens at its end.
///
/// # Errors
/// Why it cannot be read, for the person.
pub fn read(doc: &Doc, from: Option<u64>, run: &Run, home: &Home) -> Result<Document, String> {
    let path = path_of(doc, run, home);
    if let Doc::Log { agent, attempt } = doc {
        let folder = home.run.attempt(&format!("{}-{attempt}", run.plan.agent(*agent).slug));
        let (folder, name) = log_folder(&folder);
        return Ok(read_log(&folder, name, path, from));
    }
    if let Doc::Diff(agent) = doc {
        worktrees::write_diff(&run.project, &tree_of(*agent, run, home))?;
    }
    read_file(&path, from).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("there is no {} yet", shown(&path, run)),
        _ => format!("cannot read {}: {error}", shown(&path, run)),
    })
}

fn shown(path: &Path, run: &Run) -> String {
    path.strip_prefix(&run.project).unwrap_or(path).display().to_string()
}

fn read_log(folder: &Folder, name: LogName, path: PathBuf, from: Option<u64>) -> Document {
    let mut log = Follower::whole(folder, name);
    let size = log.length().unwrap_or(0);
    let (wanted, len) = stretch_of(size, from, true);
    let (begin, mut bytes) = log.stretch(wanted, usize::try_from(len).unwrap_or(usize::MAX));
    let begin = whole_lines(&mut bytes, begin, wanted > 0 && from.is_none(), begin + len < size);
    Document { path, size, from: begin, bytes }
}

fn read_file(path: &Path, from: Option<u64>) -> io::Result<Document> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let (begin, len) = stretch_of(meta.len(), from, false);
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(usize::MAX)];
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], begin + read as u64)? {
            0 => break,
            more => read += more,
        }
    }
    bytes.truncate(read);
    let begin = whole_lines(&mut bytes, begin, false, begin + len < meta.len());
    Ok(Document { path: path.to_owned(), size: meta.len(), from: begin, bytes })
}

/// Returns where to begin and how many bytes to read.
fn stretch_of(size: u64, from: Option<u64>, from_end: bool) -> (u64, u64) {
    match from {
        None if size <= WHOLE => (0, size),
        None if from_end => (size - STRETCH, STRETCH),
        None => (0, STRETCH),
        Some(from) => (from.min(size), STRETCH.min(size.saturating_sub(from))),
    }
}

/// Cuts a stretch to whole lines; returns where it begins now.
fn whole_lines(bytes: &mut Vec<u8>, begin: u64, cut_first: bool, cut_last: bool) -> u64 {
    if cut_last && let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') {
        bytes.truncate(end + 1);
    }
    if cut_first && let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
        bytes.drain(..=end);
        return begin + end as u64 + 1;
    }
    begin
}
