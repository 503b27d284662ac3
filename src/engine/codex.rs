//! Codex: `codex exec --json`, one process a turn, its prompt on its input.
//!
//! It cannot be spoken to while it runs; what Quintet has to say ends the process and resumes its thread.

mod hear;

pub use hear::Conversation;

use std::path::Path;

use toml::{Table, Value};

use super::{Briefing, Engine, Launch, LaunchError, Server, launch, servers};
use crate::plan::Permissions;

/// Returns how to start Codex for one attempt.
pub fn start(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Result<Launch, LaunchError> {
    turn(engine, briefing, own_program, briefing.session.as_deref(), &briefing.opening())
}

/// Returns how to run one turn with this text, in a new thread or in a known one.
fn turn(
    engine: &Engine,
    briefing: &Briefing,
    own_program: &Path,
    thread: Option<&str>,
    text: &str,
) -> Result<Launch, LaunchError> {
    let Some((program, first)) = engine.command.split_first() else {
        return Err(LaunchError::NoCommand { engine: engine.name.clone() });
    };
    let mut args = first.to_vec();
    let mut arg = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
    arg(&["exec", "--json", "--skip-git-repo-check"]);
    // Its analytics keep the finished process alive for seconds when there is no network.
    arg(&["-c", "analytics.enabled=false"]);
    match briefing.permissions {
        Permissions::ReadOnly => {
            arg(&["-c", "default_permissions=\"quintet\""]);
            arg(&["-c", &format!("permissions.quintet={}", read_only(briefing))]);
        }
        Permissions::Edit => {
            arg(&["-s", "workspace-write"]);
            if briefing.branch.is_some() {
                // Beside its worktree: where reports go, and where git writes when it commits.
                let beside = [Some(&briefing.team_dir), briefing.git_dir.as_ref()];
                let roots = beside.into_iter().flatten().map(|path| path.to_string_lossy().into_owned().into());
                let roots = Value::Array(roots.collect());
                arg(&["-c", &format!("sandbox_workspace_write.writable_roots={roots}")]);
            }
        }
        Permissions::Full => arg(&["-s", "danger-full-access"]),
    }
    for server in briefing.servers.iter().chain([&servers::own(briefing, own_program)]) {
        arg(&["-c", &format!("mcp_servers.{}={}", config_name(&server.name), server_config(server))]);
    }
    if let Some(model) = &briefing.model {
        arg(&["-m", model]);
    }
    args.extend(engine.args.iter().cloned());
    match thread {
        Some(thread) => args.extend(["resume".to_owned(), thread.to_owned(), "-".to_owned()]),
        None => args.push("-".to_owned()),
    }
    Ok(Launch {
        program: program.clone(),
        args,
        env: launch::environment(engine, briefing),
        env_clear: engine.env_clear,
        input: text.as_bytes().to_vec(),
        keep_input_open: false,
        files: Vec::new(),
    })
}

/// The sandbox `read-only` would forbid the team directory too, so the rights are spelled out: everything may be read,
/// and the team directory written. It wins over a `sandbox_mode` in the person's own settings.
fn read_only(briefing: &Briefing) -> Value {
    let mut files = Table::new();
    files.insert(":root".to_owned(), "read".into());
    files.insert(briefing.team_dir.to_string_lossy().into_owned(), "write".into());
    Value::Table(Table::from_iter([("filesystem".to_owned(), Value::Table(files))]))
}

fn server_config(server: &Server) -> Value {
    let mut config = Table::new();
    if let Some((program, args)) = server.command.split_first() {
        config.insert("command".to_owned(), program.clone().into());
        config.insert("args".to_owned(), args.to_vec().into());
        config.insert("env".to_owned(), table(&server.env));
    }
    if let Some(url) = &server.url {
        config.insert("url".to_owned(), url.clone().into());
        config.insert("http_headers".to_owned(), table(&server.headers));
    }
    // Without it a tool that does not call itself read-only fails: nobody is asked in `exec`.
    config.insert("default_tools_approval_mode".to_owned(), "approve".into());
    if server.name == servers::OWN {
        // A question waits for the person for as long as its own default allows a tool to take.
        config.insert("tool_timeout_sec".to_owned(), 120.into());
    }
    Value::Table(config)
}

fn table(pairs: &std::collections::BTreeMap<String, String>) -> Value {
    Value::Table(pairs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect())
}

/// Codex takes only these characters in the name of a server.
fn config_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{briefing, engine};
    use super::*;
    use crate::engine::Kind;

    #[test]
    fn a_read_only_agent_may_write_its_team_directory() {
        let launch = start(&engine(Kind::Codex), &briefing(), Path::new("/bin/quintet")).expect("a command");
        let rights = launch.args.iter().find(|arg| arg.starts_with("permissions.quintet="));
        let expected = r#"permissions.quintet={ filesystem = { "/p/.claude-team" = "write", ":root" = "read" } }"#;
        assert_eq!(rights.map(String::as_str), Some(expected));
        assert_eq!(launch.input, b"Do it.");
        assert!(!launch.keep_input_open && launch.args.last().is_some_and(|last| last == "-"));
    }

    #[test]
    fn an_agent_with_a_worktree_may_write_its_report_and_its_commits_beside_it() {
        let mut briefing = briefing();
        briefing.permissions = Permissions::Edit;
        briefing.branch = Some("quintet/r/a".to_owned());
        briefing.git_dir = Some("/p/.git".into());
        let launch = start(&engine(Kind::Codex), &briefing, Path::new("/bin/quintet")).expect("a command");
        let roots = r#"sandbox_workspace_write.writable_roots=["/p/.claude-team", "/p/.git"]"#;
        assert!(launch.args.iter().any(|arg| arg == roots), "{:?}", launch.args);
    }

    #[test]
    fn every_server_is_handed_over_and_approved() {
        let mut briefing = briefing();
        let command = vec!["npx".to_owned(), "-y".to_owned(), "tavily-mcp".to_owned()];
        briefing.servers = vec![Server { name: "tavily.com".to_owned(), command, ..Server::default() }];
        let launch = start(&engine(Kind::Codex), &briefing, Path::new("/bin/quintet")).expect("a command");
        let config = launch.args.iter().find_map(|arg| arg.strip_prefix("mcp_servers.tavily_com="));
        let config: Table = toml::from_str(&format!("x = {}", config.expect("the server"))).expect("TOML");
        assert_eq!(config["x"]["args"][1].as_str(), Some("tavily-mcp"));
        assert_eq!(config["x"]["default_tools_approval_mode"].as_str(), Some("approve"));
        assert!(launch.args.iter().any(|arg| arg.starts_with("mcp_servers.quintet=")));
    }
}
