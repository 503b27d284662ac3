//! Where everything is.

use std::path::{Path, PathBuf};

use crate::plan::{Agent, TeamFiles};

/// The team directory of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamDir {
    project: PathBuf,
    files: [PathBuf; 3],
}

impl TeamDir {
    /// Returns the team directory of `project` (absolute), with the communication files that the plan names.
    pub fn new(project: &Path, files: &TeamFiles) -> TeamDir {
        let file = |path: &str| project.join(path);
        TeamDir {
            project: project.to_owned(),
            files: [file(&files.status), file(&files.findings), file(&files.urgent)],
        }
    }

    pub fn project(&self) -> &Path {
        &self.project
    }

    pub fn root(&self) -> PathBuf {
        self.project.join(".claude-team")
    }

    pub fn communications(&self) -> PathBuf {
        self.root().join("communications")
    }

    pub fn status(&self) -> &Path {
        &self.files[0]
    }

    pub fn findings(&self) -> &Path {
        &self.files[1]
    }

    pub fn urgent(&self) -> &Path {
        &self.files[2]
    }

    pub fn log(&self) -> PathBuf {
        self.communications().join("orchestration-log.md")
    }

    pub fn reports(&self) -> PathBuf {
        self.root().join("reports")
    }

    pub fn final_report(&self) -> PathBuf {
        self.reports().join("final-report.md")
    }

    pub fn handoffs(&self) -> PathBuf {
        self.root().join("handoffs")
    }

    /// Returns where an attempt leaves its handoff notes.
    pub fn handoff(&self, slug: &str, attempt: u32) -> PathBuf {
        self.handoffs().join(format!("{slug}-{attempt}.md"))
    }

    /// Returns where an agent writes its report.
    pub fn report(&self, agent: &Agent) -> PathBuf {
        self.project.join(agent.report_path())
    }

    pub fn runs(&self) -> PathBuf {
        self.root().join("runs")
    }

    pub fn run(&self, id: &str) -> RunDir {
        RunDir(self.runs().join(id))
    }

    /// Returns the lock that one Quintet holds for the whole team directory.
    pub fn lock(&self) -> PathBuf {
        self.runs().join("lock")
    }

    /// Returns the plan that is run when none is named.
    pub fn default_plan(&self) -> PathBuf {
        self.communications().join("orchestration-plan.md")
    }

    /// Returns a path as records have it: relative to the project where it lies in it, `/`-separated.
    pub fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.project).unwrap_or(path).to_string_lossy().into_owned()
    }
}

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir(pub PathBuf);

impl RunDir {
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal.jsonl")
    }

    /// Returns where the plan of the run is kept as it was at its start.
    pub fn plan(&self) -> PathBuf {
        self.0.join("plan.md")
    }

    /// Returns where that is kept which the run replaces.
    pub fn before(&self) -> PathBuf {
        self.0.join("before")
    }

    pub fn attempt(&self, folder: &str) -> PathBuf {
        self.0.join(folder)
    }

    /// Returns the file that says where the run's control socket is.
    pub fn sock(&self) -> PathBuf {
        self.0.join("sock")
    }
}
