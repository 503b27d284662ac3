//! What is asked of this attempt: the arguments, or the prompt file where they are missing, and the `QUINTET_*` variables.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

/// The longest time a demonstration may ask for.
const LONGEST_PACE: f64 = 86_400.0;

/// What one attempt is asked to do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Errand {
    pub agent: String,
    pub task: String,
    pub criteria: Vec<String>,
    pub project: PathBuf,
    pub report: PathBuf,
    pub handoff: Option<PathBuf>,
    /// The notes of the attempt before this one.
    pub previous: Option<String>,
    /// What the task builds on.
    pub needs: Vec<Need>,
    /// How long to take at least.
    pub pace: Duration,
}

/// An agent whose work this one builds on, from the file that `QUINTET_NEEDS` names.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Need {
    pub agent: String,
    pub verdict: String,
    pub report: Option<PathBuf>,
}

/// Why the errand is not known.
#[derive(Debug, Error)]
pub enum ErrandError {
    #[error("QUINTET_REPORT is not set: it names the file for the report")]
    NoReport,
    #[error("reading the folder of the project: {0}")]
    NoFolder(std::io::Error),
}

impl Errand {
    /// Reads the errand from arguments and environment.
    pub fn read(args: impl Iterator<Item = String>) -> Result<Errand, ErrandError> {
        let told = arguments(args);
        let prompt =
            env::var_os("QUINTET_PROMPT_FILE").and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        let path = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let project = match path("QUINTET_PROJECT") {
            Some(project) => project,
            None => env::current_dir().map_err(ErrandError::NoFolder)?,
        };
        let pace = env::var("QUINTET_PACE").ok().and_then(|text| text.parse::<f64>().ok());
        let pace = pace.filter(|seconds| seconds.is_finite() && *seconds > 0.0).unwrap_or(0.0).min(LONGEST_PACE);
        Ok(Errand {
            agent: told.agent.or_else(|| env::var("QUINTET_AGENT").ok()).unwrap_or_default(),
            task: told.task.unwrap_or_else(|| task_in(&prompt)),
            criteria: if told.criteria.is_empty() { criteria_in(&prompt) } else { told.criteria },
            project,
            report: path("QUINTET_REPORT").ok_or(ErrandError::NoReport)?,
            handoff: path("QUINTET_HANDOFF"),
            previous: path("QUINTET_PREVIOUS_HANDOFF").and_then(|path| fs::read_to_string(path).ok()),
            needs: path("QUINTET_NEEDS").and_then(|path| needs(&fs::read_to_string(path).ok()?)).unwrap_or_default(),
            pace: Duration::from_secs_f64(pace),
        })
    }
}

/// Reads the needs; a file of another form is as good as none.
fn needs(text: &str) -> Option<Vec<Need>> {
    serde_json::from_str(text).ok()
}

#[derive(Debug, Default, PartialEq)]
struct Told {
    agent: Option<String>,
    task: Option<String>,
    criteria: Vec<String>,
}

/// Reads `--agent NAME --task TEXT --criterion TEXT…`; anything else is for later versions.
fn arguments(mut args: impl Iterator<Item = String>) -> Told {
    let mut told = Told::default();
    while let Some(name) = args.next() {
        match name.as_str() {
            "--agent" => told.agent = args.next(),
            "--task" => told.task = args.next(),
            "--criterion" => told.criteria.extend(args.next()),
            _ => {}
        }
    }
    told
}

/// Returns the lines under `## Your task`, up to the criteria.
fn task_in(prompt: &str) -> String {
    let section = section(prompt, "## Your task");
    let task = section.split("\nYou are done when").next().unwrap_or_default();
    task.trim().to_owned()
}

/// Returns the numbered lines under `## Your task`.
fn criteria_in(prompt: &str) -> Vec<String> {
    let section = section(prompt, "## Your task");
    let Some((_, list)) = section.split_once("\nYou are done when") else { return Vec::new() };
    let numbered = |line: &str| {
        let (number, text) = line.trim().split_once(". ")?;
        number.parse::<u32>().ok().map(|_| text.trim().to_owned())
    };
    list.lines().filter_map(numbered).collect()
}

fn section<'a>(prompt: &'a str, heading: &str) -> &'a str {
    let Some((_, after)) = prompt.split_once(heading) else { return "" };
    after.split("\n## ").next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_say_who_and_what() {
        let args = ["--agent", "a", "--criterion", "one", "--new-thing", "--criterion", "two", "--task", "do it"];
        let told = arguments(args.into_iter().map(str::to_owned));
        let criteria = vec!["one".to_owned(), "two".to_owned()];
        assert_eq!(told, Told { agent: Some("a".into()), task: Some("do it".into()), criteria });
    }

    #[test]
    fn the_prompt_says_it_too() {
        let prompt = "# You are\n\n## Your task\n\nReview it\n\nYou are done when each of these holds.\n\n1. first\n2. second\n\n## Your time\n\n3. no\n";
        assert_eq!(task_in(prompt), "Review it");
        assert_eq!(criteria_in(prompt), ["first", "second"]);
    }
}
