//! The attempt's folder, as its MCP server uses it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::shim::folder::append_private;
use crate::team_dir::status::Status;

/// What an attempt's MCP server knows: where its files are.
#[derive(Debug, Clone)]
pub struct Folder {
    folder: PathBuf,
    agent: String,
    project: PathBuf,
    team_dir: PathBuf,
    report: PathBuf,
    handoff: PathBuf,
    deadline_file: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{name} is not set: this server is started by an agent of a running Quintet, not by hand")]
    NotAnAttempt { name: &'static str },
}

/// Why the agent's wish was not carried out, for the agent.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} lies outside the project")]
    Outside { path: PathBuf },
    #[error("{path} is empty: write the report first, or give its text")]
    Empty { path: PathBuf },
    #[error("the text is empty")]
    NoText,
    #[error("nobody keeps the time of this attempt")]
    NoDeadline,
    #[error("nothing is known of the team yet")]
    NoStatus,
}

impl Folder {
    /// Finds the attempt by the variables that Quintet gave its agent.
    pub fn from_env() -> Result<Folder, FolderError> {
        Folder::find(std::env::var_os)
    }

    fn find(variable: impl Fn(&'static str) -> Option<OsString>) -> Result<Folder, FolderError> {
        let path = |name| variable(name).map(PathBuf::from).ok_or(FolderError::NotAnAttempt { name });
        Ok(Folder {
            folder: path("QUINTET_ATTEMPT_FOLDER")?,
            agent: path("QUINTET_AGENT")?.to_string_lossy().into_owned(),
            project: path("QUINTET_PROJECT")?,
            team_dir: path("QUINTET_TEAM_DIR")?,
            report: path("QUINTET_REPORT")?,
            handoff: path("QUINTET_HANDOFF")?,
            deadline_file: path("QUINTET_DEADLINE_FILE")?,
        })
    }

    /// Tells Quintet something: one line, in one write, so that lines of several writers never mix.
    pub fn say(&self, line: &Value) -> Result<(), Refused> {
        let path = self.folder.join("said.jsonl");
        let write = || {
            let mut file = append_private(&path)?;
            file.write_all(format!("{line}\n").as_bytes())
        };
        write().map_err(|source| Refused::Write { path: path.clone(), source })?;
        // A shim that cannot be told now finds it a moment later.
        let _ = crate::shim::said(&crate::shim::Folder::new(&self.folder));
        Ok(())
    }

    /// Returns how long the attempt has at `now`; zero when its time is up.
    pub fn time_left(&self, now: Duration) -> Result<Duration, Refused> {
        let text = fs::read_to_string(&self.deadline_file).map_err(|_| Refused::NoDeadline)?;
        let deadline: f64 = text.trim().parse().map_err(|_| Refused::NoDeadline)?;
        Ok(Duration::try_from_secs_f64((deadline - now.as_secs_f64()).max(0.0)).unwrap_or_default())
    }

    /// Returns the live state of the team.
    pub fn status(&self) -> Result<Status, Refused> {
        let text = fs::read(self.team_dir.join("communications/agent-status.json")).map_err(|_| Refused::NoStatus)?;
        serde_json::from_slice(&text).map_err(|_| Refused::NoStatus)
    }

    /// Returns how many criteria the agent has; `None` while nothing is known of the team.
    pub fn criteria(&self) -> Option<u32> {
        self.status().ok()?.agents.get(&self.agent).and_then(|agent| u32::try_from(agent.criteria.of).ok())
    }

    /// Saves the handoff notes; returns where.
    pub fn write_handoff(&self, text: &str) -> Result<&Path, Refused> {
        save(&self.handoff, text)?;
        Ok(&self.handoff)
    }

    /// Saves the report and tells Quintet; returns where.
    pub fn write_report(&self, text: &str) -> Result<&Path, Refused> {
        save(&self.report, text)?;
        self.say(&json!({"type": "report", "path": self.report}))?;
        Ok(&self.report)
    }

    /// Tells Quintet that this file of the project is the report; returns where it is.
    pub fn name_report(&self, path: &str) -> Result<PathBuf, Refused> {
        let path = self.project.join(path);
        let unreadable = |source| Refused::Read { path: path.clone(), source };
        let real = path.canonicalize().map_err(unreadable)?;
        let within = |folder: &Path| folder.canonicalize().is_ok_and(|folder| real.starts_with(folder));
        // The team directory of an agent in a worktree lies outside of it, and the worktree in the runs.
        let runs = self.team_dir.join("runs");
        let is_runs = within(&runs) && !(within(&self.project) && self.project.starts_with(&runs));
        if is_runs || !(within(&self.project) || within(&self.team_dir)) {
            return Err(Refused::Outside { path });
        }
        let text = fs::read_to_string(&real).map_err(unreadable)?;
        if text.trim().is_empty() {
            return Err(Refused::Empty { path });
        }
        self.say(&json!({"type": "report", "path": path}))?;
        Ok(path)
    }

    /// Returns the answer to a question, once there is one: a line `{"id":…,"answer":…}` in `answers.jsonl`.
    pub fn answer(&self, id: &str) -> Option<String> {
        let text = fs::read_to_string(self.folder.join("answers.jsonl")).ok()?;
        let newest_first = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        newest_first.filter(|line| line["id"] == id).find_map(|line| Some(line["answer"].as_str()?.to_owned()))
    }
}

/// Writes a whole file: to one beside it first, so that nobody reads half of it.
fn save(path: &Path, text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() {
        return Err(Refused::NoText);
    }
    let write = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = path.with_extension("part");
        fs::write(&beside, text)?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| Refused::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(root: &Path) -> Folder {
        let root = root.to_owned();
        Folder::find(move |name| {
            if name == "QUINTET_AGENT" {
                return Some("a".into());
            }
            let tail = match name {
                "QUINTET_ATTEMPT_FOLDER" => "team/runs/r/a-1",
                "QUINTET_PROJECT" => "",
                "QUINTET_TEAM_DIR" => "team",
                "QUINTET_REPORT" => "team/reports/a.md",
                "QUINTET_HANDOFF" => "team/handoffs/a-1.md",
                "QUINTET_DEADLINE_FILE" => "team/runs/r/a-1/deadline",
                _ => return None,
            };
            Some(root.join(tail).into_os_string())
        })
        .expect("every variable is there")
    }

    #[test]
    fn without_an_attempt_it_says_what_is_missing() {
        let error = Folder::find(|_| None).expect_err("no variable");
        assert!(error.to_string().starts_with("QUINTET_ATTEMPT_FOLDER is not set"));
    }

    #[test]
    fn the_time_left_is_read_from_the_deadline_file_and_never_negative() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        assert!(matches!(folder.time_left(Duration::ZERO), Err(Refused::NoDeadline)));
        fs::create_dir_all(root.path().join("team/runs/r/a-1")).expect("folders");
        fs::write(root.path().join("team/runs/r/a-1/deadline"), "1000\n").expect("a file");
        assert_eq!(folder.time_left(Duration::from_secs(910)).expect("a deadline"), Duration::from_secs(90));
        assert_eq!(folder.time_left(Duration::from_secs(2000)).expect("a deadline"), Duration::ZERO);
    }

