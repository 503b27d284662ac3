//! Codex: `codex exec --json`, one process a turn, its prompt on its input; or, with `command = ["codex", "app-server"]`,
//! its own protocol.
//!
//! `exec` cannot be spoken to while it runs; what Quintet has to say ends the process and resumes its thread. Its protocol
//! can be steered and interrupted, and is marked experimental by its makers.

mod hear;
mod items;
pub mod server;

pub use hear::Conversation;

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Table, Value};

use super::{Briefing, Engine, Launch, LaunchError, Server, foreign, launch, servers};
use crate::plan::Permissions;

/// The word of its command that chooses its own protocol.
pub const SERVER: &str = "app-server";

/// Returns whether it speaks its own protocol instead of one process a turn.
pub fn is_server(engine: &Engine) -> bool {
    engine.command.iter().any(|word| word == SERVER)
}

/// Returns how to start Codex for one attempt.
pub fn start(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Result<Launch, LaunchError> {
    if is_server(engine) {
        return serve(engine, briefing, own_program);
    }
    turn(engine, briefing, own_program, briefing.session.as_deref(), &briefing.opening())
}

fn serve(engine: &Engine, briefing: &Briefing, own_program: &Path) -> Result<Launch, LaunchError> {
    let Some((program, first)) = engine.command.split_first() else {
        return Err(LaunchError::NoCommand { engine: engine.name.clone() });
    };
    let mut args = settings(briefing, own_program);
    args.extend(engine.args.iter().chain(first).cloned());
    Ok(Launch {
        program: program.clone(),
        args,
        env: environment(engine, briefing),
        env_clear: engine.env_clear,
        input: server::greeting(),
        keep_input_open: true,
        files: Vec::new(),
    })
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
    args.extend(["exec", "--json", "--skip-git-repo-check"].map(str::to_owned));
    args.extend(settings(briefing, own_program));
    if let Some(model) = &briefing.model {
        args.extend(["-m".to_owned(), model.clone()]);
    }
    args.extend(engine.args.iter().cloned());
    match thread {
        Some(thread) => args.extend(["resume".to_owned(), thread.to_owned(), "-".to_owned()]),
        None => args.push("-".to_owned()),
    }
    Ok(Launch {
        program: program.clone(),
        args,
        env: environment(engine, briefing),
        env_clear: engine.env_clear,
        input: text.as_bytes().to_vec(),
        keep_input_open: false,
        files: Vec::new(),
    })
}

/// Returns the settings that both protocols take: rights and MCP servers.
fn settings(briefing: &Briefing, own_program: &Path) -> Vec<String> {
    let mut args = Vec::new();
    let mut arg = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
    // Its analytics keep the finished process alive for seconds when there is no network.
    arg(&["-c", "analytics.enabled=false"]);
    // Settings of the project could start programs, even where the person trusts it in sessions of their own.
    arg(&["-c", &format!("projects={}", untrusted(briefing))]);
    match briefing.permissions {
        Permissions::ReadOnly | Permissions::Edit => {
            arg(&["-c", "default_permissions=\"quintet\""]);
            arg(&["-c", &format!("permissions.quintet={}", profile(briefing))]);
        }
        Permissions::Full => arg(&["-c", "sandbox_mode=\"danger-full-access\""]),
    }
    let own = servers::own(briefing, own_program);
    for (n, server) in briefing.servers.iter().chain([&own]).enumerate() {
        let config = server_config(n, server, briefing);
        arg(&["-c", &format!("mcp_servers.{}={config}", config_name(&server.name))]);
    }
    args
}

/// The variables of a launch, with what MCP servers are given: everybody may read the arguments of a process.
fn environment(engine: &Engine, briefing: &Briefing) -> BTreeMap<String, String> {
    let mut env = launch::environment(engine, briefing);
    for (n, server) in briefing.servers.iter().enumerate() {
        env.extend(handed_over(n, &server.env).map(|(variable, _, value)| (variable, value.clone())));
        env.extend(handed_over(n, &server.headers).map(|(variable, _, value)| (variable, value.clone())));
    }
    env
}

/// Returns for each value of the `n`th server the variable of ours in which Codex gets it, and its name for the server.
/// Under their own names they could be taken for settings of Codex itself.
fn handed_over(n: usize, pairs: &BTreeMap<String, String>) -> impl Iterator<Item = (String, &String, &String)> {
    let variable = move |name: &str| {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        format!("MCP_SECRET_{n}_{}", name.to_uppercase())
    };
    pairs.iter().map(move |(name, value)| (variable(name), name, value))
}

fn untrusted(briefing: &Briefing) -> Value {
    let level = Table::from_iter([("trust_level".to_owned(), "untrusted".into())]);
    let project = briefing.project.to_string_lossy().into_owned();
    Value::Table(Table::from_iter([(project, Value::Table(level))]))
}

/// Its own sandboxes would forbid the team directory, or open its runs, so the rights are spelled out: everything may be
/// read, and written what is said here: the longer path decides. It wins over a `sandbox_mode` in the person's own settings.
fn profile(briefing: &Briefing) -> Value {
    let mut files = Table::new();
    let mut may = |path: &Path, what: &str| drop(files.insert(path.to_string_lossy().into_owned(), what.into()));
    may(Path::new(":root"), "read");
    may(&briefing.team_dir, "write");
    may(&briefing.runs(), "read");
    if briefing.permissions == Permissions::Edit {
        may(&briefing.project, "write");
        // Programs that build and test want one.
        may(Path::new(":tmpdir"), "write");
        may(Path::new(":slash_tmp"), "write");
        foreign::NAMES.iter().for_each(|(name, _)| may(&briefing.project.join(name), "read"));
        if let (Some(git), Some(branch), Some(own)) = (&briefing.git_dir, &briefing.branch, &briefing.own_git_dir) {
            // Where git writes when it commits in this worktree, and no setting that it reads. A ref is written beside
            // itself first, so the folder of the run's branches is open.
            let branches = Path::new("refs/heads").join(branch);
            let branches = branches.parent().unwrap_or(&branches);
            may(git, "read");
            [git.join("objects"), git.join(branches), git.join("logs").join(branches), own.clone()]
                .iter()
                .for_each(|path| may(path, "write"));
            ["commondir", "gitdir", "config.worktree"].iter().for_each(|name| may(&own.join(name), "read"));
        }
    }
    Value::Table(Table::from_iter([("filesystem".to_owned(), Value::Table(files))]))
}

fn server_config(n: usize, server: &Server, briefing: &Briefing) -> Value {
    let mut config = Table::new();
    if server.name == servers::OWN {
        // Its variables are paths.
        let (program, args) =
            server.command.split_first().map_or((String::new(), &[][..]), |(it, args)| (it.clone(), args));
        config.insert("command".to_owned(), program.into());
        config.insert("args".to_owned(), args.to_vec().into());
        config.insert("env".to_owned(), table(server.env.iter().map(|(name, value)| (name.clone(), value.clone()))));
    } else if !server.command.is_empty() {
        // A shell gives each variable its own name again.
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let renamed = handed_over(n, &server.env).filter(|(_, name, _)| is_name(name));
        let renamed = renamed.map(|(variable, name, _)| format!("export {name}=\"${variable}\"; "));
        let script = renamed.collect::<String>() + "exec \"$0\" \"$@\"";
        let words = ["-c".to_owned(), script].into_iter().chain(server.command.iter().cloned());
        let variables = handed_over(n, &server.env).map(|(variable, _, _)| variable);
        config.insert("command".to_owned(), "/bin/sh".into());
        config.insert("args".to_owned(), words.collect::<Vec<_>>().into());
        config.insert("env_vars".to_owned(), variables.collect::<Vec<_>>().into());
    }
    if let Some(url) = &server.url {
        let headers = handed_over(n, &server.headers).map(|(variable, name, _)| (name.clone(), variable));
        config.insert("url".to_owned(), url.clone().into());
        config.insert("env_http_headers".to_owned(), table(headers));
    }
    // Without it a tool that does not call itself read-only fails: nobody is asked in `exec`.
    config.insert("default_tools_approval_mode".to_owned(), "approve".into());
    if server.name == servers::OWN {
        // A question waits for the person for as long as its own default allows a tool to take.
        config.insert("tool_timeout_sec".to_owned(), 120.into());
    } else if briefing.permissions != Permissions::Full {
        // Nobody can be asked about the others.
        let named = briefing.tools.iter().filter_map(|tool| tool.strip_prefix("mcp__")?.split_once("__"));
        let named = named.filter(|(of, _)| *of == server.name).map(|(_, tool)| tool.into());
        config.insert("enabled_tools".to_owned(), Value::Array(named.collect()));
    }
    Value::Table(config)
}

fn table(pairs: impl Iterator<Item = (String, String)>) -> Value {
    Value::Table(pairs.map(|(name, value)| (name, value.into())).collect())
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
    fn a_read_only_agent_may_write_its_team_directory_but_no_run() {
        let launch = start(&engine(Kind::Codex), &briefing(), Path::new("/bin/quintet")).expect("a command");
        let rights = launch.args.iter().find(|arg| arg.starts_with("permissions.quintet="));
        let files = r#"{ "/p/.claude-team" = "write", "/p/.claude-team/runs" = "read", ":root" = "read" }"#;
        let expected = format!("permissions.quintet={{ filesystem = {files} }}");
        assert_eq!(rights, Some(&expected));
        assert_eq!(launch.input, b"Do it.");
        assert!(!launch.keep_input_open && launch.args.last().is_some_and(|last| last == "-"));
    }

    #[test]
    fn an_agent_with_a_worktree_may_write_its_report_and_its_commits_beside_it() {
        let mut briefing = briefing();
        briefing.permissions = Permissions::Edit;
        briefing.branch = Some("quintet/r/a".to_owned());
        briefing.git_dir = Some("/p/.git".into());
        briefing.own_git_dir = Some("/p/.git/worktrees/a".into());
        let launch = start(&engine(Kind::Codex), &briefing, Path::new("/bin/quintet")).expect("a command");
        let rights = launch.args.iter().find_map(|arg| arg.strip_prefix("permissions.quintet=")).expect("rights");
        let rights: Table = toml::from_str(&format!("x = {rights}")).expect("TOML");
        let files = &rights["x"]["filesystem"];
        for (path, what) in [
            ("/p", "write"),
            ("/p/.claude-team", "write"),
            ("/p/.claude-team/runs", "read"),
            ("/p/.codex", "read"),
            ("/p/.git", "read"),
            ("/p/.git/objects", "write"),
            ("/p/.git/refs/heads/quintet/r", "write"),
            ("/p/.git/worktrees/a", "write"),
            ("/p/.git/worktrees/a/commondir", "read"),
        ] {
            assert_eq!(files[path].as_str(), Some(what), "{path}");
        }
    }

    #[test]
    fn what_servers_are_given_stands_in_no_argument() {
        let mut briefing = briefing();
        let pairs = |name: &str| BTreeMap::from([(name.to_owned(), format!("canary of {name}"))]);
        let local = Server {
            name: "a".to_owned(),
            command: vec!["serve".to_owned()],
            env: pairs("A_KEY"),
            ..Server::default()
        };
        let remote = Server {
            name: "b".to_owned(),
            url: Some("https://b.example".to_owned()),
            headers: pairs("X-Key"),
            ..Server::default()
        };
        briefing.servers = vec![local, remote];
        for command in [vec!["codex"], vec!["codex", "app-server"]] {
            let engine = Engine { command: command.into_iter().map(str::to_owned).collect(), ..engine(Kind::Codex) };
            let launch = start(&engine, &briefing, Path::new("/bin/quintet")).expect("a command");
            assert!(!launch.args.concat().contains("canary"), "{:?}", launch.args);
            assert_eq!(launch.env["MCP_SECRET_0_A_KEY"], "canary of A_KEY");
            assert_eq!(launch.env["MCP_SECRET_1_X_KEY"], "canary of X-Key");
        }
    }

    #[test]
    fn every_server_is_handed_over_and_approved() {
        let mut briefing = briefing();
        let command = vec!["npx".to_owned(), "-y".to_owned(), "tavily-mcp".to_owned()];
        briefing.tools = vec!["mcp__tavily.com__search".to_owned(), "mcp__other__search".to_owned()];
        briefing.servers = vec![Server { name: "tavily.com".to_owned(), command, ..Server::default() }];
        let launch = start(&engine(Kind::Codex), &briefing, Path::new("/bin/quintet")).expect("a command");
        let config = launch.args.iter().find_map(|arg| arg.strip_prefix("mcp_servers.tavily_com="));
        let config: Table = toml::from_str(&format!("x = {}", config.expect("the server"))).expect("TOML");
        assert_eq!(config["x"]["args"].as_array().and_then(|args| args.last()?.as_str()), Some("tavily-mcp"));
        assert_eq!(config["x"]["default_tools_approval_mode"].as_str(), Some("approve"));
        assert_eq!(config["x"]["enabled_tools"], Value::Array(vec!["search".into()]), "only what the plan names");
        assert!(launch.args.iter().any(|arg| arg.starts_with("mcp_servers.quintet=")));
    }
}