    #[test]
    fn how_many_criteria_there_are_is_read_from_the_status() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        assert_eq!(folder.criteria(), None);
        fs::create_dir_all(root.path().join("team/communications")).expect("folders");
        let agent = r#"{"state":"running","attempt":1,"phase":1,"started":null,"deadline":null,"criteria":{"met":1,"of":3},"engine":"claude","tools":{},"tokens":0,"cost_usd":0}"#;
        let status = format!(
            r#"{{"v":1,"run":"r","plan":"p","updated":"2026-01-02T03:04:05.678Z","slots":5,"active":1,"throttled_until":null,"agents":{{"a":{agent}}}}}"#
        );
        fs::write(root.path().join("team/communications/agent-status.json"), status).expect("a file");
        assert_eq!(folder.criteria(), Some(3));
    }

    #[test]
    fn a_report_outside_the_project_or_without_content_is_refused() {
        let root = tempfile::tempdir().expect("a folder");
        let project = root.path().join("project");
        fs::create_dir_all(project.join("team/runs/r/a-1")).expect("folders");
        fs::write(root.path().join("elsewhere.md"), "text").expect("a file");
        fs::write(project.join("empty.md"), "\n").expect("a file");
        fs::write(project.join("good.md"), "# Report").expect("a file");
        let folder = folder(&project);
        assert!(matches!(folder.name_report("../elsewhere.md"), Err(Refused::Outside { .. })));
        assert!(matches!(folder.name_report("empty.md"), Err(Refused::Empty { .. })));
        assert!(matches!(folder.name_report("none.md"), Err(Refused::Read { .. })));
        folder.name_report("good.md").expect("a report");
        let said = fs::read_to_string(project.join("team/runs/r/a-1/said.jsonl")).expect("it was told");
        assert_eq!(said.lines().count(), 1);
        assert!(crate::engine::lines::parse(said.trim().as_bytes()).is_some());
    }

    #[test]
    fn a_report_in_the_team_directory_is_one_wherever_the_agent_works_but_no_run_is() {
        let root = tempfile::tempdir().expect("a folder");
        let write = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(&path, "# Report").expect("a file");
            path.to_string_lossy().into_owned()
        };
        let (expected, journal) = (write("team/reports/a.md"), write("team/runs/r/journal.jsonl"));
        let (own, other) = (write("team/runs/r/worktrees/a/REPORT.md"), write("team/runs/r/worktrees/b/REPORT.md"));
        let elsewhere = write("src/main.rs");
        write("team/runs/r/a-1/deadline");
        let folder = Folder { project: root.path().join("team/runs/r/worktrees/a"), ..folder(root.path()) };
        for path in [&expected, &own] {
            folder.name_report(path).expect("a report");
        }
        for path in [&journal, &other, &elsewhere] {
            assert!(matches!(folder.name_report(path), Err(Refused::Outside { .. })), "{path}");
        }
        let shared = Folder { project: root.path().to_owned(), ..folder };
        assert!(matches!(shared.name_report(&journal), Err(Refused::Outside { .. })));
        shared.name_report(&expected).expect("a report");
    }

    #[test]
    fn an_answer_is_found_by_its_id_and_the_newest_counts() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = folder(root.path());
        assert_eq!(folder.answer("q1"), None);
        fs::create_dir_all(root.path().join("team/runs/r/a-1")).expect("folders");
        let lines = "{\"id\":\"q1\",\"answer\":\"no\"}\n{\"id\":\"q2\",\"answer\":\"x\"}\n{\"id\":\"q1\",\"answer\":\"yes\"}\n{";
        fs::write(root.path().join("team/runs/r/a-1/answers.jsonl"), lines).expect("a file");
        assert_eq!(folder.answer("q1").as_deref(), Some("yes"));
    }
}
